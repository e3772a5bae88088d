"""The desk's own rules around acts, without an engine: guard, watches, codes, deadlines, queue."""

import re
from datetime import datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, select

from api.commands.child_process import free_port
from bot.acting.filling import Acting
from bot.acting.state import Filling
from bot.answering import Moment
from bot.memory import Memory
from bot.phrases import catalogue
from bot.port import AskBack, Turn
from bot.wording import Wording
from crm import actions, clock, codes, contacts, conversations, credentials, db, watches
from crm.access import Member
from crm.actions import Proposal
from crm.errors import Forbidden
from crm.events import BOT
from crm.models import Action, Contact, Conversation, Credential, Event, Message, Tender
from crm.settings import QUEUES
from routing import line, watching
from routing.acts import Acts
from routing.code_post import SmtpPost
from routing.no_core import NoCore
from tests.conftest import DeskClient

KEY = b"k" * 40
NUMBER = "UA-2026-11-22-000008-a"


def put_up(s: db.Session, **other: object) -> Tender:
    fields = {"title": "Office chairs", "status": "active.enquiries", "buyer": "Town of Examples",
              "value": None, "enquiry_ends": None,
              "tender_ends": clock.now() + timedelta(days=3)}  # fmt: skip
    tender = Tender(number=NUMBER, **(fields | other))
    s.add(tender)
    s.flush()
    return tender


def talk_of(s: db.Session, email: str | None = None) -> Conversation:
    contact = contacts.meet(s, language="en", name=None, email=email)
    return conversations.start(s, contact, channel="web", language="en")[0]


# --- equal information at the console --------------------------------------------------------


def owned_talk(desk: DeskClient, role: str, *, status: str = "active.enquiries") -> str:
    with db.transaction(desk.engine) as s:
        put_up(s, status=status)
    guest = desk.guest()
    guest.say(f"person please: which dimensions do the chairs of {NUMBER} need?")
    desk.as_(role, "POST", f"/api/v1/conversations/{guest.conversation_id}/accept")
    return guest.conversation_id


def answer(desk: DeskClient, role: str, talk: str, text: str, **more: str):
    body = {"client_id": text[:30], "text": text, **more}
    return desk.as_(role, "POST", f"/api/v1/conversations/{talk}/messages", json=body)


def test_a_private_answer_on_an_open_tender_is_held_back(desk: DeskClient) -> None:
    talk = owned_talk(desk, "supervisor")
    refused = answer(desk, "supervisor", talk, "The seat is 45 cm high.")
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "equal_information"
    referred = answer(desk, "supervisor", talk, "Please post it as a clarification.")
    assert referred.status_code == 201
    noted = answer(desk, "supervisor", talk, "45 cm, see 3.1", audience="internal")
    assert noted.status_code == 201
    reason = "published yesterday as answer 3"
    passed = answer(desk, "supervisor", talk, "The seat is 45 cm high.", override=reason)
    assert passed.status_code == 201
    with db.reading(desk.engine) as s:
        [event] = s.scalars(select(Event).where(Event.kind == "guard.overridden")).all()
        assert event.actor_id == desk.people["supervisor"].id
        assert reason not in str(event.data)
        notes = s.scalars(
            select(Message.text).where(Message.audience == "internal").order_by(Message.created_at)
        ).all()
        assert reason in notes


def test_only_a_supervisor_overrides_and_a_closed_tender_needs_no_guard(desk: DeskClient) -> None:
    talk = owned_talk(desk, "counselor")
    words = "Yes, an equivalent brand is fine: 45 cm."
    assert answer(desk, "counselor", talk, words).status_code == 409
    assert answer(desk, "counselor", talk, words, override="because").status_code == 403
    with db.transaction(desk.engine) as s:
        s.scalars(select(Tender)).one().status = "complete"
    assert answer(desk, "counselor", talk, words).status_code == 201


# --- watches ---------------------------------------------------------------------------------


