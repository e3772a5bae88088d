"""The counselor's side of a call: every act is a row of who is on the line and orders to the
provider, written in the caller's transaction and carried out after it."""

from crm import access, call_commands, callbacks, calls
from crm.access import Member
from crm.call_commands import order
from crm.db import Session
from crm.errors import Conflict, Forbidden, Invalid
from crm.events import Actor
from crm.models import Call, CallLeg, Conversation, Counselor, Message
from routing.calls import placing
from routing.calls.conference import room_of
from routing.channels.phone import numbers

VERBS = (
    "hold",
    "resume",
    "pause_recording",
    "resume_recording",
    "consult",
    "three_way",
    "complete",
    "cancel",
    "monitor",
    "whisper",
    "barge",
    "hang_up",
)
SUPERVISING = {"monitor": "monitor", "whisper": "whisper", "barge": "talk"}


def accepted(s: Session, conversation: Conversation, counselor_id: str) -> None:
    """A counselor accepted: the caller goes into the call's room, and the counselor is rung.

    A caller who asked to be called back is rung first.
    """
    call = calls.of_conversation(s, conversation.id)
    if call is None or [w for w in calls.legs(s, call) if w.counselor_id == counselor_id]:
        return
    if call.state in calls.FINAL:
        call.callback_number = call.callback_number or _promised(s, call)
        if call.callback_number is None:
            return  # only a message was left: nobody is on the line
        call = _call_back(s, conversation, call)
        order(s, call, "ring_contact")
    else:
        calls.move(s, call, "room")
        order(s, call, "move", step="room")
    call.room, call.conference = room_of(call), None
    _ring(s, call, counselor_id, "counselor")


def transferred(s: Session, conversation: Conversation) -> None:
    """The talk belongs to others now: back into line, or to the counselor it was given to."""
    call = _live(s, conversation)
    if call is None:
        return
    for who in calls.legs(s, call):
        if who.counselor_id != conversation.owner_id:
            order(s, call, "drop", leg=who.id)
            who.role = "former"  # whose going is no news for the talk
    if conversation.owner_kind == "queue":
        if call.step in {"room", "queue"}:  # who is leaving a message goes on with it
            calls.move(s, call, "queue")
            order(s, call, "move", step="queue")
        return
    there = [w for w in calls.legs(s, call) if w.counselor_id == conversation.owner_id]
    for who in there:
        who.role = "counselor"
    if not there:
        order(s, call, "hold")
        _ring(s, call, conversation.owner_id or "", "counselor")
    elif call_commands.on_hold(s, call):
        order(s, call, "resume")


def to_machine(s: Session, conversation: Conversation) -> None:
    """The bot has the talk again: the caller hears why and is asked for the question, all others
    are let go."""
    call = _live(s, conversation)
    if call is None:
        return
    _let_all_go(s, call)
    _out_of_room(s, call, "automated")


def ended(s: Session, conversation: Conversation, step: str = "survey") -> None:
    """The talk with people is over: whoever is still on the line is let go, and the caller goes
    from the room to the one question, or to what `step` says."""
    call = _live(s, conversation)
    if call is None:
        return
    for who in calls.legs(s, call):
        order(s, call, "drop", leg=who.id)
    _out_of_room(s, call, step)


def speak(s: Session, conversation: Conversation, message: Message) -> None:
    """What was written for the contact is said to them in the room; raises Conflict when they are
    not in it, for it would be read by nobody."""
    call = _live(s, conversation)
    if call is None or not in_room(s, conversation):
        raise Conflict("Nobody is on the line: what you write here cannot be heard.")
    if call.provider == "jambonz" and call_commands.on_hold(s, call):  # who is held there is deaf
        raise Conflict("The caller is on hold: what you write here cannot be heard.")
    order(s, call, "speak", message=message.id)


def in_room(s: Session, conversation: Conversation) -> bool:
    """Whether the contact is on the line, with people or on the way to them."""
    call = _live(s, conversation)
    return call is not None and call.step == "room"


def on_the_line(s: Session, conversation: Conversation) -> bool:
    """Whether a call of the conversation goes on."""
    return _live(s, conversation) is not None


