"""Waiting for a counselor: a place, an expected time, music, and two ways not to wait."""

import re
from collections.abc import Sequence

from crm import call_commands, calls, clock, messages
from routing.calls import opening_hours, plainly, standing
from routing.calls.opening import yes_or_no
from routing.calls.plan import Ask, Bridge, Leave, Pause, Plan, Play, Prompt, Queue, Say
from routing.calls.speakable import aloud, in_groups
from routing.calls.talk import (
    Talk,
    again,
    go,
    good_bye,
    hand_off,
    heard_at,
    person,
    planned,
    stay,
)
from routing.channels.phone import numbers
from routing.channels.phone.port import Heard

MUSIC = "/static/phone/hold.wav"


@planned("queue")
def wait_in_line(talk: Talk, first: Sequence[Prompt]) -> Plan:
    """The provider's queue is only the waiting room: the desk's own decides who is next."""
    name = f"{talk.conversation.queue}-{talk.call.account}"
    return [*first, Queue(name, "wait", talk.to("queue"))]


def loop(talk: Talk) -> Plan:
    """What is heard again and again while waiting."""
    if talk.call.step == "room" and not call_commands.stuck(talk.s, talk.call):
        return [Pause(2)]  # the provider is being told to move the caller
    if talk.call.step != "queue":
        return [Leave()]
    prompts = [*_standing(talk), talk.say("wait_offer"), Play(MUSIC)]
    return [Ask(prompts, "waiting", talk.language, speech=False, seconds=1)]


def _standing(talk: Talk) -> list[Prompt]:
    """The place in the line and, where anybody knows it, the time it takes."""
    stands = standing.of(talk.s, talk.conversation)
    ahead = stands.ahead if stands else 0
    key = {0: "position_first", 1: "position_one"}.get(ahead, "position")
    place = talk.say(key, ahead=ahead)
    if stands is None or stands.minutes is None:
        return [place]
    several = stands.minutes > 1
    wait = talk.say("wait_minutes", minutes=stands.minutes) if several else talk.say("wait_minute")
    return [place, wait]


def hear_waiting(talk: Talk, heard: Heard) -> Plan:
    """A key while waiting; anything else and silence wait on."""
    if talk.call.step == "queue" and heard.digits in {"1", "2"}:
        step = "voicemail" if heard.digits == "2" else _callback_step(talk)
        calls.move(talk.s, talk.call, step)
    return stay_or_leave(talk)


def stay_or_leave(talk: Talk) -> Plan:
    """Whether the line is still where this caller is to be."""
    return [Leave()] if talk.call.step not in {"queue", "room"} else [Pause(1)]


# --- nobody there ------------------------------------------------------------------------------


@planned("closed")
def say_closed(talk: Talk, first: Sequence[Prompt]) -> Plan:
    working = talk.working()
    hours = opening_hours.spoken(working.hours, talk.language)
    day = working.holiday(clock.now())
    told = (
        talk.say("closed_holiday", holiday=day, hours=hours)
        if day
        else talk.say("closed", hours=hours)
    )
    offers = [talk.say("closed_message"), talk.say("closed_callback")]
    if talk.conversation.owner_kind == "bot":
        offers.append(talk.say("closed_ask"))
    return [Ask([*first, told, *offers], talk.to("closed"), talk.language)]


@heard_at("closed")
def hear_closed(talk: Talk, heard: Heard) -> Plan:
    asked_before = talk.conversation.owner_kind != "bot"
    if heard.digits == "3" and not asked_before:
        return go(talk, "question")
    if heard.digits in {"1", "2"}:
        hand_off(talk, "asked")
        if talk.conversation.owner_kind == "bot":  # suspended: nobody rings back
            said = messages.thread(talk.s, talk.conversation.id)[-1].text
            return good_bye(talk, Say(aloud(said, talk.language), talk.language))
        return go(talk, "voicemail" if heard.digits == "1" else _callback_step(talk))
    if heard.digits == "0":
        return stay(talk)
    if talk.call.tries + 1 >= talk.settings.phone.tries:
        hand_off(talk, "asked")  # a person will see that somebody wanted one
        return good_bye(talk, talk.say("goodbye"))
    return again(talk, heard)


@planned("duty")
def ring_duty(talk: Talk, first: Sequence[Prompt]) -> Plan:
    phone = talk.settings.phone
    bridge = Bridge(phone.duty_number, talk.own_number, talk.to("duty"))
    return [*first, talk.say("duty"), bridge]


@heard_at("duty")
def after_duty(talk: Talk, heard: Heard) -> Plan:
    if heard.state == "completed":
        return good_bye(talk, talk.say("goodbye"))
    return go(talk, "closed")


# --- call-back ---------------------------------------------------------------------------------


@planned("callback")
def confirm_number(talk: Talk, first: Sequence[Prompt]) -> Plan:
    number = talk.call.callback_number or talk.call.number or ""
    read = in_groups(*numbers.as_written(number, talk.own_number), talk.language)
    prompts = [*first, talk.say("callback_confirm", number=read)]
    return [Ask(prompts, talk.to("callback"), talk.language)]


@heard_at("callback")
def hear_confirmation(talk: Talk, heard: Heard) -> Plan:
    number = talk.call.callback_number or talk.call.number
    said = yes_or_no(talk.language, heard.speech) if heard.confidence >= plainly.SURE else None
    if number and (heard.digits == "1" or said):
        calls.wants_call_back(talk.s, talk.call, number)
        done = "callback_done" if talk.staffed() else "callback_done_closed"
        return good_bye(talk, talk.say(done))
    if heard.digits == "2" or said is False:
        return go(talk, "callback_number")
    if heard.digits in {"0", "3"}:
        return _never_mind(talk)
    return _again_or_wait(talk, heard)


@planned("callback_number")
def ask_number(talk: Talk, first: Sequence[Prompt]) -> Plan:
    prompts = [*first, talk.say("callback_number")]
    to = talk.to("callback_number")
    return [Ask(prompts, to, talk.language, keys=16, seconds=10)]


@heard_at("callback_number")
def hear_number(talk: Talk, heard: Heard) -> Plan:
    if heard.digits == "0":
        return _never_mind(talk)
    near = (talk.call.number, talk.own_number)
    digits = heard.digits or re.sub(r"\D", "", heard.speech)  # said or keyed, it is read back
    number = numbers.keyed(digits, *near) if digits else None
    if number is None:
        said = [talk.say("callback_wrong")] if digits else []
        talk.call.tries += 1
        give_up = talk.call.tries >= talk.settings.phone.tries
        return _never_mind(talk) if give_up else stay(talk, *said)
    talk.call.callback_number = number
    return go(talk, "callback")


def _callback_step(talk: Talk) -> str:
    return "callback" if talk.call.number else "callback_number"


def _never_mind(talk: Talk) -> Plan:
    talk.call.callback_number = None
    return go(talk, "queue") if talk.staffed() else go(talk, "closed")


def _again_or_wait(talk: Talk, heard: Heard) -> Plan:
    if talk.call.tries + 1 >= talk.settings.phone.tries:
        return _never_mind(talk)
    return again(talk, heard)


@heard_at("queue")
def left_line(talk: Talk, heard: Heard) -> Plan:
    """Out of the provider's queue, and the step says nothing else: back into it, or on."""
    if heard.left_queue in {"full", "failed"}:
        return go(talk, "voicemail")
    return person(talk, "asked")