def test_a_follower_hears_of_a_change_once_and_of_the_closing_once(engine: Engine) -> None:
    with db.transaction(engine) as s:
        tender = put_up(s)
        talk = talk_of(s)
        watches.follow(s, talk, person=talk.contact_id, number=NUMBER, tender=None)
        watches.follow(s, talk, person=talk.contact_id, number=NUMBER, tender=None)
        talk_id, tender_id = talk.id, tender.id
    assert watching.tell_followers(engine, "Asia/Seoul") == 0  # nothing has changed yet
    with db.transaction(engine) as s:
        s.get_one(Tender, tender_id).status = "active.tendering"
    assert watching.tell_followers(engine, "Asia/Seoul") == 1
    assert watching.tell_followers(engine, "Asia/Seoul") == 0
    with db.transaction(engine) as s:
        s.get_one(Tender, tender_id).tender_ends = clock.now() + timedelta(hours=5)
    assert watching.tell_followers(engine, "Asia/Seoul") == 2  # it changed, and it closes soon
    assert watching.tell_followers(engine, "Asia/Seoul") == 0
    with db.transaction(engine) as s:
        assert watches.unfollow(
            s, person=s.get_one(Conversation, talk_id).contact_id, number=NUMBER
        )
        s.get_one(Tender, tender_id).status = "complete"
    assert watching.tell_followers(engine, "Asia/Seoul") == 0
    with db.reading(engine) as s:
        assert s.query(Message).filter_by(conversation_id=talk_id).count() == 3


# --- who it is -------------------------------------------------------------------------------


def test_a_code_proves_within_its_tries_its_minutes_and_its_sends(engine: Engine) -> None:
    with db.transaction(engine) as s:
        proof = contacts.Proven("p", "a@firm.example", "A", "Firm", "supplier",
                                clock.now() + timedelta(days=1))  # fmt: skip
        known = contacts.recognise_proven(s, proof, language="en").id
        talk = talk_of(s)
        digits = codes.issue(s, talk, "A@firm.example", key=KEY)
        assert digits
        for _ in range(codes.MOST_TRIES - 1):
            assert codes.check(s, talk, "x", key=KEY) == "wrong"
        assert codes.check(s, talk, "x", key=KEY) == "used_up"
        assert codes.check(s, talk, digits, key=KEY) == "used_up"
        digits = codes.issue(s, talk, "a@firm.example", key=KEY)
        assert digits
        assert codes.check(s, talk, digits, key=KEY) == "proven"
        assert codes.check(s, talk, digits, key=KEY) == "expired"  # it works once
        contact = s.get_one(Contact, talk.contact_id)
        assert (contact.proven, contact.merged_into_id, contact.merged_by) == (True, known, "code")
        assert codes.issue(s, talk, "a@firm.example", key=KEY)
        assert codes.issue(s, talk, "a@firm.example", key=KEY) is None  # three an hour
        assert codes.issue(s, talk_of(s), "a@firm.example", key=KEY) is None  # from any talk


