"""Who may see what, and who may do what. Nothing else in the house decides this.

A viewer is a guest with a chat token (their own conversation, nothing more) or a member of the
desk with a role. `may_*` answer for one object; `*_seen_by` are the same answers as statements.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true

from crm import actions
from crm.errors import Forbidden, NotFound, Walled
from crm.models import (
    Action,
    Appointment,
    Contact,
    Conversation,
    Event,
    Macro,
    Ruling,
    Ticket,
)


@dataclass(frozen=True, slots=True)
class Guest:
    """The bearer of one conversation's token."""

    conversation_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class Member:
    """Someone signed in to the desk."""

    id: str
    role: str
    queues: Sequence[str]
    name: str = ""
    interface: str = "en"
    # Conversations of others that they were asked into, and those that are offered to them now.
    attends: frozenset[str] = frozenset()
    offered: frozenset[str] = field(default=frozenset(), compare=False)
    # Conversations, tickets and contacts behind a wall (crm/walls.py): kept from them whatever
    # their role.
    kept_from: frozenset[str] = frozenset()


Viewer = Guest | Member

HELPERS = frozenset({"counselor", "senior", "supervisor"})
OVERSEERS = frozenset({"supervisor", "admin", "auditor"})
NO_TICKET = "There is no such ticket."

# Whose decision each kind of ruling is: an approval is the complaint manager's, a supervisor.
DECIDERS = {
    "approval": frozenset({"supervisor"}),
    "interpretation": frozenset({"senior", "supervisor"}),
}

# What each role may do at all; which object it may do it to is asked of the functions below.
VERBS: dict[str, frozenset[str]] = {
    "conversation.read": HELPERS | OVERSEERS,
    "conversation.accept": HELPERS,
    "conversation.say": HELPERS,
    "conversation.transfer": HELPERS,
    "conversation.wrap": HELPERS,
    "action.read": HELPERS | OVERSEERS,
    "guard.override": frozenset({"supervisor"}),
    "call.control": HELPERS,
    "call.supervise": frozenset({"supervisor"}),
    "recording.hear": HELPERS | {"auditor"},
    "conversation.oversee": frozenset({"supervisor"}),
    "presence.declare": HELPERS,
    "presence.oversee": frozenset({"supervisor", "admin"}),
    "queue.read": HELPERS | OVERSEERS,
    "queue.write": frozenset({"supervisor", "admin"}),
    "incident.write": frozenset({"supervisor", "admin"}),
    "contact.merge": frozenset({"senior", "supervisor"}),
    # Only to forget it: a PIN that somebody of the desk had set would prove nothing.
    "registered_phone.forget": HELPERS,
    "ticket.read": HELPERS | OVERSEERS,
    "ticket.write": HELPERS,
    # What was granted may be cited by everybody who answers; the question stays with its ticket.
    "ruling.read": HELPERS | OVERSEERS | {"editor"},
    "ruling.decide": frozenset({"senior", "supervisor"}),
    "appointment.read": HELPERS | OVERSEERS,
    "appointment.write": HELPERS,
    "article.read": HELPERS | OVERSEERS | {"editor"},
    "article.write": frozenset({"editor", "admin"}),
    "article.approve": frozenset({"editor", "admin"}),
    # Who was told what; names are shown only to those who may read the talks.
    "recall.read": OVERSEERS | {"editor"},
    "recall.write": frozenset({"supervisor", "editor", "admin"}),
    "gap.read": OVERSEERS | {"senior", "editor"},
    "gap.write": frozenset({"editor", "admin"}),
    "event.read": HELPERS | OVERSEERS | {"editor"},
    "counselor.read": HELPERS | OVERSEERS,
    "counselor.write": frozenset({"admin"}),
    "reply.read": HELPERS | OVERSEERS | {"editor"},
    "reply.write": frozenset({"supervisor", "editor", "admin"}),
    # One's own are written by whoever uses them; a queue's and everybody's by who answers for them.
    "macro.read": HELPERS | OVERSEERS,
    "macro.write": HELPERS | {"admin"},
    "macro.share": frozenset({"supervisor", "admin"}),
    "staffing.read": HELPERS | OVERSEERS,
    "staffing.plan": frozenset({"supervisor", "admin"}),
    "campaign.read": OVERSEERS,
    "campaign.write": frozenset({"supervisor", "admin"}),
    "campaign.call": HELPERS,
    "consent.write": HELPERS | {"admin"},
    "quality.read": OVERSEERS,
    "quality.write": frozenset({"senior", "supervisor"}),
    "quality.own": HELPERS,
    "training.write": frozenset({"supervisor", "admin"}),
    "notice.read": HELPERS | OVERSEERS | {"editor"},
    "notice.write": frozenset({"supervisor", "admin"}),
    "target.write": frozenset({"supervisor", "admin"}),
    "suspension.read": OVERSEERS,
    "suspension.review": frozenset({"supervisor", "admin"}),
    "report.read": OVERSEERS,
    "report.publish": frozenset({"supervisor", "admin"}),
    # What arrived unreadable and what did not arrive: anybody's words may stand in it.
    "post.read": OVERSEERS,
    "post.write": frozenset({"supervisor", "admin"}),
    "wall.read": OVERSEERS,
    "wall.write": frozenset({"supervisor", "admin"}),
}

