"""A crawl in a process of its own, to be killed: `python -m tests.routing.crawl_process CORE`.

The database is the one of DESK_DATABASE_URL, migrated already.
"""

import os
import sys
import threading

from bot.procurement.openprocurement import OpenProcurement
from crm import db, events
from routing.tenders import TenderCrawl


def main() -> None:
    events.use_key(b"a key for tests")
    engine = db.connect(os.environ["DESK_DATABASE_URL"])
    core = OpenProcurement(sys.argv[1], "broker", sleep=lambda _: None)
    TenderCrawl(engine, core, "core", pause=0.05).run_until(threading.Event())


if __name__ == "__main__":
    main()
