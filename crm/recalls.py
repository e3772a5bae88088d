"""Recalls: whoever was told a version that holds no more is told so, once, and by whom it is seen.

Who was told what stands in `citations`; merged contacts are one person here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import and_, or_, select

from crm import clock, consents, contacts, db, events, merging, messages, outbox
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import (
    Citation,
    Contact,
    Conversation,
    Delivery,
    Message,
    Recall,
    RecallNotice,
)

LANGUAGES = ("en", "es", "ko")
REASONS = ("withdrawn", "corrected")
LONGEST_REMARK = 600
MAIL_ACCOUNT = "main"

# (language, number) of a version.
Version = tuple[str, int]
# A version that was told, in which message, in which talk.
Telling = tuple[Version, Message, Conversation]


@dataclass(frozen=True, slots=True)
class Told:
    """One person, what they were told last of the old versions, and how they can be reached.

    `hindrance` says why they are not told: do_not_contact, refused, stopped, no_way; else None.
    """

    contact: Contact
    message: Message
    conversation: Conversation
    versions: tuple[Version, ...]
    hindrance: str | None
    mail: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one notice: due, skipped, sent, delivered, read, failed or unknown."""

    notice: RecallNotice
    contact: Contact
    conversation: Conversation
    state: str


def told(
    s: Session,
    article: str,
    versions: Iterable[Version],
    *,
    limit: int | None = None,
    behind_walls: Collection[str] = (),
) -> tuple[list[Told], int]:
    """Who was told one of the versions and not yet that it holds no more, by when they were told
    it first; at most `limit` of them, and how many there are in all.

    Contacts and talks `behind_walls`, by their ids, are not shown, though they count and are told.
    """
    people = _people(s, article, list(versions))
    shown = islice(_in_sight(people.values(), frozenset(behind_walls)), limit)
    return [_told(s, contact, tellings) for contact, tellings in shown], len(people)


def open_(
    s: Session,
    actor: Actor,
    *,
    article: str,
    versions: Sequence[Version],
    reason: str,
    remark: Mapping[str, str],
) -> Recall:
    """Begin a recall of everybody that `told` lists. Whether and where each can be told is asked
    when it is their turn, so that this holds nobody up. Raises Conflict where nobody is left.
    """
    if reason not in REASONS:
        raise Invalid(f"reason is one of {', '.join(REASONS)}.", field="reason")
    db.alone(s, "recall", article)
    people = _people(s, article, versions)
    if not people:
        raise Conflict("Nobody is left who was told these versions.", article=article)
    recall = Recall(
        article=article,
        versions=[list(version) for version in versions],
        reason=reason,
        remark=_remark(remark),
        state="sending",
        opened_by=actor.id or "",
        opened_at=clock.now(),
    )
    s.add(recall)
    s.flush()
    for contact, tellings in people.values():
        _, message, talk = tellings[-1]
        s.add(
            RecallNotice(
                recall_id=recall.id,
                contact_id=contact.id,
                message_id=message.id,
                conversation_id=talk.id,
                state="due",
            )
        )
    s.flush()
    codes = {"recall": recall.id, "reason": reason, "people": len(people)}
    events.emit(s, "recall.opened", actor, article=article, data=codes)
    return recall


def due(s: Session, recall: Recall, limit: int) -> Sequence[RecallNotice]:
    """Notices still to be said, locked for this transaction."""
    return s.scalars(
        select(RecallNotice)
        .where(RecallNotice.recall_id == recall.id, RecallNotice.state == "due")
        .order_by(RecallNotice.id)
        .limit(limit)
        .with_for_update()
    ).all()


def reached(s: Session, recall: Recall, notice: RecallNotice) -> Told:
    """The person of a notice as they can be reached now."""
    contact = merging.root(s, s.get_one(Contact, notice.contact_id))
    versions = [(language, number) for language, number in recall.versions]
    only = merging.ids(s, contact.id)
    return _told(s, contact, _tellings(s, recall.article, versions, only))


