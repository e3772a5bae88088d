"""Rulings of the second line: the complaint manager's approval, or an authoritative reading of
the rules. Asked for on a ticket, which waits in that state until somebody else has decided.

What was granted can be cited by its number; what it rests on stands beside it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from crm import access, calendars, clock, db, events, tickets
from crm.access import Member
from crm.db import Session, new_id
from crm.errors import Conflict, Invalid, NotFound
from crm.events import SYSTEM, Actor
from crm.models import Counselor, Ruling, Ticket
from crm.queries import Page, numbered

KINDS = ("approval", "interpretation")
STATES = ("asked", "granted", "refused", "withdrawn")
# Working time until a decision is due where nobody says when: one day and five days.
USUAL_SECONDS = {"approval": 9 * 3600, "interpretation": 5 * 9 * 3600}
FURTHEST = timedelta(days=120)


def ask(
    s: Session,
    actor: Actor,
    ticket: Ticket,
    *,
    kind: str,
    question: str,
    approver_id: str | None = None,
    due_at: datetime | None = None,
) -> Ruling:
    """Put a question before the second line; the ticket is theirs and waits for the decision."""
    now = clock.now()
    if kind not in KINDS:
        raise Invalid(f"kind is one of {', '.join(KINDS)}.", field="kind")
    if due_at is not None and not now < due_at <= now + FURTHEST:
        raise Invalid("The deadline lies within the next 120 days.", field="due_at")
    if approver_id is not None:
        _may_be_asked(s, approver_id, kind, actor)
    if ticket.merged_into_id or ticket.status in tickets.OVER:
        raise Conflict("This ticket is over.", status=ticket.status)
    usual = calendars.of_queue(s, ticket.queue).add(now, USUAL_SECONDS[kind])
    made = new_id()
    if ticket.awaits or not db.insert_new(
        s,
        Ruling,
        id=made,
        number=tickets.next_number(s, "ruling", "R"),
        kind=kind,
        state="asked",
        ticket_id=ticket.id,
        question=question,
        asked_by=actor.id,
        asked_at=now,
        approver_id=approver_id,
        due_at=due_at or usual,
    ):
        raise Conflict("This ticket waits for a ruling already.", awaits=ticket.awaits)
    ticket.awaits, ticket.tier = kind, 2
    ruling = s.get_one(Ruling, made)
    _tell(s, "ruling.asked", actor, ruling)
    return ruling


def decide(
    s: Session, actor: Actor, ruling: Ruling, *, granted: bool, reply: str, basis: str | None
) -> Ruling:
    """Settle it, with words that can be cited; the ticket goes on. Who may is asked of access."""
    _must_wait(ruling)
    if not reply.strip():
        raise Invalid("A ruling says why.", field="reply")
    if ruling.kind == "interpretation" and granted and not (basis or "").strip():
        raise Invalid("An interpretation names what it rests on.", field="basis")
    ruling.reply, ruling.basis = reply, basis or None
    ruling.decided_by, ruling.decided_at = actor.id, clock.now()
    _end(s, ruling, "granted" if granted else "refused")
    _tell(s, f"ruling.{ruling.state}", actor, ruling, content=reply)
    return ruling


def withdraw(s: Session, actor: Actor, ruling: Ruling) -> Ruling:
    """It need not be settled any more."""
    _must_wait(ruling)
    _end(s, ruling, "withdrawn")
    _tell(s, "ruling.withdrawn", actor, ruling)
    return ruling


def get(s: Session, name: str, *, lock: bool = False) -> Ruling:
    """By its id or by the number that it is cited by."""
    query = select(Ruling).where(or_(Ruling.id == name, Ruling.number == name))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = s.scalar(query)
    if found is None:
        raise NotFound("There is no such ruling.")
    return found


def of_ticket(s: Session, ticket_id: str) -> Sequence[Ruling]:
    """The newest first."""
    rows = select(Ruling).where(Ruling.ticket_id == ticket_id)
    return s.scalars(rows.order_by(Ruling.number.desc())).all()


def listed(
    s: Session,
    member: Member,
    *,
    state: str | None = None,
    kind: str | None = None,
    text: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Rulings a member may see, the newest number first; `text` is looked for in what can be
    cited: number, reply and basis."""
    query = (
        select(Ruling)
        .join(Ticket, Ticket.id == Ruling.ticket_id)
        .where(access.rulings_seen_by(member))
    )
    if state:
        query = query.where(Ruling.state == state)
    if kind:
        query = query.where(Ruling.kind == kind)
    if text:
        query = query.where(
            or_(
                Ruling.number == text.upper(),
                Ruling.reply.icontains(text, autoescape=True),
                Ruling.basis.icontains(text, autoescape=True),
            )
        )
    if cursor is not None:
        query = query.where(Ruling.number < numbered(cursor))
    rows = s.scalars(query.order_by(Ruling.number.desc()).limit(limit + 1)).all()
    return Page(rows[:limit], rows[limit - 1].number if len(rows) > limit else None)


def deciders(s: Session, kind: str) -> Sequence[Counselor]:
    """Who may be asked for a ruling of a kind, by name."""
    return s.scalars(
        select(Counselor)
        .where(Counselor.role.in_(access.DECIDERS[kind]), Counselor.disabled_at.is_(None))
        .order_by(Counselor.name, Counselor.id)
    ).all()


def late(s: Session) -> Sequence[str]:
    """Those whose deadline passed and that nobody was told of yet."""
    return s.scalars(
        select(Ruling.id).where(
            Ruling.state == "asked", Ruling.due_at < clock.now(), Ruling.late_at.is_(None)
        )
    ).all()


def miss(s: Session, ruling_id: str) -> None:
    """The deadline passed: said once, whoever looks."""
    ruling = get(s, ruling_id, lock=True)
    if ruling.state != "asked" or ruling.late_at or ruling.due_at >= clock.now():
        return
    ruling.late_at = clock.now()
    _tell(s, "ruling.late", SYSTEM, ruling)


def _may_be_asked(s: Session, approver_id: str, kind: str, actor: Actor) -> None:
    approver = s.get(Counselor, approver_id)
    if approver is None or approver.disabled_at or approver.role not in access.DECIDERS[kind]:
        raise Invalid("This person does not decide on such a question.", field="approver")
    if approver_id == actor.id:
        raise Invalid("Nobody decides on what they asked for themselves.", field="approver")


def _must_wait(ruling: Ruling) -> None:
    if ruling.state != "asked":
        raise Conflict("This was decided already.", state=ruling.state)


def _end(s: Session, ruling: Ruling, state: str) -> None:
    ruling.state = state
    tickets.locked(s, ruling.ticket_id).awaits = None


def _tell(s: Session, kind: str, actor: Actor, ruling: Ruling, content: str | None = None) -> None:
    codes = {
        "ruling": ruling.id,
        "kind": ruling.kind,
        "approver": ruling.approver_id,
        "due_at": ruling.due_at.isoformat(),
    }
    events.emit(s, kind, actor, ticket=ruling.ticket_id, data=codes, content=content)
