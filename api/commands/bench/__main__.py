"""`./desk bench WHAT`."""

import argparse

from api.commands.bench import tenders, turn


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("turn", "search", "load", "tenders"))
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--tenders", type=int, default=100_000)
    options = parser.parse_args()
    if options.what == "tenders":
        tenders.run(options.tenders)
        return
    if options.what != "turn":
        parser.exit(2, f"bench {options.what} is not there yet: only `turn` and `tenders` are.\n")
    turn.run(options.messages, options.epochs)


if __name__ == "__main__":
    main()
