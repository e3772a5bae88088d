"""What was backed up comes back, and its journal still proves itself."""

import sqlite3
from pathlib import Path

from crm import contacts, conversations, db, messages, migrate
from crm.events import Actor
from crm.messages import Draft
from tests.commands.test_desk_command import run


def furnish(data: Path) -> str:
    data.mkdir(parents=True, exist_ok=True)
    engine = db.connect(f"sqlite:///{data / 'desk.sqlite'}")
    migrate.upgrade(engine)
    with db.transaction(engine) as s:
        contact = contacts.meet(s, language="en", name="Ana Example", email=None)
        conversation, _ = conversations.start(s, contact, channel="web", language="en")
        messages.say(s, conversation, Draft(Actor("contact", contact.id), "keep me", "en"))
        found = conversation.id
    engine.dispose()
    return found


def test_a_backup_restores_into_an_empty_folder(tmp_path: Path) -> None:
    conversation_id = furnish(tmp_path / "old")
    file = tmp_path / "desk.backup"
    assert run("backup", tmp_path / "old", str(file)).returncode == 0
    (tmp_path / "new").mkdir()
    restored = run("restore", tmp_path / "new", str(file))
    assert restored.returncode == 0, restored.stderr
    assert "chain is whole" in restored.stdout
    engine = db.connect(f"sqlite:///{tmp_path / 'new' / 'desk.sqlite'}")
    with db.reading(engine) as s:
        assert [m.text for m in messages.thread(s, conversation_id)] == ["keep me"]
    engine.dispose()


def test_a_backup_never_overwrites_a_desk(tmp_path: Path) -> None:
    furnish(tmp_path / "old")
    file = tmp_path / "desk.backup"
    run("backup", tmp_path / "old", str(file))
    again = run("restore", tmp_path / "old", str(file))
    assert again.returncode == 1
    assert "exists already" in again.stderr


def test_a_forged_journal_is_found_at_the_restore(tmp_path: Path) -> None:
    furnish(tmp_path / "old")
    with sqlite3.connect(tmp_path / "old" / "desk.sqlite") as forged:
        forged.execute("UPDATE events SET kind = 'forged' WHERE id = 2")
    forged.close()
    file = tmp_path / "desk.backup"
    run("backup", tmp_path / "old", str(file))
    (tmp_path / "new").mkdir()
    restored = run("restore", tmp_path / "new", str(file))
    assert restored.returncode == 1
    assert "broken at event 2" in restored.stderr