def tell(
    s: Session, recall: Recall, notice: RecallNotice, person: Told, draft: Draft, mail: str | None
) -> Message:
    """Say the notice where the person was told the old version, and by mail where one was left."""
    talk = person.conversation
    said = messages.say(s, talk, draft)
    if mail:
        outbox.post_to(s, said, channel="email", account=MAIL_ACCOUNT, address=mail)
    notice.state, notice.notice_id, notice.told_at = "told", said.id, said.created_at
    notice.message_id, notice.conversation_id = person.message.id, talk.id
    events.emit(
        s,
        "recall.told",
        SYSTEM,
        conversation=talk.id,
        message=said.id,
        article=recall.article,
        data={"recall": recall.id},
    )
    return said


def skip(s: Session, recall: Recall, notice: RecallNotice, why: str) -> None:
    """The person cannot or may not be told, for this reason."""
    notice.state, notice.skipped = "skipped", why
    codes = {"recall": recall.id, "why": why}
    events.emit(s, "recall.skipped", SYSTEM, conversation=notice.conversation_id, data=codes)


def finish(s: Session, recall: Recall) -> None:
    recall.state, recall.done_at = "done", clock.now()
    events.emit(s, "recall.done", SYSTEM, article=recall.article, data={"recall": recall.id})


def get(s: Session, recall_id: str, *, lock: bool = False) -> Recall:
    recall = s.get(Recall, recall_id, with_for_update=lock, populate_existing=lock)
    if recall is None:
        raise NotFound("There is no such recall.")
    return recall


def unfinished(s: Session) -> Sequence[str]:
    """Ids of recalls with people still to be told, oldest first."""
    found = select(Recall.id).where(Recall.state == "sending").order_by(Recall.opened_at)
    return s.scalars(found).all()


def listed(s: Session, limit: int = 50) -> Sequence[Recall]:
    return s.scalars(select(Recall).order_by(Recall.opened_at.desc()).limit(limit)).all()


def receipts(s: Session, recall: Recall) -> list[Receipt]:
    """Every person of the recall with what became of their notice."""
    rows = s.execute(
        select(RecallNotice, Contact, Conversation)
        .join(Contact, Contact.id == RecallNotice.contact_id)
        .join(Conversation, Conversation.id == RecallNotice.conversation_id)
        .where(RecallNotice.recall_id == recall.id)
        .order_by(Contact.created_at, Contact.id)
    ).all()
    sent: dict[str, list[Delivery]] = {}
    notices = select(RecallNotice.notice_id).where(RecallNotice.recall_id == recall.id)
    for delivery in s.scalars(select(Delivery).where(Delivery.message_id.in_(notices))):
        sent.setdefault(delivery.message_id, []).append(delivery)
    return [
        Receipt(notice, contact, talk, _state(notice, talk, sent.get(notice.notice_id or "", [])))
        for notice, contact, talk in rows
    ]


def hindrance(s: Session, contact: Contact, talk: Conversation, mail: str | None) -> str | None:
    """Why the person is not told in this talk or by this mail; None where they are."""
    refused = consents.refusal(s, contact.id, "service")
    if refused:
        return refused
    if talk.channel == "phone" or (talk.channel != "web" and not talk.address):
        return None if mail else "no_way"
    if talk.address and contacts.has_stopped(s, kind=talk.channel, value=talk.address):
        return "stopped"
    return None


def mail_of(s: Session, contact: Contact, talk: Conversation) -> str | None:
    """Where to write to somebody whose talk may never be opened again: an address of theirs, or
    the one they left. The notice says nothing of them, only what an article said."""
    if talk.channel not in outbox.PULLED:
        return None
    for row in merging.together(s, contact):
        address = contacts.proven_address(s, row, kind="email") or row.email
        if address and not contacts.has_stopped(s, kind="email", value=address.casefold()):
            return address
    return None


def _in_sight(
    people: Iterable[tuple[Contact, list[Telling]]], behind_walls: frozenset[str]
) -> Iterator[tuple[Contact, list[Telling]]]:
    """Each person whom no wall hides, with what they were told in talks that none hides."""
    for contact, tellings in people:
        seen = [telling for telling in tellings if telling[2].id not in behind_walls]
        if seen and contact.id not in behind_walls:
            yield contact, seen


