"""A message after the tone: kept with the ticket, for a person to hear."""

from collections.abc import Sequence

from crm import messages, tickets
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from routing.calls import words
from routing.calls.plan import Plan, Prompt, Record, Redirect
from routing.calls.speakable import digit_by_digit
from routing.calls.talk import Talk, good_bye, hand_off, heard_at, planned, stay
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
        return good_bye(talk, talk.say("goodbye"))
    hand_off(talk, "asked")
    if heard.speech:
        contact = Actor("contact", talk.conversation.contact_id)
        messages.say(talk.s, talk.conversation, Draft(contact, heard.speech, talk.language))
    note = words.say(talk.language, "voicemail_note", seconds=heard.seconds)
    draft = Draft(SYSTEM, note, talk.language, audience="internal")
    messages.say(talk.s, talk.conversation, draft)
    number = tickets.get(talk.s, talk.conversation.ticket_id or "").number
    return good_bye(talk, talk.say("voicemail_done", number=digit_by_digit(number[-4:])))
