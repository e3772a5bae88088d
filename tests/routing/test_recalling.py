"""A wrong answer is taken back: everybody who heard it is told, once, where they can be reached."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from crm import clock, contacts, db, events
from crm.events import SYSTEM
from crm.models import Delivery, Event, Message
from knowledge import editing
from routing import recalling
from routing.channels.simulator.channel import SIGNATURE, Simulator
from tests.channels.mail_desk import MailDesk, mail_desk
from tests.channels.servers import SmtpServer
from tests.conftest import GuestClient
from tests.knowledge.conftest import ADVANCE, LOAN, text
from tests.routing.test_turns import until

ASKED = "What is the price floor?"


@pytest.fixture
def provider() -> Simulator:
    return Simulator(b"k" * 40)


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def house(
    engine: Engine, tmp_path: Path, smtp: SmtpServer, provider: Simulator
) -> Iterator[MailDesk]:
    """A desk with an article that the bot cites, a mail account and the simulated provider."""
    with mail_desk(engine, tmp_path, SMTP_URL=f"smtp://127.0.0.1:{smtp.port}") as made:
        made.channels["simulator"] = provider
        with db.transaction(engine) as s:
            editing.take_in(s, SYSTEM, text("price-floor", LOAN, title="Price floor"))
        yield made


def carry_out(house: MailDesk) -> None:
    while recalling.carry_on(house.engine, house.channels, house.desk.settings.hours.zone):
        pass
    house.send()


def writes(house: MailDesk, provider: Simulator, sender: str, said: str = ASKED) -> None:
    body = json.dumps({"id": f"{sender}-{said}", "from": sender, "text": said}).encode()
    headers = {SIGNATURE: provider.sign(body)}
    assert house.desk.http.post("/hooks/simulator/main", content=body, headers=headers).is_success
    until(lambda: _answered(house, sender))


def _answered(house: MailDesk, sender: str) -> bool:
    with db.reading(house.engine) as s:
        query = select(Message.id).join(Delivery, Delivery.message_id == Message.id)
        return s.scalar(query.where(Delivery.address == sender).limit(1)) is not None


def correct(house: MailDesk) -> None:
    """A newer wording of the same day takes the place of the first."""
    with db.transaction(house.engine) as s:
        editing.edit(s, SYSTEM, text("price-floor", ADVANCE, title="Price floor"))
        editing.publish(s, SYSTEM, "price-floor")


def affected(house: MailDesk, role: str = "supervisor") -> dict:
    path = "/api/v1/recalls/affected?article=price-floor"
    return house.desk.as_(role, "GET", path).json()


def recall(house: MailDesk, role: str = "supervisor", **more: object):
    body = {"article": "price-floor", **more}
    return house.desk.as_(role, "POST", "/api/v1/recalls", json=body)


def receipts(house: MailDesk, recall_id: str) -> dict[str, int]:
    return house.desk.as_("supervisor", "GET", f"/api/v1/recalls/{recall_id}").json()["counts"]


def texts(guest: GuestClient) -> list[str]:
    now = guest.http.get("/api/v1/chat/sessions/current", headers=guest.headers).json()
    return [m["text"] for m in now["messages"] if m["author"] == "system"]


def test_everybody_who_was_told_hears_of_it_once_on_their_channel(house, smtp, provider):
    quiet, left = house.desk.guest(), house.desk.guest(email="kim@company.example")
    spanish = house.desk.guest(language="es")
    for guest, said in ((quiet, ASKED), (left, ASKED), (spanish, f"{ASKED} [es]")):
        guest.outcome(said)
    house.desk.guest().outcome("hello")  # was told nothing of it
    writes(house, provider, "lee@x.example")
    house.send()
    assert affected(house)["items"] == []  # it still holds
    correct(house)
    found = affected(house)
    assert found["reason"] == "corrected"
    assert found["counts"] == {"to_tell": 4}
    by_language = {row["language"]: row["text"] for row in found["items"]}
    assert "corrected" in by_language["en"]
    assert "se ha corregido" in by_language["es"]

    opened = recall(house, remark={"en": "Call us.", "es": "Llámenos.", "ko": "전화 주세요."})
    assert opened.status_code == 201, opened.text
    assert opened.json()["counts"] == {"due": 4}
    carry_out(house)
    carry_out(house)
    assert [len(texts(guest)) for guest in (quiet, left, spanish)] == [1, 1, 1]
    assert texts(spanish)[0].endswith("Llámenos.")
    [mail] = smtp.arrived
    assert mail.to == ["kim@company.example"]
    assert "corrected" in mail.mail.get_body().get_content()
    told = [out.text for out in provider.taken.values() if "corrected" in out.text]
    assert len(told) == 1
    assert "Price floor (2)" in told[0]
    now = house.desk.as_("supervisor", "GET", f"/api/v1/recalls/{opened.json()['id']}").json()
    assert now["state"] == "done"
    assert sum(now["counts"].values()) == 4
    assert recall(house).status_code == 409  # nobody is left
    assert affected(house)["items"] == []


def test_whom_a_wall_hides_is_told_and_not_shown(house):
    hidden, other = house.desk.guest(), house.desk.guest()
    for guest in (hidden, other):
        guest.outcome(ASKED)
    hidden.outcome("person please, about UA-2026-11-22-000008-a")
    correct(house)
    statistics = "/api/v1/articles/price-floor/statistics"

    def told(role: str) -> list[int]:
        return [x["told"] for x in house.desk.as_(role, "GET", statistics).json()["items"]]

    wall = {"counselor": house.desk.people["supervisor"].id, "tender": "UA-2026-11-22-000008-a",
            "reason": "a brother bids",
            "ends_at": (clock.now() + timedelta(days=9)).isoformat()}  # fmt: skip
    assert told("supervisor") == [2]
    assert house.desk.as_("admin", "POST", "/api/v1/walls", json=wall).status_code == 201
    assert (told("supervisor"), told("auditor")) == ([1], [2])
    found = affected(house)
    assert [x["conversation"] for x in found["items"]] == [other.conversation_id]
    assert found["more"] == 1
    opened = recall(house).json()
    assert opened["counts"] == {"due": 2}
    carry_out(house)
    assert [len(texts(guest)) for guest in (hidden, other)] == [1, 1]
    path = f"/api/v1/recalls/{opened['id']}"
    shown = {
        role: [x["conversation"] for x in house.desk.as_(role, "GET", path).json()["notices"]]
        for role in ("supervisor", "auditor")
    }
    assert shown["supervisor"] == [other.conversation_id]
    assert sorted(shown["auditor"]) == sorted([hidden.conversation_id, other.conversation_id])
    page = house.desk.page("supervisor", f"/console/recall?recall={opened['id']}")
    assert other.conversation_id in page
    assert hidden.conversation_id not in page


def test_receipts_follow_what_providers_and_pages_tell(house, provider):
    guest = house.desk.guest()
    guest.outcome(ASKED)
    writes(house, provider, "lee@x.example")
    writes(house, provider, "refuse@x.example")
    house.send()
    correct(house)
    opened = recall(house).json()["id"]
    assert receipts(house, opened) == {"due": 3}
    carry_out(house)
    assert receipts(house, opened) == {"sent": 2, "failed": 1}
    later = clock.now() + timedelta(minutes=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        guest.http.get("/api/v1/chat/events", headers=guest.headers)
    assert receipts(house, opened) == {"read": 1, "sent": 1, "failed": 1}


def test_who_wants_no_contact_is_counted_and_left_alone(house, provider):
    refused, merged, other = (house.desk.guest() for _ in range(3))
    for guest in (refused, merged, other):
        guest.outcome(ASKED)
    writes(house, provider, "stop@x.example")
    with db.transaction(house.engine) as s:
        contacts.wish(s, kind="simulator", value="stop@x.example", stop=True)
    path = f"/api/v1/contacts/{_contact(house, refused)}/consents"
    said = {"purpose": "any", "given": False}
    assert house.desk.as_("supervisor", "PUT", path, json=said).is_success
    one, into = _contact(house, merged), _contact(house, other)
    joined = house.desk.as_(
        "supervisor", "POST", f"/api/v1/contacts/{one}/merge", json={"into": into}
    )
    assert joined.is_success, joined.text
    with db.transaction(house.engine) as s:
        editing.withdraw(s, SYSTEM, "price-floor")
    found = affected(house)
    assert found["reason"] == "withdrawn"
    assert found["counts"] == {"do_not_contact": 1, "stopped": 1, "to_tell": 1}
    opened = recall(house).json()
    carry_out(house)
    assert texts(refused) == []
    assert [len(texts(guest)) for guest in (merged, other)] == [0, 1]  # one person, told once
    counts = receipts(house, opened["id"])
    assert (counts["do_not_contact"], counts["stopped"]) == (1, 1)


def test_a_recall_that_died_in_the_middle_is_finished_and_repeats_nothing(house, monkeypatch):
    guests = [house.desk.guest() for _ in range(5)]
    for guest in guests:
        guest.outcome(ASKED)
    correct(house)
    recall(house)
    monkeypatch.setattr(recalling, "AT_ONCE", 2)
    assert recalling.carry_on(house.engine, house.channels, house.desk.settings.hours.zone) == 2
    carry_out(house)
    assert [len(texts(guest)) for guest in guests] == [1] * 5


def test_told_the_old_version_again_means_told_of_it_again(house):
    guest = house.desk.guest()
    guest.outcome(ASKED)
    correct(house)
    recall(house)
    carry_out(house)
    guest.outcome(ASKED)  # the scripted bot still cites the first version
    assert affected(house)["counts"] == {"to_tell": 1}
    assert recall(house).status_code == 201
    carry_out(house)
    assert len(texts(guest)) == 2


def test_editors_see_no_names_and_counselors_nothing(house):
    house.desk.guest(name="Kim Example").outcome(ASKED)
    correct(house)
    assert [row["name"] for row in affected(house)["items"]] == ["Kim Example"]
    assert [row["name"] for row in affected(house, "editor")["items"]] == [None]
    assert house.desk.as_("counselor", "GET", "/api/v1/recalls").status_code == 403
    assert recall(house, "auditor").status_code == 403


def test_the_journal_tells_the_recall_without_a_word_of_it(house):
    house.desk.guest(name="Kim Example", email="kim@company.example").outcome(ASKED)
    correct(house)
    recall(house, remark={"en": "Secret one", "es": "Secret two", "ko": "Secret three"})
    carry_out(house)
    with db.reading(house.engine) as s:
        rows = s.scalars(select(Event).order_by(Event.id)).all()
        assert list(events.broken_links(s)) == []
    kinds = [row.kind for row in rows if row.kind.startswith("recall.")]
    assert kinds == ["recall.opened", "recall.told", "recall.done"]
    whole = json.dumps([row.data for row in rows])
    for word in ("Kim", "company.example", "Secret", "corrected by"):
        assert word not in whole


def test_what_does_not_hold_is_refused(house):
    correct(house)
    assert recall(house).status_code == 409  # nobody was told
    assert recall(house, remark={"en": "Only English"}).status_code == 409
    house.desk.guest().outcome(ASKED)
    assert recall(house, remark={"en": "Only English"}).status_code == 422
    missing = house.desk.as_("editor", "GET", "/api/v1/recalls/affected?article=nothing")
    assert missing.status_code == 404
    odd = house.desk.as_(
        "editor", "GET", "/api/v1/recalls/affected?article=price-floor&version=en:x"
    )
    assert odd.status_code == 422


def _contact(house: MailDesk, guest: GuestClient) -> str:
    path = f"/api/v1/conversations/{guest.conversation_id}"
    return str(house.desk.as_("supervisor", "GET", path).json()["contact"]["id"])


def test_the_day_that_is_named_is_the_desks_own(house, monkeypatch):
    """Said at 23:30 in London's winter, it was the next morning in Seoul."""
    late = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: late)
    guests = {language: house.desk.guest(language=language) for language in ("en", "es", "ko")}
    for language, guest in guests.items():
        guest.outcome(ASKED if language == "en" else f"{ASKED} [{language}]")
    correct(house)
    recall(house)
    carry_out(house)
    days = {"en": "26 November 2026", "es": "26 de noviembre de 2026", "ko": "2026년 11월 26일"}
    assert house.desk.settings.hours.zone == "Asia/Seoul"
    for language, guest in guests.items():
        assert days[language] in texts(guest)[0]
