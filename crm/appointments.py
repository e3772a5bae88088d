"""Appointments: visits and remote sessions on a ticket, never two at once for one counselor."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from crm import access, clock, db, events
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from crm.models import Appointment, Counselor, Ticket
from crm.queries import Page, mark, marked

KINDS = ("visit", "remote")
OUTCOMES = ("done", "missed", "cancelled")
LONGEST = timedelta(hours=10)
FURTHEST = timedelta(days=180)
# So long before it, nothing more is offered to whoever goes there.
BEFOREHAND = timedelta(minutes=10)


def plan(
    s: Session,
    actor: Actor,
    ticket: Ticket,
    *,
    kind: str,
    counselor_id: str,
    starts_at: datetime,
    ends_at: datetime,
    place: str | None,
) -> Appointment:
    """Agree on a time. Raises Conflict where the counselor has another appointment then."""
    if kind not in KINDS:
        raise Invalid(f"kind is one of {', '.join(KINDS)}.", field="kind")
    if kind == "visit" and not (place or "").strip():
        raise Invalid("A visit needs an address.", field="place")
    if ticket.merged_into_id:
        raise Conflict("This ticket was merged into another.", into=ticket.merged_into_id)
    counselor = s.get(Counselor, counselor_id)
    if counselor is None or counselor.disabled_at:
        raise Invalid("There is no such counselor.", field="counselor")
    _free(s, counselor_id, starts_at, ends_at)
    row = Appointment(
        ticket_id=ticket.id,
        counselor_id=counselor_id,
        kind=kind,
        state="planned",
        starts_at=starts_at,
        ends_at=ends_at,
        place=place or None,
        planned_by=actor.id or "",
        created_at=clock.now(),
    )
    s.add(row)
    s.flush()
    _tell(s, "appointment.planned", actor, row)
    return row


def move(
    s: Session, actor: Actor, row: Appointment, *, starts_at: datetime, ends_at: datetime
) -> Appointment:
    """Another time for the same appointment."""
    _must_stand(row)
    _free(s, row.counselor_id, starts_at, ends_at, but=row.id)
    row.starts_at, row.ends_at = starts_at, ends_at
    _tell(s, "appointment.moved", actor, row)
    return row


def close(
    s: Session, actor: Actor, row: Appointment, *, outcome: str, note: str | None
) -> Appointment:
    """What became of it. Only what has begun can have been done or missed."""
    _must_stand(row)
    if outcome not in OUTCOMES:
        raise Invalid(f"outcome is one of {', '.join(OUTCOMES)}.", field="outcome")
    if outcome != "cancelled" and row.starts_at > clock.now():
        raise Conflict("This appointment has not begun.", starts_at=row.starts_at.isoformat())
    row.state, row.note, row.closed_at = outcome, note or None, clock.now()
    _tell(s, f"appointment.{outcome}", actor, row)
    return row


def get(s: Session, appointment_id: str, *, lock: bool = False) -> Appointment:
    found = s.get(Appointment, appointment_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NotFound("There is no such appointment.")
    return found


def of_ticket(s: Session, ticket_id: str) -> Sequence[Appointment]:
    """The latest first."""
    rows = select(Appointment).where(Appointment.ticket_id == ticket_id)
    return s.scalars(rows.order_by(Appointment.starts_at.desc(), Appointment.id)).all()


def listed(
    s: Session,
    member: Member,
    *,
    since: datetime,
    until: datetime | None = None,
    counselor: str | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Appointments a member may see that end after `since`, in the order of their beginning."""
    query = (
        select(Appointment)
        .join(Ticket, Ticket.id == Appointment.ticket_id)
        .where(access.appointments_seen_by(member), Appointment.ends_at > since)
    )
    if until is not None:
        query = query.where(Appointment.starts_at < until)
    if counselor:
        query = query.where(Appointment.counselor_id == counselor)
    if state:
        query = query.where(Appointment.state == state)
    if cursor is not None:
        at, last = marked(cursor)
        later = and_(Appointment.starts_at == at, Appointment.id > last)
        query = query.where(or_(Appointment.starts_at > at, later))
    rows = s.scalars(query.order_by(Appointment.starts_at, Appointment.id).limit(limit + 1)).all()
    more = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], mark(more.starts_at, more.id) if more else None)


def held_by(s: Session, counselor_id: str) -> Appointment | None:
    """The appointment that a counselor is in, or about to leave for."""
    mine = Appointment.counselor_id == counselor_id
    return s.scalar(select(Appointment).where(mine, on()).order_by(Appointment.starts_at).limit(1))


def going_on(s: Session) -> dict[str, Appointment]:
    """The appointment that each counselor is in, or about to leave for."""
    rows = s.scalars(select(Appointment).where(on()).order_by(Appointment.starts_at.desc()))
    return {row.counselor_id: row for row in rows}


def on() -> ColumnElement[bool]:
    """That an appointment is going on, or begins so soon that its counselor gets ready for it."""
    now = clock.now()
    return and_(
        Appointment.state == "planned",
        Appointment.starts_at <= now + BEFOREHAND,
        Appointment.ends_at > now,
    )


def _free(
    s: Session, counselor_id: str, starts_at: datetime, ends_at: datetime, but: str = ""
) -> None:
    now = clock.now()
    if not now <= starts_at <= now + FURTHEST:
        raise Invalid("An appointment begins within the next 180 days.", field="starts_at")
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise Invalid("An appointment takes ten hours at most.", field="ends_at")
    db.alone(s, "appointments", counselor_id)
    if s.scalar(
        select(Appointment.id).where(
            Appointment.counselor_id == counselor_id,
            Appointment.state == "planned",
            Appointment.starts_at < ends_at,
            Appointment.ends_at > starts_at,
            Appointment.id != but,
        )
    ):
        raise Conflict("This counselor has an appointment at that time.")


def _must_stand(row: Appointment) -> None:
    if row.state != "planned":
        raise Conflict("This appointment is over.", state=row.state)


def _tell(s: Session, kind: str, actor: Actor, row: Appointment) -> None:
    codes = {
        "appointment": row.id,
        "kind": row.kind,
        "counselor": row.counselor_id,
        "starts_at": row.starts_at.isoformat(),
    }
    events.emit(s, kind, actor, ticket=row.ticket_id, data=codes)
