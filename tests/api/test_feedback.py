"""Whether an answer helped: said by the contact, seen by the desk, counted for the article."""

from sqlalchemy import select

from crm import db
from crm.events import SYSTEM
from crm.models import Event
from knowledge import editing
from tests.knowledge.conftest import LOAN, text


def rate(guest, message: str, **body: object):
    path = "/api/v1/chat/feedback"
    return guest.http.post(path, json={"message_id": message, **body}, headers=guest.headers)


def shown(desk, guest, message: str) -> tuple[bool | None, str | None]:
    talk = desk.as_("supervisor", "GET", f"/api/v1/conversations/{guest.conversation_id}").json()
    said = next(m for m in talk["messages"] if m["id"] == message)
    return said["helpful"], said["unhelpful"]


def test_what_is_said_last_of_an_answer_counts_and_the_desk_sees_it(desk):
    guest = desk.guest()
    answer = guest.outcome("What is the price floor?")["id"]
    assert shown(desk, guest, answer) == (None, None)
    assert rate(guest, answer, helpful=True).status_code == 200
    assert rate(guest, answer, helpful=False).status_code == 200
    assert rate(guest, answer, helpful=False, reason="outdated").status_code == 200
    assert rate(guest, answer, helpful=False, reason="outdated").status_code == 200  # no news
    assert shown(desk, guest, answer) == (False, "outdated")
    with db.reading(desk.engine) as s:
        events = s.scalars(
            select(Event).where(Event.kind == "answer.rated").order_by(Event.id)
        ).all()
    assert [e.data for e in events] == [
        {"helpful": True, "article": "price-floor"},
        {"helpful": False, "article": "price-floor"},
        {"helpful": False, "reason": "outdated", "article": "price-floor"},
    ]


def test_only_a_cited_answer_of_the_own_talk_can_be_rated(sqlite_desk):
    one, other = sqlite_desk.guest(), sqlite_desk.guest()
    answer = one.outcome("What is the price floor?")["id"]
    hello = one.outcome("hello")["id"]
    assert rate(other, answer, helpful=True).status_code == 404
    assert rate(one, hello, helpful=True).status_code == 404
    assert rate(one, answer, helpful=True, reason="wrong").status_code == 422
    assert rate(one, answer, helpful=False, reason="boring").status_code == 422
    assert rate(one, answer, helpful="\x00").status_code == 422


def test_an_article_counts_what_was_told_of_each_version(desk):
    with db.transaction(desk.engine) as s:
        editing.take_in(s, SYSTEM, text("price-floor", LOAN))
    for helpful in (True, False, None):
        guest = desk.guest()
        answer = guest.outcome("What is the price floor?")["id"]
        if helpful is not None:
            rate(guest, answer, helpful=helpful, **({} if helpful else {"reason": "wrong"}))
    counted = desk.as_("editor", "GET", "/api/v1/articles/price-floor/statistics").json()
    assert counted["items"] == [
        {
            "language": "en",
            "version": 1,
            "told": 3,
            "helpful": 1,
            "unhelpful": 1,
            "reasons": {"wrong": 1},
        }
    ]
