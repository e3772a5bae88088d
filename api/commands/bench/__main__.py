"""`./desk bench WHAT`."""

import argparse

from api.commands.bench import (
    assign,
    assign_hour,
    calls,
    load,
    reports,
    search,
    tenders,
    turn,
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "what",
        choices=("turn", "search", "load", "tenders", "reports", "calls", "assign"),
    )
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--at", type=int, nargs="+", default=[1, 20])
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--tenders", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=330)
    parser.add_argument("--spoken", type=float, default=0.05)
    options = parser.parse_args()
    if options.what == "turn":
        turn.run(options.messages, options.epochs, options.at, alone=options.alone)
    elif options.what == "search":
        search.run(options.sizes)
    elif options.what == "tenders":
        tenders.run(options.tenders)
    elif options.what == "reports":
        reports.run(options.events)
    elif options.what == "calls":
        calls.run(options.calls, options.spoken)
    elif options.what == "assign":
        assign.run()
        assign_hour.run()
    else:
        load.run(options.chats, options.seconds)


if __name__ == "__main__":
    main()