# Events a guest is shown: what was said to them and what becomes of their conversation.
GUEST_KINDS = frozenset(
    {
        "message.said",
        "conversation.started",
        "conversation.handed_off",
        "conversation.accepted",
        "conversation.transferred",
        "conversation.ended",
        "conversation.resumed",
        "conversation.wrapped",
        "conversation.reopened",
        "survey.answered",
        "answer.rated",
    }
)


def may(member: Member, verb: str) -> bool:
    return member.role in VERBS[verb]


def must(member: Member, verb: str, why: str = "Your role does not allow this.") -> None:
    """Raises Forbidden where the member's role does not allow the verb at all."""
    if not may(member, verb):
        raise Forbidden(why)


def may_read(viewer: Viewer, conversation: Conversation) -> bool:
    """A guest their own; a helper what is theirs or waits in a queue they serve; overseers all."""
    if isinstance(viewer, Guest):
        return viewer.conversation_id == conversation.id
    if conversation.id in viewer.kept_from:
        return False
    if viewer.role in OVERSEERS:
        return True
    if not may(viewer, "conversation.read"):
        return False
    if conversation.id in viewer.attends or conversation.id in viewer.offered:
        return True
    return conversation.owner_id == viewer.id or conversation.queue in viewer.queues


def must_read(viewer: Viewer, conversation: Conversation | None) -> Conversation:
    """The conversation, or NotFound where the viewer may not even know of it."""
    if conversation is None or not may_read(viewer, conversation):
        told = "There is no such conversation."
        if (
            conversation is not None
            and isinstance(viewer, Member)
            and is_walled(viewer, conversation.id)
        ):
            raise Walled(told, counselor=viewer.id, conversation=conversation.id)
        raise NotFound(told)
    return conversation


def may_accept(member: Member, conversation: Conversation) -> bool:
    if not may(member, "conversation.accept"):
        return False
    if conversation.id in member.offered:
        return True
    return member.role == "supervisor" or conversation.queue in member.queues


def may_speak(member: Member, conversation: Conversation) -> bool:
    """Only the counselor who owns the talk speaks to the contact."""
    return may(member, "conversation.say") and conversation.owner_id == member.id


def may_note(member: Member, conversation: Conversation) -> bool:
    """Internal notes are open to every helper who may read the conversation."""
    return may(member, "conversation.say") and may_read(member, conversation)


def may_move(member: Member, conversation: Conversation) -> bool:
    """The owner gives a talk away; a supervisor moves any."""
    if not may(member, "conversation.transfer"):
        return False
    return member.role == "supervisor" or conversation.owner_id == member.id


def may_end(member: Member, conversation: Conversation) -> bool:
    """Only the counselor who owns the talk ends it."""
    return may(member, "conversation.wrap") and conversation.owner_id == member.id


def may_wrap(member: Member, conversation: Conversation) -> bool:
    return may(member, "conversation.wrap") and conversation.owner_id == member.id


def may_approve(member: Member, writers: Collection[str], *, four_eyes: bool) -> bool:
    """With four eyes, nobody but an admin approves an article they wrote in themselves."""
    if not may(member, "article.approve"):
        return False
    return not four_eyes or member.role == "admin" or member.id not in writers


def may_read_content(viewer: Viewer, action: Action) -> bool:
    """What a sealed bid says is its bidder's alone until the opening; no role is an exception."""
    return isinstance(viewer, Guest) or not actions.is_sealed(action)


