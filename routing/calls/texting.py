"""What cannot be kept in an ear is texted: the sources of an answer, the receipt of an act."""

from collections.abc import Sequence

from crm import messages, outbox
from crm.events import BOT
from crm.messages import Draft
from crm.models import Message
from routing.calls.talk import Talk
from routing.calls.turn import replies


def can_text(talk: Talk, said: Sequence[Message]) -> bool:
    """Whether there is something to text, and somewhere to text it to."""
    return bool(talk.can_text and talk.call.number and _lines(talk, said))


def offer(said: Sequence[Message]) -> str:
    return "text_receipt_offer" if any(map(_is_receipt, said)) else "text_offer"


def send(talk: Talk) -> str:
    """Text what was said last; returns what to say of it."""
    said = replies(talk)
    if not can_text(talk, said):
        return "cannot_text"
    text = "\n".join(dict.fromkeys(_lines(talk, said)))
    sealed = next((m.sealed_until for m in said if m.sealed_until), None)
    draft = Draft(BOT, text, talk.language, sealed_until=sealed)
    message = messages.say(talk.s, talk.conversation, draft)
    number, account = talk.call.number or "", talk.call.account
    outbox.post_to(talk.s, message, channel="sms", account=account, address=number)
    return "receipt_texted" if any(map(_is_receipt, said)) else "texted"


def _lines(talk: Talk, said: Sequence[Message]) -> list[str]:
    receipts = [m.text for m in said if _is_receipt(m)]
    sources = [c for message in said for c in message.citations]
    return receipts + [f"{c['title']}: {talk.settings.public_url}{c['url']}" for c in sources]


def _is_receipt(message: Message) -> bool:
    return message.act == "action_done"
