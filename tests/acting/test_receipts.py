"""Receipts that prove themselves: downloaded by whom they concern, checked by anybody."""

import copy
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crm import actions, clock, db, turns
from crm.actions import Proposal
from crm.events import Actor
from crm.messages import Draft, say
from crm.models import Action, Conversation, Message
from tests.conftest import ROOT, DeskClient, GuestClient

SCRIPT = ROOT / "routing" / "check_receipt.py"
RECEIPT = {"number": "SM-1", "at": "2026-11-25T10:00:00+00:00", "object": "o1", "state": "done"}


def done(desk: DeskClient, kind: str = "question", price: str = "41500") -> tuple[GuestClient, str]:
    """A guest who said yes to an act that was done; the talk waits for a person."""
    guest = desk.guest(language="en")
    with db.transaction(desk.engine) as s:
        talk = s.get_one(Conversation, guest.conversation_id)
        opens = clock.now() + timedelta(days=2)
        act = Proposal(kind, {"action": {"kind": kind, "values": {"amount": price}}}, {},
                       "Ficticia Ltd.", "supplier", "t1", "UA-2026-11-22-000008-a",
                       sealed_until=opens)  # fmt: skip
        row = actions.propose(s, talk, act, key=f"act-{talk.id}")
        said = say(s, talk, Draft(Actor("contact", talk.contact_id), "yes", "en"))
        turn = turns.owe(s, talk, said)
        assert actions.confirm(s, talk.id, turn.id)
        claimed = actions.claim(s, row.id)
        assert claimed
        assert actions.finish(s, row.id, claimed.attempt, RECEIPT)
        action_id = row.id
    with db.transaction(desk.engine) as s:
        talk = s.get_one(Conversation, guest.conversation_id)
        talk.queue, talk.status, talk.owner_kind = "bidding", "waiting", "queue"
    return guest, action_id


def got(desk: DeskClient, headers: dict[str, str], path: str) -> Any:
    answer = desk.http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    return answer.json()


def checked(desk: DeskClient, receipt: Any) -> dict[str, Any]:
    answer = desk.http.post("/api/v1/receipts/check", json=receipt)
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_script(folder: Path, receipt: Any, journal: str | None = None) -> tuple[int, str]:
    paths = [folder / "receipt.json"]
    paths[0].write_text(json.dumps(receipt), "utf-8")
    if journal is not None:
        paths.append(folder / "journal.jsonl")
        paths[1].write_text(journal, "utf-8")
    run = subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, paths)], capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout + run.stderr


def test_the_receipt_of_an_act_is_whole_and_any_change_is_seen(
    desk: DeskClient, tmp_path: Path
) -> None:
    guest, action = done(desk)
    receipt = got(desk, guest.headers, f"/api/v1/actions/{action}/receipt")
    kinds = [event["kind"] for event in receipt["events"]]
    assert kinds == [f"action.{state}" for state in ("proposed", "confirmed", "performing", "done")]
    assert receipt["about"]["content"]["receipt"] == RECEIPT
    assert checked(desk, receipt) == {"sealed": True, "stands": True, "content": True}
    journal = desk.as_("auditor", "GET", "/api/v1/reports/journal").text
    assert by_script(tmp_path, receipt) == (0, by_script(tmp_path, receipt)[1])
    code, said = by_script(tmp_path, receipt, journal)
    assert code == 0, said
    for change in (
        lambda r: r["about"]["content"]["receipt"].update(at="2026-11-25T09:00:00+00:00"),
        lambda r: r["events"][-1].update(at="2026-11-25T09:00:00+00:00"),
        lambda r: r["about"].update(state="failed"),
        lambda r: r.update(issued_at="2020-01-01T00:00:00+00:00"),
        lambda r: r["events"].pop(),
    ):
        forged = copy.deepcopy(receipt)
        change(forged)
        assert checked(desk, forged)["sealed"] is False
    forged = copy.deepcopy(receipt)
    forged["events"][-1]["at"] = "2026-11-25T09:00:00+00:00"
    assert checked(desk, forged)["stands"] is False
    assert by_script(tmp_path, forged)[0] == 1
    other = journal.replace('"kind":"action.done"', '"kind":"action.failed"')
    assert by_script(tmp_path, receipt, other)[0] == 1


def test_a_sealed_bid_stands_in_its_bidders_receipt_alone(desk: DeskClient) -> None:
    guest, action = done(desk, "bid")
    path = f"/api/v1/actions/{action}/receipt"
    assert "41500" in json.dumps(got(desk, guest.headers, path))
    shown = got(desk, desk.people["supervisor"].headers, path)
    # As a number: five figures may stand in a digest by chance.
    assert not re.search(r"(?<![0-9a-f])41500(?![0-9a-f])", json.dumps(shown))
    assert shown["about"]["content"] is None
    assert checked(desk, shown) == {"sealed": True, "stands": True, "content": None}
    # Nobody finds the price by trying what fits.
    with db.reading(desk.engine) as s:
        row = s.get_one(Action, action)
        guess = {"action": row.payload["action"], "receipt": row.receipt}
    shown["about"]["content"] = guess
    assert checked(desk, shown)["content"] is None
    stranger = desk.guest(language="en")
    assert desk.http.get(path, headers=stranger.headers).status_code == 404


def test_the_receipt_of_an_answer_names_its_articles(desk: DeskClient) -> None:
    guest = desk.guest(language="en")
    answer = guest.outcome("what is the floor?")
    path = f"/api/v1/messages/{answer['id']}/receipt"
    receipt = got(desk, guest.headers, path)
    assert receipt["about"]["content"] == answer["text"]
    assert receipt["about"]["citations"][0]["version"] == 1
    assert checked(desk, receipt) == {"sealed": True, "stands": True, "content": True}
    forged = copy.deepcopy(receipt)
    forged["about"]["content"] = "The floor is 80 %."
    assert checked(desk, forged)["sealed"] is False
    with db.transaction(desk.engine) as s:
        talk = s.get_one(Conversation, guest.conversation_id)
        note = say(s, talk, Draft(Actor("system"), "a note", "en", audience="internal")).id
        mine = s.scalars(select(Message.id).where(Message.conversation_id == talk.id)).first()
    hidden = desk.http.get(f"/api/v1/messages/{note}/receipt", headers=guest.headers)
    assert hidden.status_code == 404
    assert got(desk, guest.headers, f"/api/v1/messages/{mine}/receipt")["events"]


@pytest.mark.parametrize("broken", [{}, {"events": [{"id": "x"}]}, {"events": [{}], "seal": "ü"}])
def test_what_is_no_receipt_is_told_so(desk: DeskClient, broken: dict[str, Any]) -> None:
    body = {"format": "sinmungo-receipt-1", "about": {}, "events": [], "seal": ""} | broken
    assert checked(desk, body) == {"sealed": False, "stands": False, "content": None}