def may_read_ticket(member: Member, ticket: Ticket) -> bool:
    if ticket.id in member.kept_from:
        return False
    if member.role in OVERSEERS:
        return True
    if not may(member, "ticket.read"):
        return False
    return ticket.assignee_id == member.id or ticket.queue in member.queues


def must_know(member: Member, contact_id: str) -> None:
    """Raises NotFound where a wall keeps the member from a contact."""
    if is_walled(member, contact_id):
        told = "There is no such contact."
        raise Walled(told, counselor=member.id, contact=contact_id)


def must_know_ticket(member: Member, ticket_id: str) -> None:
    """Raises NotFound where a wall keeps the member from a ticket."""
    if is_walled(member, ticket_id):
        raise Walled(NO_TICKET, counselor=member.id, ticket=ticket_id)


def must_read_ticket(member: Member, ticket: Ticket | None) -> Ticket:
    """The ticket, or NotFound where the member may not even know of it."""
    if ticket is not None:
        must_know_ticket(member, ticket.id)
    if ticket is None or not may_read_ticket(member, ticket):
        raise NotFound(NO_TICKET)
    return ticket


def may_write_ticket(member: Member, ticket: Ticket) -> bool:
    return may(member, "ticket.write") and may_read_ticket(member, ticket)


def may_read_macro(member: Member, macro: Macro) -> bool:
    """One's own, those of a queue one serves or oversees, and everybody's."""
    if not may(member, "macro.read"):
        return False
    if macro.scope == "own":
        return macro.holder == member.id
    if macro.scope == "queue":
        return macro.holder in member.queues or member.role in OVERSEERS
    return True


def macros_seen_by(member: Member) -> ColumnElement[bool]:
    """`may_read_macro` as a condition on macros."""
    if not may(member, "macro.read"):
        return false()
    own = and_(Macro.scope == "own", Macro.holder == member.id)
    if member.role in OVERSEERS:
        return or_(own, Macro.scope != "own")
    queues = and_(Macro.scope == "queue", Macro.holder.in_(list(member.queues)))
    return or_(own, queues, Macro.scope == "all")


def may_write_macro(member: Member, scope: str, holder: str) -> bool:
    """Their own, and with "macro.share" what others use too."""
    if scope == "own":
        return may(member, "macro.write") and holder == member.id
    return may(member, "macro.share")


def may_decide(member: Member, ruling: Ruling) -> bool:
    """Whoever was named, or a supervisor in their place; nobody on what they asked for."""
    if is_walled(member, ruling.ticket_id):
        return False
    if member.role not in DECIDERS[ruling.kind] or ruling.asked_by == member.id:
        return False
    return ruling.approver_id in {None, member.id} or member.role == "supervisor"


def may_withdraw(member: Member, ruling: Ruling) -> bool:
    return ruling.asked_by == member.id or member.role == "supervisor"


def may_read_ruling(member: Member, ruling: Ruling, ticket: Ticket) -> bool:
    """What was granted is there for everybody, but for whoever a wall keeps from its ticket."""
    if is_walled(member, ticket.id):
        return False
    return ruling.state == "granted" or may_read_question(member, ruling, ticket)


def may_read_question(member: Member, ruling: Ruling, ticket: Ticket) -> bool:
    """What was asked is read by whoever reads the ticket, asked it, or is to decide on it."""
    if is_walled(member, ticket.id):
        return False
    if member.id in {ruling.asked_by, ruling.approver_id, ruling.decided_by}:
        return True
    return may_read_ticket(member, ticket) or may_decide(member, ruling)


def may_read_appointment(member: Member, appointment: Appointment, ticket: Ticket) -> bool:
    if not may(member, "appointment.read") or is_walled(member, ticket.id):
        return False
    return appointment.counselor_id == member.id or may_read_ticket(member, ticket)


def may_write_appointment(member: Member, appointment: Appointment, ticket: Ticket) -> bool:
    """Whoever goes there, and whoever may work on the ticket."""
    if not may(member, "appointment.write") or is_walled(member, ticket.id):
        return False
    return appointment.counselor_id == member.id or may_write_ticket(member, ticket)


def conversations_seen_by(member: Member) -> ColumnElement[bool]:
    """`may_read` as a condition on conversations."""
    if member.role in OVERSEERS:
        return behind_no_wall(member, Conversation.id)
    if not may(member, "conversation.read"):
        return false()
    granted = or_(
        Conversation.owner_id == member.id,
        Conversation.queue.in_(list(member.queues)),
        Conversation.id.in_(member.attends | member.offered),
    )
    return and_(granted, behind_no_wall(member, Conversation.id))


