"""`./desk up`: what cannot be started is said at once, and only then is the desk loaded."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from api.commands import keys
from api.commands.environments import CannotInstall
from api.commands.progress import say
from api.commands.starting import CannotStart, check_port, check_role
from crm.desk_toml import BadSetting
from crm.settings import load

ROOT = Path(__file__).resolve().parents[2]
# They tell of every call to Rasa, of each processor they were not built for, of each plug-in.
TALKATIVE = ("httpx", "faiss", "alembic")


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for library in TALKATIVE:
        logging.getLogger(library).setLevel(logging.WARNING)
    # uvicorn raises its signals again when it is done; as SystemExit they let us tidy up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run(options)
    except KeyboardInterrupt:
        say("Stopped.")
    except (CannotStart, CannotInstall, BadSetting) as error:
        sys.exit(str(error))


def run(options: argparse.Namespace) -> None:
    data = Path(os.environ["DESK_DATA"])
    keys.ensure(data, demo=options.demo)
    settings = load(ROOT, data, os.environ, demo=options.demo)
    check_role(settings, options.role)
    if options.role != "worker":
        check_port(options.host, options.port)
    say("Starting the desk …")
    from api.commands.serving import serve  # noqa: PLC0415 - it takes seconds to load

    serve(settings, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--role", default="all")
    return parser.parse_args()


if __name__ == "__main__":
    main()
