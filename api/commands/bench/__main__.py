"""`./desk bench WHAT`."""

import argparse

from api.commands.bench import calls, turn


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("turn", "search", "load", "calls"))
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--calls", type=int, default=330)
    options = parser.parse_args()
    if options.what == "calls":
        calls.run(options.calls)
        return
    if options.what != "turn":
        parser.exit(2, f"bench {options.what} is not there yet: only `turn` is.\n")
    turn.run(options.messages, options.epochs)


if __name__ == "__main__":
    main()
