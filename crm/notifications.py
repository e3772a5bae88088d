"""Notifications: told in the transaction of what happened, read by the one whom they concern."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from crm import access, clock
from crm.access import Member
from crm.db import Session
from crm.errors import NotFound
from crm.events import Actor
from crm.models import Conversation, Notification, Ticket, TicketWatcher

MOST = 100


def of_ticket(
    s: Session,
    ticket_id: str,
    kind: str,
    by: Actor,
    *,
    people: Iterable[str] | None = None,
    about: str | None = None,
) -> list[str]:
    """Tell these people, without any whoever watches the ticket, but nobody of their own doing.

    Returns who was told, for the event. What is told again before it was read is told once.
    """
    if people is None:
        watching = TicketWatcher.ticket_id == ticket_id
        people = s.scalars(select(TicketWatcher.counselor_id).where(watching)).all()
    told = sorted(set(people) - {by.id})
    for person in told:
        if about is None and _again(s, person, ticket_id, kind, by):
            continue
        _add(s, person, kind, by, ticket_id=ticket_id, about_id=about)
    return told


def of_talk(
    s: Session, conversation_id: str, by: Actor, *, people: Iterable[str], about: str
) -> None:
    """Tell people that an internal note of a talk mentions them."""
    for person in sorted(set(people) - {by.id}):
        _add(s, person, "mention", by, conversation_id=conversation_id, about_id=about)


def listed(s: Session, member: Member) -> Sequence[Notification]:
    """What the member was told of and may still see: the unread first, then the newest."""
    order = (Notification.read_at.is_not(None), Notification.at.desc(), Notification.id)
    shown = select(Notification).where(_shown_to(member))
    return s.scalars(shown.order_by(*order).limit(MOST)).all()


def unread(s: Session, member: Member) -> int:
    new = and_(_shown_to(member), Notification.read_at.is_(None))
    return s.scalar(select(func.count()).select_from(Notification).where(new)) or 0


def read(s: Session, member: Member, notification_id: str | None = None) -> None:
    """One of the member's own, or all of them, is read; the same again changes nothing."""
    own = Notification.counselor_id == member.id
    which = own if notification_id is None else and_(own, Notification.id == notification_id)
    if notification_id and s.scalar(select(Notification.id).where(which)) is None:
        raise NotFound("There is no such notification.")
    s.execute(
        update(Notification)
        .where(which, Notification.read_at.is_(None))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _shown_to(member: Member) -> ColumnElement[bool]:
    """The member's own, where no wall and no change of queue took the ticket or the talk away."""
    tickets = select(Ticket.id).where(access.tickets_seen_by(member))
    talks = select(Conversation.id).where(access.conversations_seen_by(member))
    in_sight = or_(Notification.ticket_id.in_(tickets), Notification.conversation_id.in_(talks))
    return and_(Notification.counselor_id == member.id, in_sight)


def _again(s: Session, person: str, ticket_id: str, kind: str, by: Actor) -> bool:
    """Whether the same stood there unread; then it is of now."""
    found = s.scalar(
        select(Notification)
        .where(
            Notification.counselor_id == person,
            Notification.ticket_id == ticket_id,
            Notification.kind == kind,
            Notification.about_id.is_(None),
            Notification.read_at.is_(None),
        )
        .limit(1)
    )
    if found is None:
        return False
    found.at, found.by_id = clock.now(), _who(by)
    return True


def _add(s: Session, person: str, kind: str, by: Actor, **about: str | None) -> None:
    s.add(Notification(counselor_id=person, kind=kind, by_id=_who(by), at=clock.now(), **about))


def _who(by: Actor) -> str | None:
    return by.id if by.kind == "counselor" else None
