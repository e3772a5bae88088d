"""What people ask in vain: gathered, shown without personal data, and made into drafts."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import select, update

from crm import clock, contacts, db, messages, tickets
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Conversation, Event, Ticket
from knowledge import article_text, editing
from knowledge.models import ArticleVersion
from routing.gaps import anonymous, joined
from tests.conftest import GuestClient
from tests.knowledge.conftest import ADVANCE, LOAN, text
from tests.scripted_bot import CITED

DECIDE = "/api/v1/gaps/decide"


def gaps(desk, role: str = "editor") -> list[dict]:
    return desk.as_(role, "GET", "/api/v1/gaps").json()["items"]


def ask(desk, *questions: str, **who: str) -> GuestClient:
    for question in questions:
        guest = desk.guest(**who)
        guest.outcome(question)
    return guest


def solved(desk, subject: str) -> str:
    with db.transaction(desk.engine) as s:
        contact = contacts.meet(s, language="es", name=None, email=None)
        ticket = tickets.open_ticket(
            s, actor=SYSTEM, contact_id=contact.id, subject=subject, category="report",
            queue="payment",
        )  # fmt: skip
        s.execute(
            update(Ticket)
            .where(Ticket.id == ticket.id)
            .values(status="solved", solved_at=clock.now())
        )
        return ticket.id


def decide(desk, gap: dict, decision: str, article: str | None = None, role: str = "editor"):
    body = {"decision": decision, "members": gap["members"], "article": article}
    return desk.as_(role, "POST", DECIDE, json=body)


def test_what_is_alike_stands_together_with_counts_and_languages(desk):
    ask(
        desk,
        "unknown deadline for the bond renewal",
        "unknown deadline of a bond renewal",
        "[es] unknown deadline for the bond renewal",
        "unknown parking near the office",
    )
    ask(desk, "What is the price floor?")  # answered
    solved(desk, "El pago no ha llegado")
    found = gaps(desk)
    assert [gap["count"] for gap in found] == [3, 1, 1]
    assert found[0]["causes"] == {"abstain": 3}
    assert found[0]["languages"] == {"en": 2, "es": 1}
    assert len(found[0]["examples"]) == 3
    assert {next(iter(gap["causes"])) for gap in found[1:]} == {"abstain", "ticket"}
    assert gaps(desk) == found  # the same from one look to the next


def test_an_answer_that_did_not_help_is_a_gap_until_it_does(desk):
    guest = desk.guest()
    answer = guest.outcome("What is the price floor?")["id"]
    path = "/api/v1/chat/feedback"
    for helpful, expected in ((False, ["unhelpful"]), (True, [])):
        body = {"message_id": answer, "helpful": helpful}
        assert guest.http.post(path, json=body, headers=guest.headers).is_success
        assert [next(iter(gap["causes"])) for gap in gaps(desk)] == expected


def test_examples_hold_no_personal_data(desk):
    ask(
        desk,
        "unknown: I am Kim Example, kim@company.example, +82 10-1234-5678, 4111 1111 1111 1111",
        name="Kim Example",
    )
    [gap] = gaps(desk)
    said = gap["examples"][0]["text"]
    for private in ("Kim Example", "company.example", "1234", "4111"):
        assert private not in said
    assert anonymous("Tender 12 of 2024 costs 5,000") == "Tender 12 of 2024 costs 5,000"


def test_one_click_makes_a_draft_in_each_language_and_the_gap_is_gone(desk):
    ask(desk, "unknown: how long does the bond run? {now}", "unknown: how long does a bond run?")
    ask(desk, "[es] unknown: how long does the bond run?")
    [gap] = gaps(desk)
    made = decide(desk, gap, "draft")
    assert made.status_code == 200, made.text
    name = made.json()["article"]
    assert gaps(desk) == []
    with db.reading(desk.engine) as s:
        versions = s.scalars(select(ArticleVersion).order_by(ArticleVersion.language)).all()
        assert [(v.article_id, v.language, v.status) for v in versions] == [
            (name, "en", "draft"),
            (name, "es", "draft"),
        ]
        [section] = article_text.sections(versions[0].body)
        assert len(section.alternates) == 1
        event = s.scalars(select(Event).where(Event.kind == "gap.drafted")).one()
    assert event.data == {"article": name, "members": 3}
    assert decide(desk, gap, "draft").status_code == 409


def test_a_gap_is_dismissed_or_tied_to_an_article_that_exists(desk):
    with db.transaction(desk.engine) as s:
        editing.take_in(s, SYSTEM, text("bonds", LOAN))
    ask(desk, "unknown bond renewal", "unknown parking near the office")
    one, other = gaps(desk)
    assert decide(desk, one, "tie", "nothing").status_code == 404
    assert decide(desk, one, "tie").status_code in {404, 422}
    assert decide(desk, one, "tie", "bonds").json() == {"decided": 1, "article": "bonds"}
    assert decide(desk, other, "dismiss", role="auditor").status_code == 403
    assert decide(desk, other, "dismiss").json() == {"decided": 1, "article": None}
    assert gaps(desk) == []


def test_a_ticket_answered_with_an_article_is_no_gap(desk):
    guest = desk.guest()
    guest.outcome("a person please")
    path = f"/api/v1/conversations/{guest.conversation_id}"
    desk.as_("counselor", "POST", f"{path}/accept")
    ticket = desk.as_("counselor", "GET", path).json()["ticket"]
    assert ticket
    desk.as_("counselor", "POST", f"{path}/wrap", json={"code": "answered"})
    with db.transaction(desk.engine) as s:
        s.execute(
            update(Ticket)
            .where(Ticket.number == ticket)
            .values(status="solved", solved_at=clock.now())
        )
    assert [gap["causes"] for gap in gaps(desk)] == [{"ticket": 1}]
    cited = {"article": CITED.article, "title": CITED.title, "version": 1, "url": CITED.url,
             "quote": CITED.quote}  # fmt: skip
    with db.transaction(desk.engine) as s:
        talk = s.get_one(Conversation, guest.conversation_id)
        counselor = Actor("counselor", desk.people["counselor"].id)
        messages.say(s, talk, Draft(counselor, "See there.", "en", citations=[cited]))
    assert gaps(desk) == []


def test_articles_that_want_a_look_say_why(desk):
    long_ago = clock.now() - timedelta(days=200)
    with db.transaction(desk.engine) as s:
        editing.take_in(s, SYSTEM, text("unused", LOAN))
        editing.take_in(s, SYSTEM, text("ended", LOAN, end="2021-12-31"))
        editing.take_in(s, SYSTEM, text("older", ADVANCE))
        editing.take_in(s, SYSTEM, text("newer", ADVANCE, start=str(clock.today())))
        editing.take_in(s, SYSTEM, text("price-floor", LOAN))
        s.execute(update(ArticleVersion).values(published_at=long_ago))
        laws = ArticleVersion.article_id.in_(("older", "newer"))
        s.execute(update(ArticleVersion).where(laws).values(law="State Contract Act, art. 5"))
    for _ in range(3):
        guest = desk.guest()
        body = {"message_id": guest.outcome("What is the price floor?")["id"], "helpful": False}
        guest.http.post("/api/v1/chat/feedback", json=body, headers=guest.headers)
    rows = desk.as_("editor", "GET", "/api/v1/gaps/articles").json()["items"]
    assert {row["article"]: set(row["reasons"]) for row in rows} == {
        "unused": {"never_told"},
        "ended": {"never_told", "ended"},
        "older": {"never_told", "law_changed"},
        "newer": {"never_told"},
        "price-floor": {"unhelpful"},
    }


def test_an_article_published_on_the_desks_own_day_of_a_new_law_knows_it(sqlite_desk, monkeypatch):
    seoul = ZoneInfo("Asia/Seoul")
    monkeypatch.setattr(clock, "_zone", seoul)
    day = clock.today() - timedelta(days=3)
    with db.transaction(sqlite_desk.engine) as s:
        editing.take_in(s, SYSTEM, text("older", ADVANCE))
        editing.take_in(s, SYSTEM, text("newer", ADVANCE, start=str(day)))
        early = datetime.combine(day, time(1), seoul)  # still the day before in UTC
        s.execute(update(ArticleVersion).values(published_at=early, law="Contract Act, art. 5"))
    assert sqlite_desk.as_("editor", "GET", "/api/v1/gaps/articles").json()["items"] == []


def test_groups_are_joined_by_what_they_have_in_common_on_average():
    turned = np.array([0, 5, 10, 90, 95, 50], dtype=np.float64) * np.pi / 180
    points = np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)
    like = points @ points.T
    assert joined(like, 0.9) == [[0, 1, 2], [3, 4], [5]]
    assert joined(like, -1.0) == [[0, 1, 2, 3, 4, 5]]
    assert joined(like[:1, :1], 0.5) == [[0]]


@pytest.mark.parametrize("role", ["counselor"])
def test_counselors_are_not_shown_what_others_asked(sqlite_desk, role):
    assert sqlite_desk.as_(role, "GET", "/api/v1/gaps").status_code == 403
