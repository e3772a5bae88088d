"""What a provider tells of calls, rooms and recordings: late, twice, out of order, or all three."""

from crm import call_commands, calls, conversations, db, messages, recordings
from crm.call_commands import order
from crm.db import Session
from crm.events import SYSTEM
from crm.messages import Draft
from crm.models import Call, CallLeg, Conversation, Counselor
from knowledge.port import LANGUAGES
from routing.calls import placing, voicemail, words
from routing.calls.conference import call_of
from routing.calls.hear import Line
from routing.calls.talk import Talk
from routing.channels.phone.port import Heard

# A leg's line says the same in the words of a call.
LEG_STATE = {"ringing": "ringing", "live": "joined"} | dict.fromkeys(calls.FINAL, "left")


def status(line: Line, heard: Heard, *, leg_id: str | None, call_id: str | None) -> None:
    """A status callback of a call, of someone the desk rang, or of a room."""
    with db.transaction(line.engine) as s:
        if heard.event:
            _in_room(s, line, heard)
        elif leg_id:
            _of_leg(s, heard, leg_id)
        else:
            _of_call(s, line, heard, call_id)


def recording(line: Line, heard: Heard, *, kind: str, call_id: str | None) -> None:
    """The provider has a recording: the worker fetches it, never from an address told here."""
    with db.transaction(line.engine) as s:
        call = calls.of_provider(s, line.provider.name, heard.call_id)
        if call is None and call_id:
            call = calls.find(s, call_id)
        if call is None or not heard.recording_id or heard.recording_state != "completed":
            return
        news = recordings.announced(
            s,
            call,
            provider_recording_id=heard.recording_id,
            kind="voicemail" if kind == "voicemail" else "talk",
            seconds=heard.seconds,
        )
        if news and news.kind == "voicemail":
            conversation = s.get_one(Conversation, call.conversation_id)
            voicemail.kept(Talk(s, line.settings, call, conversation), heard.seconds)


def answered(line: Line, heard: Heard, *, call_id: str) -> None:
    """Who took up a call that the desk placed: to a machine is said what it may keep."""
    if heard.answered_by not in {"machine", "fax"}:
        return
    with db.transaction(line.engine) as s:
        call = calls.find(s, call_id)
        placed = call and call.account == line.account and call.direction == "outbound"
        if call and placed and call.state not in calls.FINAL and call.step == "room":
            calls.move(s, call, "machine")
            order(s, call, "move", step="machine")


def _of_call(s: Session, line: Line, heard: Heard, call_id: str | None) -> None:
    call = calls.of_provider(s, line.provider.name, heard.call_id)
    if call is None and call_id:  # rung by the desk, whose answer to the order is still under way
        call = calls.find(s, call_id)
        if call is not None:
            call.provider_call_id = heard.call_id
    if call is None or heard.state is None:
        return
    if calls.reported(s, call, heard.state, heard.sequence, heard.at) and call.state in calls.FINAL:
        _gone(s, call)


def _gone(s: Session, call: Call) -> None:
    """The contact's line is over, whoever ended it."""
    conversation = s.get_one(Conversation, call.conversation_id, with_for_update=True)
    not_reached = call.direction == "outbound" and (
        call.state != "completed" or call.step == "machine"
    )
    for who in calls.legs(s, call):
        if not_reached or who.state != "joined":  # the room ends for whoever was in it with them
            order(s, call, "drop", leg=who.id)
    if not_reached:
        _not_reached(s, call, conversation)
        return
    rung_back = call.direction == "outbound" and conversation.owner_kind == "counselor"
    promised = call.callback_number or conversation.owner_kind == "callback"
    if promised and not rung_back:  # the place in line stays
        return
    if conversation.owner_kind == "queue":
        kept = call.step == "over" or voicemail.is_left(s, call)  # left with people
        if not kept:
            calls.tell(s, call, "call.abandoned", SYSTEM, queue=conversation.queue)
            conversations.talk_over(s, conversation, reason="abandoned")
        return
    conversations.talk_over(s, conversation, reason="hung_up")


def _not_reached(s: Session, call: Call, conversation: Conversation) -> None:
    """Nobody answered. A wish to be called back goes back to its place in line; whoever rang of
    their own accord writes down that it was in vain."""
    if calls.is_placed(call):
        conversations.talk_over(s, conversation, reason="not_reached")
        return
    held = conversation.owner_kind == "counselor" and conversation.status == "active"
    if held and conversation.queue:
        conversations.transfer_to_queue(s, conversation, actor=SYSTEM, queue=conversation.queue)


def _of_leg(s: Session, heard: Heard, leg_id: str) -> None:
    who = s.get(CallLeg, leg_id)
    if who is None or heard.state is None:
        return
    call = calls.get(s, who.call_id)
    who = s.get_one(CallLeg, leg_id, populate_existing=True)
    who.provider_call_id = who.provider_call_id or heard.call_id
    state = LEG_STATE[heard.state]
    if state == "joined":
        return  # a line that is answered is in the room when the room says so
    if calls.leg_reported(s, call, who, state, heard.at) and who.state in calls.LEG_OVER:
        left(s, call, who)


