"""`./desk bench WHAT`."""

import argparse

from api.commands.bench import assign, assign_hour, turn


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("turn", "search", "load", "assign"))
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    if options.what == "assign":
        assign.run()
        assign_hour.run()
        return
    if options.what != "turn":
        parser.exit(2, f"bench {options.what} is not there yet: only `turn` and `assign` are.\n")
    turn.run(options.messages, options.epochs)


if __name__ == "__main__":
    main()
