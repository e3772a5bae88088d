"""`./desk bench WHAT`."""

import argparse

from api.commands.bench import reports, turn


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("turn", "search", "load", "reports"))
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--events", type=int, default=1_000_000)
    options = parser.parse_args()
    if options.what == "reports":
        reports.run(options.events)
        return
    if options.what != "turn":
        parser.exit(2, f"bench {options.what} is not there yet: only `turn` is.\n")
    turn.run(options.messages, options.epochs)


if __name__ == "__main__":
    main()
