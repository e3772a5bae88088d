"""The guard over what the desk says in private of a tender that is open.

What it looks for is in `bot/acting/guard.py`; here is which tender the talk is about, and whether
it is open. It is narrow: no open tender in the talk, or no question about its content, no guard.
"""

from bot.acting.guard import asks_content, tells_content
from bot.acting.lookups import is_open
from bot.memory import Memory
from bot.phrases import catalogue
from bot.spotting import tender_number
from bot.wording import Wording
from crm import clock, conversations, messages, tenders
from crm.access import Member, may
from crm.db import Session
from crm.errors import Conflict, EqualInformation, Forbidden
from crm.events import BOT, Actor
from crm.messages import Draft
from crm.models import Conversation, Tender
from knowledge.port import LANGUAGES, Language

LOOK_BACK = 3  # messages of the contact


def check(
    s: Session, member: Member, conversation: Conversation, draft: str, reason: str | None
) -> bool:
    """Raises EqualInformation for a draft that tells one bidder what all must be told alike.

    True when a supervisor lets it pass with a reason, which the caller writes down.
    """
    tender = held_back(s, conversation, draft)
    if tender is None:
        return False
    if reason and reason.strip():
        if not may(member, "guard.override"):
            raise Forbidden("Only a supervisor may let this pass.")
        return True
    raise EqualInformation(
        "This tender is open: what is said of its content must reach all bidders alike. "
        "Post it as an official clarification instead.",
        tender=tender.number,
    )


def held_back(s: Session, conversation: Conversation, draft: str) -> Tender | None:
    """The open tender whose content a draft tells in private; None where it may be said."""
    tender = _tender_of(s, conversation, draft)
    return tender if tender and _breaks(s, conversation, draft) else None


def offer_official(s: Session, member: Member, conversation: Conversation) -> None:
    """Offer the contact to post their question as an official clarification.

    The bot has the talk from here on, with the question in its memory: the contact's choice begins
    the act, so it is proven, previewed and said yes to as every other. Raises Conflict where no
    open tender is spoken of.
    """
    tender = _tender_of(s, conversation, "")
    asked = _question(s, conversation)
    if tender is None or not asked:
        raise Conflict("No question about an open tender is asked in this conversation.")
    actor = Actor("counselor", member.id)
    conversations.give_to_bot(s, conversation, actor=actor)
    memory = Memory(guarded=asked, facts={"tender_number": tender.number})
    conversations.remember(conversation, memory.state())
    words = Wording(catalogue(), _known(conversation.language))
    text = words("guard_offer", number=tender.number)
    choices = (words("choice_clarify"), words("choice_counselor"))
    messages.say(s, conversation, Draft(BOT, text, conversation.language, choices=choices))
    conversations.clarification_offered(s, conversation, actor=actor)


def _question(s: Session, conversation: Conversation) -> str:
    """What the contact asked last about the tender's content, or said last at all."""
    said = [m.text for m in messages.thread(s, conversation.id) if m.author_kind == "contact"]
    asked = (t for t in reversed(said[-LOOK_BACK:]) if asks_content(t, of_a_tender=True))
    return next(asked, said[-1] if said else "")


def _known(language: str) -> Language:
    return next((one for one in LANGUAGES if one == language), "en")


def _tender_of(s: Session, conversation: Conversation, draft: str) -> Tender | None:
    """The open tender that the draft or the talk names last."""
    said = [m.text for m in messages.thread(s, conversation.id) if m.author_kind == "contact"]
    packet = conversation.handoff or {}
    told = str((packet.get("facts") or {}).get("tender_number") or "")
    for text in (draft, *reversed(said), told):
        number = tender_number(text)
        if number:
            tender = tenders.by_number(s, number)
            return tender if tender and _open(tender) else None
    return None


def _open(tender: Tender) -> bool:
    ends = tender.tender_ends
    return is_open(tender.status) and (ends is None or ends > clock.now())


def _breaks(s: Session, conversation: Conversation, draft: str) -> bool:
    said = [m.text for m in messages.thread(s, conversation.id) if m.author_kind == "contact"]
    asked = next((t for t in reversed(said[-LOOK_BACK:]) if asks_content(t, of_a_tender=True)), "")
    if not asked and tender_number(draft) is None:
        return False
    return tells_content(draft, asked)
