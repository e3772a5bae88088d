"""The guard over what the desk says in private of a tender that is open.

What it looks for is in `bot/acting/guard.py`; here is which tender the talk is about, and whether
it is open. It is narrow: no open tender in the talk, or no question about its content, no guard.
"""

from bot.acting.guard import asks_content, tells_content
from bot.acting.lookups import is_open
from bot.spotting import tender_number
from crm import clock, messages, tenders
from crm.access import Member, may
from crm.db import Session
from crm.errors import EqualInformation, Forbidden
from crm.models import Conversation, Tender

LOOK_BACK = 3  # messages of the contact


def check(
    s: Session, member: Member, conversation: Conversation, draft: str, reason: str | None
) -> bool:
    """Raises EqualInformation for a draft that tells one bidder what all must be told alike.

    True when a supervisor lets it pass with a reason, which the caller writes down.
    """
    tender = _tender_of(s, conversation, draft)
    if tender is None or not _breaks(s, conversation, draft):
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
