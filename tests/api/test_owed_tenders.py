"""Tenders that a core never showed, where people of the desk see them: post room, API and check."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.auth import COOKIE
from api.commands import check
from crm import clock, counselors, db
from crm.models import Counselor, Event, OwedTender
from tests.conftest import DeskClient

CORE_ID = "5" * 32


@pytest.fixture
def owed(sqlite_desk: DeskClient) -> str:
    now = clock.now()
    with db.transaction(sqlite_desk.engine) as s:
        row = OwedTender(
            source="core", core_id=CORE_ID, why="500", tries=20, given_up_at=now, next_at=now,
            owed_since=now - timedelta(days=3),
        )  # fmt: skip
        s.add(row)
        s.flush()
        return row.id


def listed(desk: DeskClient) -> list[str]:
    answer = desk.as_("supervisor", "GET", "/api/v1/owed-tenders")
    assert answer.status_code == 200
    return [one["core_id"] for one in answer.json()["items"]]


def test_who_asks_again_takes_it_off_the_list_and_it_is_due(
    sqlite_desk: DeskClient, owed: str
) -> None:
    assert listed(sqlite_desk) == [CORE_ID]
    again = sqlite_desk.as_("supervisor", "POST", f"/api/v1/owed-tenders/{owed}/retry")
    assert again.json() == {"id": owed, "state": "due"}
    assert listed(sqlite_desk) == []
    with db.reading(sqlite_desk.engine) as s:
        assert s.get_one(OwedTender, owed).tries == 0
    again = sqlite_desk.as_("supervisor", "POST", f"/api/v1/owed-tenders/{owed}/retry")
    assert again.status_code == 404


def test_the_post_room_shows_it_and_lets_it_go(sqlite_desk: DeskClient, owed: str) -> None:
    with db.transaction(sqlite_desk.engine) as s:
        person = s.get_one(Counselor, sqlite_desk.people["supervisor"].id)
        cookie, session = counselors.sign_in(s, person)
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    assert CORE_ID in sqlite_desk.http.get("/console/post", headers=headers).text
    form = {"row": owed, "do": "let_go", "csrf": session.csrf}
    for told in ("/console/post", "/console/post?problem=gone"):
        answer = sqlite_desk.http.post(
            "/console/post", data=form, headers=headers, follow_redirects=False
        )
        assert answer.headers["location"] == told
    assert CORE_ID not in sqlite_desk.http.get("/console/post", headers=headers).text
    with db.reading(sqlite_desk.engine) as s:
        event = s.scalars(select(Event).where(Event.kind == "tender.let_go")).one()
        assert event.actor_id == sqlite_desk.people["supervisor"].id


@pytest.mark.usefixtures("owed")
def test_the_check_names_it(sqlite_desk: DeskClient) -> None:
    lines = {line.what: line for line in check.look(sqlite_desk.settings)}
    line = lines["Tenders that the core never showed"]
    assert (line.state, line.how[:1]) == ("missing", "1")