def act(
    s: Session,
    member: Member,
    conversation: Conversation,
    verb: str,
    colleague: str | None,
) -> Call:
    """One of `VERBS` on a running call; raises Forbidden, Conflict or Invalid."""
    call = _live(s, conversation)
    if call is None or call.step != "room":
        raise Conflict("Nobody is on the line.")
    if verb in SUPERVISING:
        _supervise(s, call, member, verb)
        return call
    if not access.may_speak(member, conversation):
        raise Forbidden("Only the counselor who accepted this call can do that.")
    if verb == "consult":
        _consult(s, call, member, colleague)
    elif verb in {"three_way", "complete", "cancel"}:
        _with_colleague(s, call, verb)
    elif verb == "hang_up":
        order(s, call, "end")
    elif verb in {"pause_recording", "resume_recording"}:
        if not call.recorded:
            raise Conflict("This call is not recorded.")
        calls.tell(s, call, f"recording.{verb.removesuffix('_recording')}d", _actor(member))
        order(s, call, verb)
    else:
        order(s, call, verb)
    return call


def complete_to(s: Session, call: Call) -> str:
    """The colleague to whom a warm transfer gives the talk."""
    return _colleague(s, call).counselor_id


def _consult(s: Session, call: Call, member: Member, colleague: str | None) -> None:
    target = s.get(Counselor, colleague or "")
    if target is None or target.disabled_at or target.role not in access.HELPERS:
        raise Invalid("There is no such counselor.", field="counselor")
    if target.id == member.id:
        raise Invalid("You are in this call already.", field="counselor")
    if calls.legs(s, call, "colleague"):
        raise Conflict("A colleague is in this call already.")
    who = calls.leg(s, call, target.id, "colleague")
    order(s, call, "hold", consults=who.id)
    order(s, call, "ring", leg=who.id)


def _with_colleague(s: Session, call: Call, verb: str) -> None:
    who = _colleague(s, call)
    if verb != "cancel" and who.state != "joined":
        raise Conflict("The colleague has not answered yet.")
    if verb == "cancel":
        order(s, call, "drop", leg=who.id)
    if verb != "complete":
        order(s, call, "resume")


def _colleague(s: Session, call: Call) -> CallLeg:
    found = calls.legs(s, call, "colleague")
    if not found:
        raise Conflict("No colleague is in this call.")
    return found[0]


def _supervise(s: Session, call: Call, member: Member, verb: str) -> None:
    """Listen, whisper to the counselor, or speak to both; from one to the other at any time."""
    if not access.may(member, "call.supervise"):
        raise Forbidden("Only a supervisor can listen in.")
    if not [w for w in calls.legs(s, call, "counselor") if w.state == "joined"]:
        raise Conflict("No counselor is in this call.")
    mode = SUPERVISING[verb]
    own = [w for w in calls.legs(s, call, "supervisor") if w.counselor_id == member.id]
    calls.tell(s, call, "call.supervised", _actor(member), mode=mode)
    if own:
        own[0].mode = mode
        order(s, call, "set_mode", leg=own[0].id)
    else:
        _ring(s, call, member.id, "supervisor", mode)


def _ring(s: Session, call: Call, counselor_id: str, role: str, mode: str = "talk") -> CallLeg:
    who = calls.leg(s, call, counselor_id, role, mode)
    order(s, call, "ring", leg=who.id)
    return who


def _let_all_go(s: Session, call: Call) -> None:
    for who in calls.legs(s, call):
        order(s, call, "drop", leg=who.id)
        who.role = "former"  # whose going is no news for the talk


def _promised(s: Session, call: Call) -> str | None:
    """The number of a promise made after the call or beside it; the caller's own without one."""
    promised = callbacks.live(s, call.conversation_id)
    if promised is None:
        return None
    region = numbers.region_of(call.number or "")
    return numbers.normal(promised.number, region) if promised.number else call.number


def _call_back(s: Session, conversation: Conversation, before: Call) -> Call:
    call = calls.started(
        s,
        conversation,
        provider=before.provider,
        provider_call_id=f"due-{before.id}-{before.serial}",
        account=before.account,
        number=before.callback_number,
        direction="outbound",
    )
    call.recorded, call.step = before.recorded, "room"
    call.callback_number = before.callback_number
    before.serial += 1
    return call


def _out_of_room(s: Session, call: Call, step: str) -> None:
    if placing.unanswered(call):
        placing.give_up(s, call)
    elif call.step == "room":
        calls.move(s, call, step)
        order(s, call, "move", step=step)


def _live(s: Session, conversation: Conversation) -> Call | None:
    if conversation.channel != "phone":
        return None
    call = calls.of_conversation(s, conversation.id)
    return call if call and call.state not in calls.FINAL else None


def _actor(member: Member) -> Actor:
    return Actor("counselor", member.id)
