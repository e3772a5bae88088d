"""The measures' own rows. They only repeat the journal, so that their changes need no event."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Insert, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from crm import db
from crm.db import Session
from crm.models import Event, KpiInterval, KpiState

CURSOR = "cursor"
DIMENSIONS = ("queue", "channel", "language", "counselor")
KEYS = ("start", *DIMENSIONS)
KEYS_AT_ONCE = 500


def cursor(s: Session, *, lock: bool = False) -> int:
    """The id of the last event that was counted. `lock` lets only one process count on."""
    if lock:
        db.alone(s, "kpi", CURSOR)
    row = s.get(KpiState, CURSOR, populate_existing=True)
    return int(row.state["last"]) if row else 0


def events_after(s: Session, last: int, kinds: Iterable[str], limit: int) -> Sequence[Any]:
    """The next events of some kinds as rows of the columns that counting reads."""
    return s.execute(
        select(
            Event.id, Event.kind, Event.at, Event.actor_kind, Event.actor_id,
            Event.conversation_id, Event.data,
        )
        .where(Event.id > last, Event.kind.in_(sorted(kinds)))
        .order_by(Event.id)
        .limit(limit)
    ).all()  # fmt: skip


def newest(s: Session) -> int:
    return s.scalar(select(func.max(Event.id))) or 0


def states(s: Session, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for some in _lots(sorted(keys), KEYS_AT_ONCE):
        rows = s.execute(select(KpiState.key, KpiState.state).where(KpiState.key.in_(some)))
        found |= {row.key: row.state for row in rows}
    return found


def add(
    s: Session,
    cells: Sequence[Mapping[str, Any]],
    changed: Mapping[str, Mapping[str, Any]],
    last: int,
) -> None:
    """Add counted measures to their cells, keep what must be remembered, move the cursor on."""
    names = [c.name for c in KpiInterval.__table__.columns if c.name not in KEYS]
    if cells:
        insert = _insert(s, KpiInterval)
        sums = {name: getattr(KpiInterval, name) + insert.excluded[name] for name in names}
        s.execute(insert.on_conflict_do_update(index_elements=list(KEYS), set_=sums), list(cells))
    kept = [{"key": key, "state": dict(state)} for key, state in changed.items()]
    kept.append({"key": CURSOR, "state": {"last": last}})
    insert = _insert(s, KpiState)
    s.execute(
        insert.on_conflict_do_update(
            index_elements=["key"], set_={"state": insert.excluded["state"]}
        ),
        kept,
    )


def forget(s: Session) -> None:
    """Drop every measure, so that all are drawn again from the journal."""
    s.execute(delete(KpiInterval))
    s.execute(delete(KpiState))


def sums(
    s: Session,
    measures: Sequence[str],
    start: int,
    end: int,
    where: Mapping[str, str | None],
    by: Sequence[str] = ("start",),
) -> Sequence[tuple[Any, ...]]:
    """Rows of the `by` columns and the summed measures, for intervals in [start, end)."""
    keys = [getattr(KpiInterval, name) for name in by]
    totals = [func.sum(getattr(KpiInterval, name)) for name in measures]
    wanted: list[ColumnElement[bool]] = [KpiInterval.start >= start, KpiInterval.start < end]
    wanted += [getattr(KpiInterval, name) == value for name, value in where.items() if value]
    rows = s.execute(select(*keys, *totals).where(*wanted).group_by(*keys).order_by(*keys))
    return [tuple(row) for row in rows]


def _insert(s: Session, model: type[db.Base]) -> Any:
    made: Insert
    if s.get_bind().dialect.name == "postgresql":
        made = postgresql.insert(model)
    else:
        made = sqlite.insert(model)
    return made


def _lots(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[i : i + size] for i in range(0, len(items), size))
