"""A message after the tone: kept with the ticket, for a person to hear."""

from collections.abc import Sequence

from crm import conversations, messages, recordings, tickets
from crm.db import Session
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Call
from routing.calls import words
from routing.calls.plan import HangUp, Plan, Prompt, Record, Redirect
from routing.calls.speakable import digit_by_digit
from routing.calls.talk import Talk, go, good_bye, hand_off, heard_at, planned, stay
from routing.channels.phone.port import Heard


@planned("voicemail")
def take_message(talk: Talk, first: Sequence[Prompt]) -> Plan:
    done = f"recording?kind=voicemail&call={talk.call.id}"
    record = Record(talk.to("voicemail"), done, talk.language)
    # A recording without a sound is never told of: then the call goes on below it.
    return [*first, talk.say("voicemail"), record, Redirect(talk.to("voicemail"))]


@heard_at("voicemail")
def message_left(talk: Talk, heard: Heard) -> Plan:
    """`seconds` of sound, or words where the provider writes down instead of recording."""
    if not heard.seconds and not heard.speech:
        talk.call.tries += 1
        if talk.call.tries < talk.settings.phone.tries:
            return stay(talk, talk.say("voicemail_empty"))
        return go(talk, "given_up")
    hand_off(talk, "asked")
    if heard.speech:
        contact = Actor("contact", talk.conversation.contact_id)
        messages.say(talk.s, talk.conversation, Draft(contact, heard.speech, talk.language))
    number = tickets.get(talk.s, talk.conversation.ticket_id or "").number
    return good_bye(talk, talk.say("voicemail_done", number=digit_by_digit(number[-4:])))


@planned("given_up")
def nothing_left(talk: Talk, first: Sequence[Prompt]) -> Plan:
    """No message after all: whoever said nothing keeps no place in line."""
    return [*first, talk.say("goodbye"), HangUp()]


def is_left(s: Session, call: Call) -> bool:
    """Whether whoever put the phone down after the tone had said something, as far as is known."""
    return call.step == "voicemail" and recordings.has_voicemail(s, call)


def kept(talk: Talk, seconds: int) -> None:
    """Sound was kept, whichever hook came first: counselors are told, and whoever put the phone
    down while speaking has left a message after all."""
    conversation = talk.conversation
    if conversation.status == "closed" and talk.call.step == "voicemail":
        ticket_id = conversation.ticket_id
        contact = Actor("contact", conversation.contact_id)
        conversations.reopen(talk.s, conversation, actor=contact)
        conversation.ticket_id = ticket_id  # the message belongs to what was opened for it
        hand_off(talk, "asked")
    text = words.say(talk.language, "voicemail_note", seconds=seconds)
    draft = Draft(SYSTEM, text, talk.language, audience="internal")
    messages.say(talk.s, conversation, draft)
