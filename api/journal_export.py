"""The journal as a file: one event a line, as it stands, for whoever recomputes or checks it."""

import json
from collections.abc import Iterator

from sqlalchemy import Engine, select

from crm import db, evidence
from crm.models import Event

AT_ONCE = 1000


def lines(engine: Engine, after: int = 0) -> Iterator[str]:
    """Every event after an id, oldest first. Holds no session while the reader is slow."""
    while True:
        with db.reading(engine) as s:
            rows = s.scalars(
                select(Event).where(Event.id > after).order_by(Event.id).limit(AT_ONCE)
            ).all()
        for row in rows:
            yield json.dumps(evidence.line(row), ensure_ascii=False, separators=(",", ":")) + "\n"
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id