def test_a_code_runs_out(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction(engine) as s:
        talk = talk_of(s)
        digits = codes.issue(s, talk, "a@firm.example", key=KEY)
        assert digits
        later = clock.now() + codes.LASTS
        monkeypatch.setattr(clock, "now", lambda: later)
        assert codes.check(s, talk, digits, key=KEY) == "expired"


class Letters:
    def __init__(self) -> None:
        self.texts: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802 - aiosmtpd's name
        del server, session
        self.texts.append(envelope.content.decode())  # type: ignore[attr-defined]
        return "250 OK"


def test_the_code_goes_out_by_mail_and_the_act_goes_on(sqlite_engine: Engine) -> None:
    letters = Letters()
    server = Controller(letters, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        post = SmtpPost(f"smtp://127.0.0.1:{server.port}?from=desk@agency.example")
        acts = Acts(sqlite_engine, NoCore(clock.now), KEY, post)
        with db.transaction(sqlite_engine) as s:
            put_up(s, core_id="c" * 32)
            talk = talk_of(s).id
        acting, memory = Acting(acts), Memory()

        def said(text: str) -> AskBack:
            nonlocal memory
            now = moment(talk, text)
            filling = Filling.of(memory.act)
            told = acting.answer(now, memory, filling) if filling else None
            steps, memory = told or acting.begin(now, memory, "follow")
            return steps[0]  # type: ignore[return-value]

        assert said(f"follow {NUMBER}").act == "clarify"
        assert "six digits" in said("a@firm.example").text
        [code] = re.findall(r"\b\d{6}\b", letters.texts[0])
        assert "not the code" in said("000000" if code != "000000" else "111111").text
        assert "confirmed" in said(code).text
        with db.reading(sqlite_engine) as s:
            assert s.get_one(Contact, s.get_one(Conversation, talk).contact_id).proven
            assert code not in str([e.data for e in s.scalars(select(Event))])
    finally:
        server.stop()


def moment(talk: str, text: str) -> Moment:
    at = datetime(2026, 11, 25, 14, 0, tzinfo=clock.now().tzinfo)
    return Moment(Turn(talk, text, "en", at.date()), text, "en", Wording(catalogue(), "en"), at)


# --- tokens ----------------------------------------------------------------------------------


def test_a_token_opens_for_its_holder_alone_and_stands_nowhere_in_the_open(engine: Engine) -> None:
    with db.transaction(engine) as s:
        mine, other = talk_of(s).contact_id, talk_of(s).contact_id
        bound = {"kind": "bid", "object_id": "b1", "contact_id": mine, "organisation": "Firm"}
        credentials.keep(s, key=KEY, token="secret-token", tender="t1", **bound)
        s.flush()
        assert credentials.opened(s, key=KEY, **bound) == "secret-token"
        assert credentials.opened(s, key=KEY, **(bound | {"contact_id": other})) is None
        assert credentials.opened(s, key=KEY, **(bound | {"organisation": "Rival"})) is None
        row = s.scalars(select(Credential)).one()
        assert b"secret-token" not in row.secret
        with pytest.raises(Forbidden):
            credentials.keep(s, key=KEY, token="x", tender="t1", **(bound | {"contact_id": other}))
        with pytest.raises(Forbidden):
            credentials.opened(s, key=b"another key of the same length, 40 by.", **bound)
        row.contact_id = other  # who moves a row to another holder cannot open it either
        s.flush()
        with pytest.raises(Forbidden):
            credentials.opened(s, key=KEY, **(bound | {"contact_id": other}))
    with db.reading(engine) as s:
        assert "secret-token" not in str([e.data for e in s.scalars(select(Event))])


# --- deadlines and the queue -----------------------------------------------------------------


def test_what_a_person_follows_makes_a_hand_off_urgent(desk: DeskClient) -> None:
    with db.transaction(desk.engine) as s:
        put_up(s, tender_ends=clock.now() + timedelta(hours=20))
    guest = desk.guest()
    with db.transaction(desk.engine) as s:
        talk = s.get_one(Conversation, guest.conversation_id)
        watches.follow(s, talk, person=talk.contact_id, number=NUMBER, tender=None)
    assert guest.outcome("a person please")["act"] == "handoff"
    shown = desk.as_("supervisor", "GET", f"/api/v1/conversations/{guest.conversation_id}").json()
    assert shown["urgent"] is True
    assert shown["handoff"]["deadline"]


def test_a_begun_act_makes_a_hand_off_urgent_and_is_off(desk: DeskClient) -> None:
    guest = desk.guest()
    with db.transaction(desk.engine) as s:
        talk = s.get_one(Conversation, guest.conversation_id)
        soon = clock.now() + timedelta(hours=3)
        actions.propose(s, talk, Proposal("question", {}, {}, deadline=soon), key="act-x")
    guest.outcome("a person please")
    shown = desk.as_("supervisor", "GET", f"/api/v1/conversations/{guest.conversation_id}").json()
    assert shown["urgent"] is True
    with db.reading(desk.engine) as s:
        assert s.scalars(select(Action)).one().state == "cancelled"


def test_urgent_matters_overtake_nobody_for_long(engine: Engine) -> None:
    packet = {"reason": "asked", "goal": "x", "facts": {}, "sources_tried": [], "language": "en",
              "deadline": None, "last_turns": []}  # fmt: skip
    waited = {"patient": (False, 30), "urgent": (True, 5), "new": (False, 2), "late": (True, 1)}
    ids: dict[str, str] = {}
    with db.transaction(engine) as s:
        for name, (urgent, minutes) in waited.items():
            talk = talk_of(s)
            conversations.hand_off(s, talk, actor=BOT, queue="bidding", packet=packet,
                                   urgent=urgent, deadline=None)  # fmt: skip
            talk.waiting_since = clock.now() - timedelta(minutes=minutes)
            ids[talk.id] = name
    with db.reading(engine) as s:
        member = Member("x", "supervisor", QUEUES)
        order = [ids[t.conversation.id] for t in line.talks(s, member)]
    assert order == ["patient", "urgent", "late", "new"]
