"""What the base lacks: questions nobody answered or the answer of which did not help, and tickets
that were solved without an article. Whatever was decided on is a gap no more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from crm import clock, db, events
from crm.db import Session
from crm.errors import Invalid
from crm.events import Actor
from crm.models import Citation, Contact, Conversation, GapDecision, Message, Ticket, Turn

Kind = Literal["question", "ticket"]
BEGINNING = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
MOST = 1000
DECISIONS = ("dismissed", "tied", "drafted")


@dataclass(frozen=True, slots=True)
class Lack:
    """One question or ticket. `cause`: abstain, unhelpful or ticket. `text` is as it was said."""

    kind: Kind
    id: str
    text: str
    language: str
    cause: str
    queue: str | None
    name: str | None
    at: datetime


def found(
    s: Session,
    since: datetime,
    limit: int,
    *,
    only: Sequence[str] | None = None,
    behind_walls: Collection[str] = (),
) -> list[Lack]:
    """Undecided lacks since a moment, the newest `limit` of each kind, in the order of time.

    Talks and tickets `behind_walls`, by their ids, are left out.
    """
    lacks = [
        *_questions(s, since, limit, only, behind_walls),
        *_tickets(s, since, limit, only, behind_walls),
    ]
    return sorted(lacks, key=lambda lack: (lack.at, lack.id))


def undecided(s: Session, members: Sequence[tuple[Kind, str]]) -> list[Lack]:
    """Those of the members that nobody has decided on yet, in the order of time."""
    wanted = set(members)
    lacks = found(s, BEGINNING, MOST, only=[item for _, item in wanted])
    return [lack for lack in lacks if (lack.kind, lack.id) in wanted]


def decide(
    s: Session,
    actor: Actor,
    members: Sequence[tuple[Kind, str]],
    decision: str,
    article: str | None = None,
) -> int:
    """Note what was decided of these; returns how many were undecided until now.

    Raises Invalid for a member that is none, and for a decision that lacks its article.
    """
    if decision not in DECISIONS or (decision == "dismissed") != (article is None):
        raise Invalid("Dismissed, or tied to or drafted as an article.", field="decision")
    _must_exist(s, members)
    decided = sum(
        db.insert_new(
            s,
            GapDecision,
            kind=kind,
            item_id=item,
            decision=decision,
            article=article,
            decided_by=actor.id or "",
            decided_at=clock.now(),
        )
        for kind, item in dict.fromkeys(members)
    )
    if decided:
        events.emit(s, f"gap.{decision}", actor, article=article, data={"members": decided})
    return decided


def _questions(
    s: Session,
    since: datetime,
    limit: int,
    only: Sequence[str] | None,
    behind_walls: Collection[str],
) -> list[Lack]:
    """What the contact asked in turns that found no answer, or one that did not help."""
    answer = aliased(Message)
    unhelpful = exists().where(answer.turn_id == Turn.id, answer.helpful.is_(False))
    rows = s.execute(
        select(Message, Turn.act, Conversation, Contact.name)
        .join(Turn, Turn.message_id == Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(
            Message.created_at >= since,
            or_(Turn.act == "abstain", unhelpful),
            or_(Message.sealed_until.is_(None), Message.sealed_until < clock.now()),
            _undecided("question", Message.id, only),
            Conversation.id.not_in(behind_walls),
        )
        .order_by(Message.position.desc())
        .limit(limit)
    )
    return [
        Lack(
            "question",
            message.id,
            message.text,
            message.language,
            "abstain" if act == "abstain" else "unhelpful",
            talk.queue or talk.topic,
            name,
            message.created_at,
        )
        for message, act, talk, name in rows
        if message.text.strip()
    ]


def _tickets(
    s: Session,
    since: datetime,
    limit: int,
    only: Sequence[str] | None,
    behind_walls: Collection[str],
) -> list[Lack]:
    """Solved tickets in whose talks no counselor gave an article."""
    talk, said = aliased(Conversation), aliased(Message)
    has_article = exists().where(
        talk.ticket_id == Ticket.id,
        said.conversation_id == talk.id,
        said.author_kind == "counselor",
        Citation.message_id == said.id,
    )
    rows = s.execute(
        select(Ticket, Contact.language, Contact.name)
        .join(Contact, Contact.id == Ticket.contact_id)
        .where(
            Ticket.status.in_(("solved", "closed")),
            Ticket.solved_at >= since,
            Ticket.merged_into_id.is_(None),
            ~has_article,
            _undecided("ticket", Ticket.id, only),
            Ticket.id.not_in(behind_walls),
        )
        .order_by(Ticket.solved_at.desc())
        .limit(limit)
    )
    return [
        Lack(
            "ticket",
            ticket.id,
            ticket.subject,
            language,
            "ticket",
            ticket.queue,
            name,
            ticket.solved_at or ticket.created_at,
        )
        for ticket, language, name in rows
        if ticket.subject.strip()
    ]


def _undecided(
    kind: Kind, item: InstrumentedAttribute[str], only: Sequence[str] | None
) -> ColumnElement[bool]:
    decided = exists().where(GapDecision.kind == kind, GapDecision.item_id == item)
    return ~decided if only is None else and_(~decided, item.in_(only))


def _must_exist(s: Session, members: Sequence[tuple[Kind, str]]) -> None:
    asked: dict[Kind, set[str]] = {"question": set(), "ticket": set()}
    for kind, item in members:
        asked[kind].add(item)
    questions = select(Message.id).where(Message.id.in_(asked["question"]))
    known = set(s.scalars(questions.where(Message.author_kind == "contact")))
    known |= set(s.scalars(select(Ticket.id).where(Ticket.id.in_(asked["ticket"]))))
    if not members or (asked["question"] | asked["ticket"]) - known:
        raise Invalid("These are no questions or tickets of the desk.", field="members")
