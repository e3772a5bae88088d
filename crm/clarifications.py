"""Clarifications: what buyers answered in public, and who of the desk's people has been told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update

from crm import clock, db, delegations, events, words
from crm.db import Session
from crm.models import Action, Clarification, ClarificationTold, Tender, Watch

LONGEST_QUESTION = 2000
LONGEST_ANSWER = 8000


@dataclass(frozen=True, slots=True)
class Published:
    """A question of a tender with its answer, as the core shows them now."""

    question: str
    asked: str
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hearer:
    """Somebody who is to be told, and the talk in which they are. `asked` it themselves?"""

    person: str
    conversation: str
    asked: bool


def take_in(s: Session, published: Mapping[str, tuple[Tender, Sequence[Published]]]) -> int:
    """Keep what is new or was changed, by core id of the tender; returns how much that is."""
    found = {tender: rows for tender, (_, rows) in published.items() if rows}
    if not found:
        return 0
    known = _latest(s, found)
    fresh = [
        _row(published[tender][0], tender, one, known.get((tender, one.question)))
        for tender, rows in found.items()
        for one in rows
        if _is_news(one, known.get((tender, one.question)))
    ]
    s.add_all(fresh)
    s.flush()
    if fresh:
        data = {"clarifications": [row.id for row in fresh]}
        events.emit(s, "clarifications.published", events.SYSTEM, data=data)
    return len(fresh)


def any_untold(s: Session) -> bool:
    return bool(s.scalar(select(exists().where(Clarification.told_at.is_(None)))))


def settle_unheard(s: Session) -> int:
    """What nobody follows and nobody asked through the desk needs no telling, all at once."""
    settled = s.execute(
        update(Clarification)
        .where(Clarification.told_at.is_(None), ~_followed(), ~_asked_here())
        .values(told_at=clock.now())
        .returning(Clarification.id)
        .execution_options(synchronize_session=False)
    )
    return len(settled.all())


def untold(s: Session, limit: int = 20) -> Sequence[Clarification]:
    """Clarifications that somebody has still to be told of, the oldest first."""
    return s.scalars(
        select(Clarification)
        .where(Clarification.told_at.is_(None))
        .order_by(Clarification.created_at, Clarification.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # of two workers, one tells
    ).all()


def hearers(s: Session, clarification: Clarification, limit: int) -> Sequence[Hearer]:
    """Who has still to be told: whoever asked it through the desk, and all who follow the tender.

    Nobody hears it twice: who was told of it before is left out.
    """
    told = set(
        s.scalars(
            select(ClarificationTold.contact_id).where(
                ClarificationTold.clarification_id == clarification.id
            )
        )
    )
    waiting: dict[str, Hearer] = {}
    for hearer in (*_askers(s, clarification), *_followers(s, clarification)):
        if hearer.person not in told:
            waiting.setdefault(hearer.person, hearer)
    return list(waiting.values())[:limit]


def heard(s: Session, clarification: Clarification, hearer: Hearer) -> bool:
    """Note that a person is told, in the transaction that tells; False when they were already."""
    new = db.insert_new(
        s, ClarificationTold, clarification_id=clarification.id, contact_id=hearer.person
    )
    if new:
        events.emit(
            s,
            "clarification.told",
            events.SYSTEM,
            conversation=hearer.conversation,
            data={"clarification": clarification.id, "asked": hearer.asked},
        )
    return new


def settle(clarification: Clarification) -> None:
    """Everybody has been told."""
    clarification.told_at = clock.now()


def of_tender(s: Session, number: str) -> Sequence[Clarification]:
    """The answers of a tender as they stand now, in the order of their publication."""
    rows = s.scalars(
        select(Clarification)
        .where(Clarification.number == number)
        .order_by(Clarification.created_at, Clarification.edition)
    )
    return list({row.question: row for row in rows}.values())


def _followers(s: Session, clarification: Clarification) -> Iterable[Hearer]:
    """Who begins to follow later reads earlier answers where everybody reads them."""
    rows = s.execute(
        select(Watch.contact_id, Watch.conversation_id)
        .where(
            Watch.number == clarification.number,
            Watch.ended_at.is_(None),
            Watch.created_at <= clarification.created_at,
        )
        .order_by(Watch.created_at, Watch.id)
    )
    return [Hearer(person, talk, asked=False) for person, talk in rows]


def _askers(s: Session, clarification: Clarification) -> Iterable[Hearer]:
    rows = s.scalars(
        select(Action)
        .where(
            Action.kind == "question",
            Action.state == "done",
            Action.tender == clarification.tender,
        )
        .order_by(Action.created_at.desc())
    )
    return [
        Hearer(delegations.person_of(s, row.contact_id), row.conversation_id, asked=True)
        for row in rows
        if (row.receipt or {}).get("object") == clarification.question
    ]


def _followed() -> ColumnElement[bool]:
    return exists().where(Watch.number == Clarification.number, Watch.ended_at.is_(None))


def _asked_here() -> ColumnElement[bool]:
    return exists().where(Action.tender == Clarification.tender, Action.kind == "question")


def _latest(s: Session, found: Iterable[str]) -> dict[tuple[str, str], Clarification]:
    rows = s.scalars(
        select(Clarification)
        .where(Clarification.tender.in_(list(found)))
        .order_by(Clarification.edition)
    )
    return {(row.tender, row.question): row for row in rows}


def _is_news(one: Published, known: Clarification | None) -> bool:
    return known is None or known.answer != _cut(one.answer, LONGEST_ANSWER)


def _row(
    tender: Tender, core_id: str, one: Published, before: Clarification | None
) -> Clarification:
    return Clarification(
        tender=core_id,
        number=tender.number,
        question=one.question,
        edition=before.edition + 1 if before else 1,
        asked=_cut(one.asked, LONGEST_QUESTION),
        answer=_cut(one.answer, LONGEST_ANSWER),
        answered_at=one.answered_at,
        created_at=clock.now(),
    )


def _cut(text: str, most: int) -> str:
    return words.storable(text)[:most]