def _people(
    s: Session, article: str, versions: Sequence[Version]
) -> dict[str, tuple[Contact, list[Telling]]]:
    """What each person was told of the versions and no recall covers, in the order it was said."""
    if not versions:
        return {}
    known = _covered(s, article)
    people: dict[str, tuple[Contact, list[Telling]]] = {}
    for version, message, talk in _tellings(s, article, versions):
        root = merging.root(s, s.get_one(Contact, talk.contact_id))
        covered = known.get(root.id, {}).get(version)
        if covered is None or covered < message.created_at:
            people.setdefault(root.id, (root, []))[1].append((version, message, talk))
    return people


def _tellings(
    s: Session, article: str, versions: Sequence[Version], only: Sequence[str] | None = None
) -> list[Telling]:
    """Each public message that cites one of the versions, in the order they were said; `only` to
    these contacts. The contacts are read along."""
    query = (
        select(
            Citation.language, Citation.version, Message, Conversation, Contact, Citation.article
        )
        .join(Message, Message.id == Citation.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .order_by(Message.position)
    )
    if only is None:
        of_versions = (
            and_(Citation.language == code, Citation.version == number) for code, number in versions
        )
        query = query.where(Citation.article == article, or_(*of_versions))
    else:  # found by the person, not by the version: few were told by one, many of the other
        query = query.where(Contact.id.in_(only))
    wanted = {(article, *version) for version in versions}
    rows = [row for row in s.execute(query) if (row[5], row[0], row[1]) in wanted]
    return [((row[0], row[1]), row[2], row[3]) for row in rows]


def _covered(s: Session, article: str) -> dict[str, dict[Version, datetime]]:
    """Until when each person's tellings of each version are covered by earlier recalls."""
    rows = s.execute(
        select(Contact, Recall.versions, Recall.opened_at)
        .join(RecallNotice, RecallNotice.contact_id == Contact.id)
        .join(Recall, Recall.id == RecallNotice.recall_id)
        .where(Recall.article == article, RecallNotice.state != "skipped")
    ).all()
    found: dict[str, dict[Version, datetime]] = {}
    for contact, versions, opened_at in rows:
        person = merging.root(s, contact).id
        of_person = found.setdefault(person, {})
        for language, number in versions:
            of_person[language, number] = max(
                opened_at, of_person.get((language, number), opened_at)
            )
    return found


def _told(s: Session, contact: Contact, tellings: Sequence[Telling]) -> Told:
    """The last talk they can be reached in; where none is, the last one all the same."""
    best: tuple[Message, Conversation, str | None, str | None] | None = None
    for _, message, talk in reversed(tellings):
        mail = mail_of(s, contact, talk)
        why = hindrance(s, contact, talk, mail)
        if best is None or (best[3] is not None and why is None):
            best = (message, talk, mail, why)
        if why is None or why in {"do_not_contact", "refused"}:
            break
    assert best is not None  # noqa: S101 - nobody is listed without a telling
    message, talk, mail, why = best
    versions = tuple(sorted({version for version, _, _ in tellings}))
    return Told(contact, message, talk, versions, why, mail)


def _remark(remark: Mapping[str, str]) -> dict[str, str]:
    """What is said besides: in all languages or in none, for nobody reads what they cannot."""
    words = {code: remark.get(code, "").strip() for code in LANGUAGES}
    given = [said for said in words.values() if said]
    if given and len(given) < len(LANGUAGES):
        raise Invalid(
            f"What is added is written in {', '.join(LANGUAGES)}, or left out.", field="remark"
        )
    if any(len(said) > LONGEST_REMARK for said in given):
        raise Invalid(f"What is added has at most {LONGEST_REMARK} characters.", field="remark")
    return words if given else {}


def _state(notice: RecallNotice, talk: Conversation, sent: list[Delivery]) -> str:
    """The best that is known of a notice; on the phone nothing is said that nobody hears."""
    if notice.state != "told":
        return notice.state
    states = [x.state for x in sent if x.channel not in outbox.PULLED]
    if talk.channel == "web":
        seen = talk.seen_at and notice.told_at and talk.seen_at >= notice.told_at
        states.append("read" if seen else "sent")
    states = states or ["sent"]
    arrived = [state for state in states if state != "failed"]
    return max(arrived, key=lambda state: outbox.RANK[state]) if arrived else "failed"
