"""Rules of the house that a reader of the source can check."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("crm", "knowledge", "bot", "routing", "api")
# Each exception with its reason.
ASKS_THE_TIME = {
    "crm/clock.py": "it is the clock",
    "bot/turn.py": "the bot may not import crm; `now` can be handed in",
    "bot/scripted.py": "the same",
    "bot/procurement/openprocurement/link.py": "it reckons the core's clock from the system's",
    "bot/procurement/ocds.py": "the same; OCDS has no clock of its own",
    "bot/procurement/sandbox/clock.py": "it is the clock of another process",
}


@cache
def calls() -> list[tuple[str, str]]:
    """Every call of the rooms, with its file, as it is written: `datetime.now`, `s.commit`, …"""
    return [
        (name, ast.unparse(node.func))
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


def trees() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(("bot/rasa/", "crm/migrations/")):
                yield name, ast.parse(path.read_text())


def test_only_the_clock_asks_the_system_for_the_time() -> None:
    asked = {
        name
        for name, call in calls()
        if call.endswith(("datetime.now", "datetime.utcnow", "date.today", "time.time"))
    }
    assert asked - set(ASKS_THE_TIME) == set()


def test_only_the_database_room_commits() -> None:
    """Everything else works inside `db.transaction`. Alembic's own connection is not a session."""
    committed = {
        name
        for name, call in calls()
        if call.split(".")[-1] in {"commit", "rollback"} and name != "crm/db.py"
    }
    assert committed == set()


def test_only_crm_and_knowledge_write_into_the_journal() -> None:
    emitted = {name.split("/")[0] for name, call in calls() if call == "events.emit"}
    assert emitted <= {"crm", "knowledge"}
    assert "crm" in emitted


def test_no_room_but_crm_and_knowledge_adds_or_deletes_rows() -> None:
    added = {
        f"{name}: {call}"
        for name, call in calls()
        if call in {"s.add", "s.delete", "s.merge", "s.add_all"}
        and name.split("/")[0] not in {"crm", "knowledge"}
    }
    assert {a for a in added if not a.startswith("api/demo.py")} == set()
