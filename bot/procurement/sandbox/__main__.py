"""`python -m bot.procurement.sandbox --port P --data FILE [--demo]`.

Keys come from the environment alone: SANDBOX_KEY is the platform's, SANDBOX_CONTROL opens the
clock and the demo's list, SANDBOX_BOT_KEY and SANDBOX_REVIEWER_KEY are those of the payment
watcher and of the reviewing body.
"""

import argparse
import os
import sys
import threading
import time
from pathlib import Path

import uvicorn

from bot.procurement.sandbox.app import create
from bot.procurement.sandbox.clock import Clock
from bot.procurement.sandbox.core import Core, Rules
from bot.procurement.sandbox.fill import fill
from bot.procurement.sandbox.store import Store

NAMES = {"SANDBOX_KEY": "broker", "SANDBOX_BOT_KEY": "bot", "SANDBOX_REVIEWER_KEY": "reviewer"}


def main() -> None:
    options = _options()
    keys = {owner: os.environ[name] for name, owner in NAMES.items() if os.environ.get(name)}
    if "broker" not in keys:
        sys.exit("SANDBOX_KEY must hold the key that the desk will show to the sandbox.")
    rules = Rules(keys, os.environ.get("SANDBOX_CONTROL", ""), signatures=options.signatures)
    core = Core(Store(options.data), Clock(options.zone), rules)
    fill(core, options.fill)
    if options.parent:
        threading.Thread(target=_end_with, args=(options.parent,), daemon=True).start()
    uvicorn.run(
        create(core, demo=options.demo),
        host="127.0.0.1",
        port=options.port,
        log_level="warning",
        access_log=False,
        date_header=False,
        timeout_graceful_shutdown=5,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.procurement.sandbox")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the sandbox's SQLite file")
    parser.add_argument("--zone", default="Europe/Kyiv", help="the zone the core writes times in")
    parser.add_argument("--signatures", action="store_true", help="ask for signed documents")
    parser.add_argument("--demo", action="store_true", help="keep demo tenders up")
    parser.add_argument("--fill", type=int, default=0, help="so many tenders, for measuring")
    parser.add_argument("--parent", type=int, help="end when the process of this id ends")
    return parser.parse_args()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    main()