def _in_room(s: Session, line: Line, heard: Heard) -> None:
    call = _of_room(s, line, heard)
    if call is None:
        return
    present = heard.room is None or heard.room == call.room
    if present and heard.event in {"began", "joined"}:
        call.conference = heard.conference or call.conference
    if heard.event == "began":
        return
    if heard.label == "contact" or heard.call_id == call.provider_call_id:
        _contact_in_room(s, call, heard, present=present)
        return
    who = _leg_of(s, call, heard)
    if who is None or heard.event not in {"joined", "left"}:
        return
    who.provider_call_id = who.provider_call_id or heard.call_id
    if not calls.leg_reported(s, call, who, heard.event, heard.at):
        return
    if who.state == "joined":
        _arrived(s, call, who)
    else:
        left(s, call, who)


def _contact_in_room(s: Session, call: Call, heard: Heard, *, present: bool) -> None:
    if heard.event == "joined":
        calls.contact_joined(s, call, heard.at)
    if heard.event == "left" and present:
        call.conference = None  # whoever leaves after the contact leaves an empty room
    if heard.event in {"held", "resumed"}:
        calls.hold(s, call, held=heard.event == "held", at=heard.at)


def _of_room(s: Session, line: Line, heard: Heard) -> Call | None:
    """The call whose room it is: by the room's name, which holds the call's id."""
    call_id = call_of(heard.room)
    if call_id:
        call = calls.find(s, call_id)
        return call if call and call.account == line.account else None
    return calls.of_provider(s, line.provider.name, heard.call_id)


def _leg_of(s: Session, call: Call, heard: Heard) -> CallLeg | None:
    for who in s.query(CallLeg).filter(CallLeg.call_id == call.id):
        if heard.label == who.id or heard.call_id == who.provider_call_id:
            return who
    return None


def _arrived(s: Session, call: Call, who: CallLeg) -> None:
    """A counselor is in the room: a contact held for the sake of a transfer hears them."""
    alone = len([w for w in calls.legs(s, call, "counselor") if w.state == "joined"]) == 1
    if who.role == "counselor" and alone and call_commands.on_hold(s, call):
        order(s, call, "resume")
    if who.role == "counselor":
        placing.counselor_arrived(s, call)


def left(s: Session, call: Call, who: CallLeg) -> None:
    """Someone left the room or never came. The contact is never left alone in it."""
    if who.role in {"supervisor", "former"} or call.state in calls.FINAL or call.step != "room":
        return
    counselors = calls.legs(s, call, "counselor")
    if counselors and who.role == "colleague":
        _consulted(s, call, who)
    if counselors or (call.conference is None and who.state == "left"):
        return
    conversation = s.get_one(Conversation, call.conversation_id, with_for_update=True)
    colleagues = [w for w in calls.legs(s, call, "colleague") if w.state == "joined"]
    if conversation.owner_kind != "counselor":
        return
    if colleagues and who.state == "left" and conversation.status == "active":
        # The counselor's line fell while a colleague was there: the colleague goes on.
        _take_over(s, call, conversation, colleagues[0])
        return
    if who.role != "counselor":
        return
    if calls.is_placed(call) and placing.unanswered(call):
        placing.give_up(s, call)
        conversations.talk_over(s, conversation, reason="counselor_left")
        return
    if who.state == "failed" and conversation.status == "active" and conversation.queue:
        conversations.transfer_to_queue(s, conversation, actor=SYSTEM, queue=conversation.queue)
        calls.move(s, call, "queue")
    else:
        conversations.talk_over(s, conversation, reason="counselor_left")
        calls.move(s, call, "survey")
    order(s, call, "move", step=call.step)


def _consulted(s: Session, call: Call, who: CallLeg) -> None:
    """The colleague is not there, or no longer: who was held for it is back, the counselor told."""
    if not call_commands.held_for(s, call, who.id):
        return
    order(s, call, "resume")
    conversation = s.get_one(Conversation, call.conversation_id)
    language = next((k for k in LANGUAGES if k == conversation.language), LANGUAGES[0])
    key = "consult_unanswered" if who.state == "failed" else "consult_left"
    name = s.get_one(Counselor, who.counselor_id).name
    note = Draft(SYSTEM, words.say(language, key, name=name), language, audience="internal")
    messages.say(s, conversation, note)


def _take_over(s: Session, call: Call, conversation: Conversation, who: CallLeg) -> None:
    who.role = "counselor"
    conversations.transfer_to_counselor(
        s, conversation, actor=SYSTEM, counselor_id=who.counselor_id
    )
    if call_commands.on_hold(s, call):
        order(s, call, "resume")
