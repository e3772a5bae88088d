"""Ringing a contact from the desk: whether they may be rung now, and the call that does it.

The counselor's own phone is rung first. The contact's rings once the counselor is in the room, so
that nobody takes up a call and hears music.
"""

from collections.abc import Sequence

from sqlalchemy import select

from crm import call_commands as commands
from crm import (
    callbacks,
    calls,
    clock,
    consents,
    conversations,
    merging,
    protection,
    registered_phones,
)
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict
from crm.events import Actor
from crm.models import Call, CallBack, Contact, Conversation, Identity, Ticket
from crm.settings import Settings
from routing.calls.conference import room_of
from routing.workforce import quiet

# What a contact is rung for, and the consent that it needs.
PURPOSE = {"matter": "service", "callback": "service", "happy_call": "service"}
# Who is met there shows a telephone number as their address.
BY_NUMBER = ("phone", "sms", "whatsapp")
MOST_NUMBERS = 9


def hindrance(s: Session, settings: Settings, contact_id: str, reason: str) -> str | None:
    """Why a contact is not rung now; None where they may be.

    Who asked to be called back is rung at any hour, and whatever they said of service calls; but
    whoever wants no contact at all is left alone, and whoever is suspended is answered in writing.
    """
    promised = reason == "callback" and promise_of(s, contact_id) is not None
    if reason == "callback" and not promised:
        return "no_callback"
    refusal = consents.refusal(s, contact_id, PURPOSE[reason])
    if refusal == "do_not_contact" or (refusal and not promised):
        return refusal
    if protection.suspension_of(s, contact_id):
        return "suspended"
    if not promised and quiet.is_quiet(settings.quiet_hours, settings.hours.zone, clock.now()):
        return "quiet_hours"
    return None


def numbers_of(s: Session, contact_id: str) -> Sequence[str]:
    """Where a person can be rung, under whichever of their contacts: what they asked to be called
    back at, what they registered, what they called or wrote from."""
    ids = merging.ids(s, contact_id)
    promised = promise_of(s, contact_id)
    asked = [promised.number] if promised and promised.number else []
    registered = [p.number for p in registered_phones.of_contacts(s, ids)]
    met = s.scalars(
        select(Identity.value)
        .where(Identity.contact_id.in_(ids), Identity.kind.in_(BY_NUMBER))
        .order_by(Identity.id.desc())
    ).all()
    return list(dict.fromkeys([*asked, *registered, *met]))[:MOST_NUMBERS]


def promise_of(s: Session, contact_id: str) -> CallBack | None:
    """The call-back that a person waits for."""
    ids = merging.ids(s, contact_id)
    talks = s.scalars(
        select(Conversation.id)
        .join(CallBack, CallBack.conversation_id == Conversation.id)
        .where(Conversation.contact_id.in_(ids), CallBack.state.in_(callbacks.LIVE))
        .order_by(CallBack.due_at)
    ).all()
    return callbacks.live(s, talks[0]) if talks else None


def place(
    s: Session,
    settings: Settings,
    member: Member,
    contact: Contact,
    *,
    line: tuple[str, str],
    queue: str,
    number: str,
    reason: str,
    about: str,
    ticket: Ticket | None = None,
) -> Call:
    """Ring the counselor, and then the contact; `line` is the account and its provider.

    Raises Conflict where the contact may not be rung now, or the counselor is on a call already.
    """
    refusal = hindrance(s, settings, contact.id, reason)
    if refusal:
        raise Conflict("This contact may not be rung now.", reason=refusal)
    if calls.with_counselor(s, member.id):
        raise Conflict("You are on a call already.", reason="busy")
    account, provider = line
    conversation = conversations.place(
        s,
        contact,
        counselor_id=member.id,
        queue=queue,
        account=account,
        address=number,
        packet=_packet(contact, about),
    )
    conversation.ticket_id = ticket.id if ticket else None
    call = calls.started(
        s,
        conversation,
        provider=provider,
        provider_call_id=f"due-{conversation.id}",
        account=account,
        number=number,
        direction="outbound",
    )
    # Nobody can be asked before they answer: recorded is only what a notice is enough for.
    call.recorded, call.step = settings.phone.recording == "notice", "room"
    call.room = room_of(call)
    about_ticket = ticket.id if ticket else None
    who = Actor("counselor", member.id)
    calls.tell(s, call, "call.placed", who, reason=reason, ticket=about_ticket, queue=queue)
    leg = calls.leg(s, call, member.id, "counselor")
    commands.order(s, call, "ring", leg=leg.id)
    return call


def counselor_arrived(s: Session, call: Call) -> None:
    """Now the contact's phone rings, if this call is for that."""
    if calls.is_placed(call) and not commands.was_ordered(s, call, "ring_contact"):
        commands.order(s, call, "ring_contact")


def unanswered(call: Call) -> bool:
    """Whether the desk rings, or is about to, and nobody has answered."""
    return call.direction == "outbound" and call.state not in calls.FINAL and call.state != "live"


def give_up(s: Session, call: Call) -> None:
    """Nobody has answered, and nobody is there any more to talk to: it rings no longer."""
    if commands.was_ordered(s, call, "ring_contact"):
        commands.order(s, call, "end")
    else:
        calls.reported(s, call, "canceled", -1, None)


def _packet(contact: Contact, about: str) -> dict[str, object]:
    return {
        "reason": "placed",
        "goal": about,
        "facts": {},
        "sources_tried": [],
        "language": contact.language,
        "deadline": None,
        "last_turns": [],
    }
