"""Telling a published clarification: to all who follow the tender alike, and to whoever asked it.

Each person once, in the talk that they follow or asked in, so on its channel and in its language.
The buyer's own words are passed on as they are.
"""

from sqlalchemy import Engine

from crm import clarifications, db, messages
from crm.clarifications import Hearer
from crm.db import Session
from crm.events import SYSTEM
from crm.messages import Draft
from crm.models import Clarification, Conversation
from routing import words

AT_ONCE = 100


def tell_clarifications(engine: Engine) -> int:
    """Tell what is still untold; returns how many messages were written.

    A transaction tells at most `AT_ONCE` people: one that dies is told again to nobody.
    """
    with db.reading(engine) as s:
        if not clarifications.any_untold(s):
            return 0
    with db.transaction(engine) as s:
        clarifications.settle_unheard(s)
    told = 0
    while True:
        with db.transaction(engine) as s:
            waiting = clarifications.untold(s, limit=1)
            if not waiting:
                return told
            told += _tell(s, waiting[0])


def _tell(s: Session, clarification: Clarification) -> int:
    found = clarifications.hearers(s, clarification, AT_ONCE)
    told = sum(_say(s, clarification, hearer) for hearer in found)
    if len(found) < AT_ONCE:
        clarifications.settle(clarification)
    return told


def _say(s: Session, clarification: Clarification, hearer: Hearer) -> bool:
    if not clarifications.heard(s, clarification, hearer):
        return False
    talk = s.get_one(Conversation, hearer.conversation)
    text = words.say(
        talk.language,
        _key(clarification, hearer),
        number=clarification.number,
        asked=clarification.asked,
        answer=clarification.answer,
    )
    messages.say(s, talk, Draft(SYSTEM, text, talk.language))
    return True


def _key(clarification: Clarification, hearer: Hearer) -> str:
    if clarification.edition > 1:
        return "clarification_changed"
    return "clarification_yours" if hearer.asked else "clarification_published"
