"""Where somebody stands in line, in words: at the hand-off, and whenever they ask again."""

from bot.plain_words import asks_only_for_person, pleads_for_person
from crm import clock, messages, tickets
from crm.calendars import WorkingTime
from crm.db import Session
from crm.events import SYSTEM
from crm.messages import Draft
from crm.models import Conversation
from crm.settings import Settings
from routing import hours, waits, words
from routing.waits import Place

# The telephone tells the place by itself, again and again; a mail is not waited beside.
UNTOLD = frozenset({"phone", "email"})


def told(language: str, number: str, place: Place) -> str:
    """The ticket, how many come first and, where anybody knows it, how long that takes."""
    key = "waiting" if place.ahead else "waiting_first"
    stands = words.say(language, key, number=number, ahead=place.ahead)
    if place.minutes is None:
        return stands
    key = "wait" if place.minutes else "wait_short"
    return f"{stands} {words.say(language, key, minutes=place.minutes)}"


def away(language: str, number: str, working: WorkingTime) -> str:
    """That nobody is there, and when somebody is."""
    opening = hours.in_words(working.hours, language)
    return words.say(language, "out_of_hours", number=number, hours=opening)


def tell_again(s: Session, settings: Settings, conversation: Conversation, asked: str) -> None:
    """Whoever waits and asks for a person again hears where they stand; once for each asking."""
    if conversation.channel in UNTOLD or conversation.ticket_id is None:
        return
    if not (asks_only_for_person(asked) or pleads_for_person(asked)):
        return
    place = waits.place(s, conversation)
    if place is None:  # a counselor has the talk, and answers
        return
    language = conversation.language
    number = tickets.get(s, conversation.ticket_id).number
    working = hours.of_queue(s, settings, conversation.queue)
    if working.is_open(clock.now()):
        text = f"{words.say(language, 'still_in_line')} {told(language, number, place)}"
    else:
        text = away(language, number, working)
    messages.say(s, conversation, Draft(SYSTEM, text, language))
