"""A desk in a process of its own, to be killed: `python -m tests.stories.killable_desk PORT DATA`.

The database is the one of DESK_DATABASE_URL, or SQLite in DATA. The bot takes a short, random time.
"""

import os
import random
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import uvicorn

from api.app import create
from bot import port
from crm import db, migrate, turns
from tests.conftest import NoKnowledge, settings_for
from tests.scripted_bot import ScriptedBot


class SlowBot(ScriptedBot):
    def turn(self, turn: port.Turn) -> Sequence[port.Step]:
        time.sleep(random.uniform(0.005, 0.06))
        return super().turn(turn)


def main() -> None:
    number, data = int(sys.argv[1]), Path(sys.argv[2])
    turns.LEASE = timedelta(seconds=3)  # so that nobody waits long for what a dead process held
    named = os.environ.get("DESK_DATABASE_URL")
    settings = settings_for(
        data, DESK_RATE_LIMITS="off", **({"DESK_DATABASE_URL": named} if named else {})
    )
    engine = db.connect(settings.database_url)
    migrate.upgrade(engine)
    app = create(settings, engine=engine, bot=SlowBot(), knowledge=NoKnowledge())
    uvicorn.run(app, host="127.0.0.1", port=number, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
