"""A message after the tone: kept with the ticket, for a person to hear."""

from collections.abc import Sequence

from crm import messages, tickets
from crm.db import Session
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Conversation
from knowledge.port import LANGUAGES
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


def note(s: Session, conversation: Conversation, seconds: int) -> None:
    """Tell counselors that sound was kept; written with the sound, whichever hook came first."""
    language = next((k for k in LANGUAGES if k == conversation.language), LANGUAGES[0])
    text = words.say(language, "voicemail_note", seconds=seconds)
    messages.say(s, conversation, Draft(SYSTEM, text, language, audience="internal"))