def tickets_seen_by(member: Member) -> ColumnElement[bool]:
    """`may_read_ticket` as a condition on tickets."""
    if member.role in OVERSEERS:
        return behind_no_wall(member, Ticket.id)
    if not may(member, "ticket.read"):
        return false()
    granted = or_(Ticket.assignee_id == member.id, Ticket.queue.in_(list(member.queues)))
    return and_(granted, behind_no_wall(member, Ticket.id))


def contacts_seen_by(member: Member) -> ColumnElement[bool]:
    """Contacts of whom a member may see a talk or a ticket, as a condition on contacts."""
    if member.role in OVERSEERS:
        return behind_no_wall(member, Contact.id)
    talk = exists().where(Conversation.contact_id == Contact.id, conversations_seen_by(member))
    ticket = exists().where(Ticket.contact_id == Contact.id, tickets_seen_by(member))
    return and_(or_(talk, ticket), behind_no_wall(member, Contact.id))


def rulings_seen_by(member: Member) -> ColumnElement[bool]:
    """`may_read_ruling` as a condition on rulings joined with their tickets."""
    if not may(member, "ruling.read"):
        return false()
    own = or_(
        Ruling.asked_by == member.id,
        Ruling.approver_id == member.id,
        Ruling.decided_by == member.id,
    )
    kinds = [kind for kind, roles in DECIDERS.items() if member.role in roles]
    mine = and_(Ruling.approver_id.is_(None), Ruling.kind.in_(kinds))
    granted = or_(Ruling.state == "granted", own, mine, tickets_seen_by(member))
    return and_(granted, behind_no_wall(member, Ticket.id))


def appointments_seen_by(member: Member) -> ColumnElement[bool]:
    """`may_read_appointment` as a condition on appointments joined with their tickets."""
    if not may(member, "appointment.read"):
        return false()
    granted = or_(Appointment.counselor_id == member.id, tickets_seen_by(member))
    return and_(granted, behind_no_wall(member, Ticket.id))


def visible(
    event: Event, viewer: Viewer, conversation: Conversation | None, ticket: Ticket | None
) -> bool:
    """Whether a viewer may be shown an event. `conversation` and `ticket` are the event's own, if
    it has any, as they are now."""
    if isinstance(viewer, Guest):
        return event.conversation_id == viewer.conversation_id and event.kind in GUEST_KINDS
    if viewer.kept_from and is_walled(viewer, *_names(event)):
        return False
    return _is_shown(event, viewer, conversation, ticket)


def _is_shown(
    event: Event, viewer: Member, conversation: Conversation | None, ticket: Ticket | None
) -> bool:
    """`visible` for a member of the desk whom no wall keeps from it."""
    if viewer.role in OVERSEERS:
        return True
    if event.data.get("counselor") == viewer.id:
        return True  # what is offered to them or becomes of them
    if ticket is not None and viewer.id in event.data.get("told", ()):
        return may_read_ticket(viewer, ticket)  # who watched may serve its queue no more
    if conversation is not None:
        return may_read(viewer, conversation)
    noun = event.kind.partition(".")[0]
    if noun in {"article", "reply", "recall", "gap"}:
        return may(viewer, f"{noun}.read")
    return event.actor_kind == "counselor" and event.actor_id == viewer.id


def _names(event: Event) -> Iterator[str | None]:
    """The ids that an event tells of, whichever of them are a talk, a ticket or a contact."""
    yield from (event.conversation_id, event.ticket_id, event.actor_id)
    yield from (value for value in event.data.values() if isinstance(value, str))


def is_walled(member: Member, *ids: str | None) -> bool:
    """Whether a wall keeps a member from any of these conversations, tickets or contacts. For
    everything that tells of one without being one: a call to make, a judgement, a notice."""
    return not member.kept_from.isdisjoint(ids)


def behind_no_wall(member: Member, *columns: Any) -> ColumnElement[bool]:
    """`is_walled` of none of these columns, as a condition; a column may be empty."""
    if not member.kept_from:
        return true()
    return and_(*(or_(x.is_(None), x.not_in(member.kept_from)) for x in columns))


def events_seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """A condition that keeps a guest's reading of the journal to their own conversation."""
    if isinstance(viewer, Guest):
        return and_(Event.conversation_id == viewer.conversation_id, Event.kind.in_(GUEST_KINDS))
    return true()
