"""Incidents: one cause, many contacts. Proposed by the desk, opened and closed by a supervisor."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select

from crm import access, campaigns, clock, db, events, merging, messages, tenders, tickets
from crm.access import Member
from crm.campaigns import Person
from crm.db import Session, new_id
from crm.errors import Conflict, Invalid, NotFound
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import (
    Conversation,
    Incident,
    IncidentContact,
    IncidentHearing,
    Tender,
    Ticket,
)

LANGUAGES = ("en", "es", "ko")
LONGEST_NOTICE = 600
# When the happy calls after an incident begin, and how far apart they are planned.
HAPPY_AFTER, HAPPY_APART = timedelta(hours=4), timedelta(minutes=3)
# How long after the end a tender that closed is still counted as touched by the outage.
MARGIN = timedelta(hours=2)


def get(s: Session, incident_id: str, *, lock: bool = False) -> Incident:
    found = s.get(Incident, incident_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NotFound("There is no such incident.")
    return found


def propose(
    s: Session,
    *,
    queue: str,
    title: str,
    conversations: Sequence[str],
    usual: float,
    began_at: datetime,
) -> Incident:
    """A burst was found: shown to supervisors. Found again, the same proposal only grows."""
    db.alone(s, "incident", queue)
    row = s.scalar(select(Incident).where(Incident.queue == queue, Incident.state == "proposed"))
    fresh = row is None
    if row is None:
        row = Incident(
            id=new_id(),
            number=tickets.next_number(s, "incident", "I"),
            queue=queue,
            state="proposed",
            title=title[:200],
            notice={},
            usual=usual,
            found=0,
            began_at=began_at,
        )
        s.add(row)
        s.flush()
    added = _group(s, row, conversations)
    if added:
        kind = "incident.proposed" if fresh else "incident.grew"
        _tell(s, kind, SYSTEM, row, {"added": added, "usual": round(usual, 2)})
    return row


def dismiss(s: Session, actor: Actor, incident: Incident) -> None:
    """No incident after all; the contacts stay as they are."""
    _must_be(incident, "proposed")
    incident.state, incident.decided_by, incident.closed_at = "dismissed", actor.id, clock.now()
    _tell(s, "incident.dismissed", actor, incident)


def open_(
    s: Session, actor: Actor, incident: Incident, *, title: str, notice: Mapping[str, str]
) -> Incident:
    """One act: the incident is open, its contacts are grouped, and everybody is told the notice."""
    _must_be(incident, "proposed")
    _announce(incident, title, notice)
    incident.state, incident.opened_at, incident.decided_by = "open", clock.now(), actor.id
    for ticket in _tickets(s, incident):
        ticket.incident_id = incident.id
    for talk in _talks(s, incident):
        if hears(s, incident, talk.id):
            _say(s, talk, incident.notice)
    _tell(s, "incident.opened", actor, incident, {"contacts": incident.found})
    return incident


def open_known(
    s: Session,
    actor: Actor,
    *,
    queue: str,
    title: str,
    notice: Mapping[str, str],
    began_at: datetime | None,
) -> Incident:
    """Open an incident that a supervisor knows of already. Raises Conflict where it is open with
    another notice; opened again with the same one, it is the same."""
    now = clock.now()
    db.alone(s, "incident", queue)
    there = s.scalars(select(Incident).where(Incident.queue == queue, Incident.state == "open"))
    same = next((x for x in there if x.title.casefold() == title[:200].casefold()), None)
    if same and same.notice == _notice(notice):
        return same  # two opened it at once
    if same:
        raise Conflict("This incident is open already.", incident=same.id, number=same.number)
    if began_at and began_at > now:
        raise Invalid("An incident began in the past.", field="began_at")
    row = Incident(
        id=new_id(),
        number=tickets.next_number(s, "incident", "I"),
        queue=queue,
        state="open",
        title=title[:200],
        notice={},
        usual=0.0,
        found=0,
        began_at=began_at or now,
        opened_at=now,
        decided_by=actor.id,
    )
    _announce(row, title, notice)
    s.add(row)
    s.flush()
    _tell(s, "incident.opened", actor, row, {"contacts": 0})
    return row


def reword(
    s: Session, actor: Actor, incident: Incident, *, title: str, notice: Mapping[str, str]
) -> Incident:
    """Another notice for banner, bot and telephone, from now on."""
    _must_be(incident, "open")
    _announce(incident, title, notice)
    _tell(s, "incident.reworded", actor, incident)
    return incident


def add(s: Session, actor: Actor, incident: Incident, conversations: Sequence[str]) -> int:
    """These contacts suffer from it too; returns how many were new."""
    if incident.state not in {"proposed", "open"}:
        raise Conflict("This incident is over.", state=incident.state)
    added = _group(s, incident, conversations)
    if added:
        if incident.state == "open":
            for ticket in _tickets(s, incident):
                ticket.incident_id = incident.id
        _tell(s, "incident.grew", actor, incident, {"added": added})
    return added


def gather(s: Session, actor: Actor, incident: Incident, ticket: Ticket) -> None:
    """This ticket has the same cause: it becomes a child, and its contact one of the affected."""
    _must_be(incident, "open")
    if ticket.merged_into_id:
        raise Conflict("This ticket was merged into another.", into=ticket.merged_into_id)
    if ticket.incident_id == incident.id:
        return
    if ticket.incident_id:
        raise Conflict("This ticket belongs to another incident.", incident=ticket.incident_id)
    ticket.incident_id = incident.id
    added = _group(s, incident, _talks_of(s, ticket))
    codes = {"ticket": ticket.id, "added": added}
    _tell(s, "incident.gathered", actor, incident, codes)


def let_go(s: Session, actor: Actor, incident: Incident, ticket: Ticket) -> None:
    """Another cause after all: neither ticket nor contact belongs to the incident any more."""
    _must_be(incident, "open")
    if ticket.incident_id != incident.id:
        raise NotFound("This ticket does not belong to the incident.")
    ticket.incident_id = None
    gone = s.execute(
        delete(IncidentContact)
        .where(
            IncidentContact.incident_id == incident.id,
            IncidentContact.conversation_id.in_(_talks_of(s, ticket)),
            IncidentContact.told_at.is_(None),
        )
        .returning(IncidentContact.conversation_id)
        .execution_options(synchronize_session=False)
    ).all()
    incident.found -= len(gone)
    codes = {"ticket": ticket.id, "gone": len(gone)}
    _tell(s, "incident.let_go", actor, incident, codes)


def children(s: Session, incident_id: str) -> Sequence[Ticket]:
    """The tickets of an incident, the oldest number first."""
    rows = select(Ticket).where(Ticket.incident_id == incident_id)
    return s.scalars(rows.order_by(Ticket.number)).all()


def close(
    s: Session, actor: Actor, incident: Incident, *, notice: Mapping[str, str], solve: bool = True
) -> None:
    """It is over: every affected contact is told so once, and rung later on to hear how it went.

    With `solve`, the tickets that nobody talks about at present are solved along with it.
    """
    _must_be(incident, "open")
    words = _notice(notice)
    incident.state, incident.closed_at = "closed", clock.now()
    talks = _tell_the_affected(s, incident, words)
    people = _to_be_called(s, incident, talks)
    if people:
        campaigns.follow_up(
            s,
            actor,
            incident_id=incident.id,
            name=f"{incident.number} {incident.title}"[:200],
            texts=words,
            people=people,
        )
    solved = _solve(s, actor, incident) if solve else 0
    codes = {"told": len(talks), "happy_calls": len(people), "solved": solved}
    _tell(s, "incident.closed", actor, incident, codes)


def in_force(s: Session) -> Sequence[Incident]:
    """Open incidents, the newest first: what banner, bot and telephone say now."""
    return s.scalars(_IN_FORCE).all()


def hears(s: Session, incident: Incident, conversation_id: str) -> bool:
    """Whether this conversation is to be told the notice now: once for each incident, by the bot.

    Hearing it makes nobody one of the affected: that shows by what they say.
    """
    return db.insert_new(
        s, IncidentHearing, incident_id=incident.id, conversation_id=conversation_id
    )


def listed(s: Session, limit: int = 50) -> Sequence[Incident]:
    """Proposals and open ones first, then what is over, the newest first."""
    rows = s.scalars(select(Incident).order_by(Incident.began_at.desc()).limit(limit)).all()
    order = ("proposed", "open", "closed", "dismissed")
    return sorted(rows, key=lambda i: order.index(i.state))


def contacts_of(s: Session, member: Member, incident_id: str) -> list[str]:
    """Conversations of an incident, in the order of their beginning, but for those that a wall
    keeps from the member."""
    seen = access.behind_no_wall(member, Conversation.id)
    return list(
        s.scalars(
            select(IncidentContact.conversation_id)
            .join(Conversation, Conversation.id == IncidentContact.conversation_id)
            .where(IncidentContact.incident_id == incident_id, seen)
            .order_by(Conversation.created_at, Conversation.id)
        )
    )


def touched_tenders(s: Session, incident: Incident, margin: timedelta = MARGIN) -> Sequence[Tender]:
    """Tenders whose closing or enquiry end fell into the outage or into `margin` after it: to be
    proposed for extension. While it lasts, the outage reaches to this moment."""
    until = (incident.closed_at or clock.now()) + margin
    within = Tender.tender_ends.between(incident.began_at, until)
    asked = Tender.enquiry_ends.between(incident.began_at, until)
    goes_on = Tender.status.not_in(tenders.OVER)
    query = select(Tender).where(within | asked, goes_on).order_by(Tender.tender_ends)
    return s.scalars(query).all()


def _tell_the_affected(
    s: Session, incident: Incident, words: Mapping[str, Any]
) -> list[Conversation]:
    """Say the end where it was not said; returns the affected talks in the order they began."""
    rows = s.execute(
        select(IncidentContact, Conversation)
        .join(Conversation, Conversation.id == IncidentContact.conversation_id)
        .where(IncidentContact.incident_id == incident.id)
        .order_by(Conversation.created_at, Conversation.id)
    ).all()
    for row, talk in rows:
        if row.told_at is None:
            _say(s, talk, words)
            row.told_at = clock.now()
    return [talk for _, talk in rows]


def _to_be_called(s: Session, incident: Incident, talks: Sequence[Conversation]) -> list[Person]:
    """Each affected person once, also those whose ticket no talk belongs to."""
    about: dict[str, str | None] = {}
    for talk in talks:
        about.setdefault(merging.root_of(s, talk.contact_id), talk.id)
    for ticket in children(s, incident.id):
        about.setdefault(merging.root_of(s, ticket.contact_id), None)
    first = clock.now() + HAPPY_AFTER
    return [
        Person(contact, talk, due_at=first + n * HAPPY_APART)
        for n, (contact, talk) in enumerate(about.items())
    ]


def _solve(s: Session, actor: Actor, incident: Incident) -> int:
    """Solve the children that nobody waits or works on; returns how many."""
    busy = exists().where(
        Conversation.ticket_id == Ticket.id,
        Conversation.status.in_(("waiting", "active", "wrap_up")),
    )
    ids = s.scalars(
        select(Ticket.id)
        .where(
            Ticket.incident_id == incident.id,
            Ticket.merged_into_id.is_(None),
            Ticket.awaits.is_(None),
            Ticket.status.not_in(tickets.OVER),
            ~busy,
        )
        .order_by(Ticket.id)
    ).all()
    for ticket_id in ids:
        tickets.change(s, tickets.locked(s, ticket_id), actor, {"status": "solved"})
    return len(ids)


def _talks_of(s: Session, ticket: Ticket) -> Sequence[str]:
    return s.scalars(select(Conversation.id).where(Conversation.ticket_id == ticket.id)).all()


def _group(s: Session, incident: Incident, conversations: Sequence[str]) -> int:
    known = set(s.scalars(select(Conversation.id).where(Conversation.id.in_(conversations))))
    added = sum(
        db.insert_new(s, IncidentContact, incident_id=incident.id, conversation_id=talk)
        for talk in sorted(known)
    )
    incident.found += added
    return added


def _tickets(s: Session, incident: Incident) -> Sequence[Ticket]:
    return s.scalars(
        select(Ticket)
        .join(Conversation, Conversation.ticket_id == Ticket.id)
        .join(IncidentContact, IncidentContact.conversation_id == Conversation.id)
        .where(IncidentContact.incident_id == incident.id, Ticket.incident_id.is_(None))
    ).all()


def _talks(s: Session, incident: Incident) -> Sequence[Conversation]:
    """Talks of the incident that somebody still waits in."""
    return s.scalars(
        select(Conversation)
        .join(IncidentContact, IncidentContact.conversation_id == Conversation.id)
        .where(IncidentContact.incident_id == incident.id, Conversation.status == "waiting")
    ).all()


def _say(s: Session, talk: Conversation, notice: Mapping[str, Any]) -> None:
    messages.say(s, talk, Draft(SYSTEM, notice[talk.language], talk.language))


def _announce(incident: Incident, title: str, notice: Mapping[str, str]) -> None:
    if not title.strip():
        raise Invalid("An incident needs a title.", field="title")
    incident.title, incident.notice = title[:200], _notice(notice)


def _notice(notice: Mapping[str, str]) -> dict[str, str]:
    """The notice in all languages; nobody is told something in a language they cannot read."""
    words = {code: notice.get(code, "").strip() for code in LANGUAGES}
    if not all(words.values()) or any(len(said) > LONGEST_NOTICE for said in words.values()):
        raise Invalid(
            f"The notice is written in {', '.join(LANGUAGES)}, up to {LONGEST_NOTICE} characters.",
            field="notice",
        )
    return words


def _must_be(incident: Incident, state: str) -> None:
    if incident.state != state:
        raise Conflict(f"This incident is {incident.state}.", state=incident.state)


def _tell(
    s: Session, kind: str, actor: Actor, incident: Incident, more: dict[str, Any] | None = None
) -> None:
    codes = {"incident": incident.id, "queue": incident.queue} | (more or {})
    events.emit(s, kind, actor, data=codes)


# Asked with every message, so it is put together once.
_IN_FORCE = select(Incident).where(Incident.state == "open").order_by(Incident.opened_at.desc())
