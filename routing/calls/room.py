"""With a counselor: one conference a call, and the one question after it."""

from collections.abc import Sequence

from crm import calls, messages, surveys
from routing.calls.conference import room_of
from routing.calls.plan import Ask, Conference, HangUp, Plan, Play, Prompt, Say
from routing.calls.speakable import spoken
from routing.calls.talk import Talk, go, good_bye, heard_at, planned
from routing.calls.waiting import MUSIC
from routing.channels.phone.port import Heard


@planned("room")
def into_room(talk: Talk, first: Sequence[Prompt]) -> Plan:
    recorded = bool(talk.call.recorded)
    told = [talk.say("connecting_recorded" if recorded else "connecting")]
    if talk.call.direction == "outbound":
        why = "connecting_placed" if calls.is_placed(talk.call) else "connecting_callback"
        notice = [talk.say("notice")] if recorded else []
        told = [talk.say(why, desk=talk.settings.name), *notice]
    conference = Conference(
        room=talk.call.room or room_of(talk.call),
        to=talk.to("room"),
        events="status",
        wait="music",
        record_to=f"recording?kind=talk&call={talk.call.id}" if recorded else None,
    )
    return [*first, *told, conference]


@heard_at("room")
def left_room(talk: Talk, heard: Heard) -> Plan:
    """The conference is over for the contact, who is still on the line."""
    del heard
    return ask_survey(talk, ())


@planned("survey")
def ask_survey(talk: Talk, first: Sequence[Prompt]) -> Plan:
    talk.call.step = "survey"
    return [Ask([*first, talk.say("survey")], talk.to("survey"), talk.language, speech=False)]


@heard_at("survey")
def hear_survey(talk: Talk, heard: Heard) -> Plan:
    over = talk.conversation.status in {"wrap_up", "closed"}
    if heard.digits and heard.digits in "12345" and over:
        surveys.answer(talk.s, talk.conversation, score=int(heard.digits), comment=None)
        return good_bye(talk, talk.say("survey_done"))
    return good_bye(talk, talk.say("goodbye"))


@planned("automated")
def back_to_machine(talk: Talk, first: Sequence[Prompt]) -> Plan:
    return go(talk, "question", *first, *_last_words(talk))


@planned("ended")
def end_with_words(talk: Talk, first: Sequence[Prompt]) -> Plan:
    """Ended by the desk: why is the last that is heard."""
    return good_bye(talk, *first, *_last_words(talk))


def _last_words(talk: Talk) -> Sequence[Prompt]:
    """What the desk itself wrote last."""
    written = [
        m for m in messages.thread(talk.s, talk.conversation.id) if m.author_kind == "system"
    ]
    return [Say(spoken(written[-1].text, talk.language), talk.language)] if written else []


@planned("machine")
def leave_word(talk: Talk, first: Sequence[Prompt]) -> Plan:
    key = "machine_placed" if calls.is_placed(talk.call) else "machine"
    return [*first, talk.say(key, desk=talk.settings.name), HangUp()]


def music(talk: Talk | None = None) -> Plan:
    """What is heard in an empty room."""
    del talk
    return [Play(MUSIC)]
