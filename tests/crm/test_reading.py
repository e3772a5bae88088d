"""Reading models: what a member is shown of a contact's history, and who could take a talk over."""

from sqlalchemy import Engine

from crm import access, contacts, conversations, counselors, db, queries
from crm.db import Session
from crm.events import BOT
from crm.models import Contact, Conversation


def waiting_in(s: Session, contact: Contact, queue: str, language: str = "en") -> Conversation:
    made, _ = conversations.start(s, contact, channel="web", language=language)
    packet = {"reason": "asked", "goal": queue, "language": language}
    conversations.hand_off(
        s, made, actor=BOT, queue=queue, packet=packet, urgent=False, deadline=None
    )
    return made


def test_earlier_conversations_are_those_one_may_see(engine: Engine) -> None:
    with db.transaction(engine) as s:
        contact = contacts.meet(s, language="en", name="Ana Ficticia", email=None)
        stranger = contacts.meet(s, language="en", name="Ana Ficticia", email=None)
        now = waiting_in(s, contact, "payment")
        payment = waiting_in(s, contact, "payment")
        legal = waiting_in(s, contact, "legal")
        waiting_in(s, stranger, "payment")
        s.flush()
        counselor = access.Member("x", "counselor", ["payment"])
        shown = [t.conversation.id for t in queries.earlier(s, counselor, now)]
        assert shown == [payment.id]
        auditor = access.Member("y", "auditor", [])
        both = {t.conversation.id for t in queries.earlier(s, auditor, now)}
        assert both == {payment.id, legal.id}


def test_who_can_take_a_talk_speaks_its_language_and_serves_its_queue(engine: Engine) -> None:
    people = (
        ("owner", "counselor", ["ko"], ["payment"]),
        ("fits", "counselor", ["ko", "en"], ["payment"]),
        ("english", "counselor", ["en"], ["payment"]),
        ("elsewhere", "counselor", ["ko"], ["bidding"]),
        ("oversees", "supervisor", ["ko"], []),
        ("writes", "editor", ["ko"], ["payment"]),
        ("left", "senior", ["ko"], ["payment"]),
    )
    with db.transaction(engine) as s:
        signed = {
            name: counselors.sign_up(
                s,
                email=f"{name}@desk.example",
                name=name,
                password="a long enough password",
                role=role,
                languages=languages,
                queues=queues,
            )
            for name, role, languages, queues in people
        }
        counselors.change(s, BOT, signed["left"].id, disabled=True)
        contact = contacts.meet(s, language="ko", name=None, email=None)
        talk = waiting_in(s, contact, "payment", "ko")
        s.flush()
        conversations.accept(s, talk.id, signed["owner"].id)
        assert [who.name for who in queries.takers(s, talk)] == ["fits", "oversees"]
