"""What mail servers tell of our mails: delivery reports (RFC 3464) and read receipts (RFC 8098)."""

import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message

from routing.channels.email.addresses import Addresses
from routing.channels.port import Receipt

# RFC 3463 codes that say what a counselor should do next; the rest go by their class.
REASONS = {
    "5.1.0": "no such address",
    "5.1.1": "no such address",
    "5.1.2": "no such domain",
    "5.1.3": "the address is malformed",
    "5.1.6": "the mailbox has moved",
    "5.1.10": "the domain takes no mail",
    "5.2.0": "the mailbox refuses",
    "5.2.1": "the mailbox is switched off",
    "5.2.2": "the mailbox is full",
    "5.2.3": "the mail is too large for the mailbox",
    "5.3.4": "the mail is too large for the server",
    "5.4.1": "the server takes no mail for this address",
    "5.4.4": "no route to the domain",
    "5.4.6": "a loop between servers",
    "5.4.7": "the server was away too long",
    "5.5.0": "the server did not understand",
    "5.6.0": "the content is not taken",
    "5.7.0": "refused by policy",
    "5.7.1": "refused by policy",
    "5.7.26": "the sender could not be authenticated (SPF, DKIM)",
    "4.2.2": "the mailbox is full for now",
    "4.4.1": "the server does not answer for now",
    "4.4.7": "the server was away too long",
    "4.7.1": "greylisted",
}
CLASSES = {"2": "delivered", "4": "a passing trouble", "5": "refused for good"}
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
SMTP_CODE = re.compile(r"\b([45])\d\d[ -]")
STATES = {"failed": "failed", "delayed": "delayed", "delivered": "delivered"}


def reason_of(text: str) -> str:
    """The reason for an enhanced status code in `text`, in words; the code itself goes with it."""
    found = STATUS.search(text)
    if not found:
        return "refused"
    code = found.group(0)
    return f"{REASONS.get(code) or CLASSES[found.group(1)]} ({code})"


def is_report(mail: Message) -> bool:
    kind = str(mail.get_param("report-type", "")).lower()
    return mail.get_content_type() == "multipart/report" and kind in {
        "delivery-status",
        "disposition-notification",
    }


def receipts(mail: Message, addresses: Addresses, sender: str) -> list[Receipt]:
    """What a report tells of one of our deliveries; empty when it is no report on us."""
    told = addresses.delivery_in(_recipients(mail)) or addresses.delivery_of_ids(_returned(mail))
    if not told:
        return []
    if is_report(mail):
        return list(_of_report(mail, told))
    if re.match(r"(?:mailer-daemon|postmaster)@", sender, re.IGNORECASE):
        return [_of_words(mail, told)]
    return []


def _of_report(mail: Message, key: str) -> Iterator[Receipt]:
    if str(mail.get_param("report-type", "")).lower() == "disposition-notification":
        text = _part_text(mail, "message/disposition-notification").lower()
        if "displayed" in text:
            yield Receipt("read", key=key)
        return
    text = _part_text(mail, "message/delivery-status")
    action = re.search(r"^action:\s*(\w+)", text, re.IGNORECASE | re.MULTILINE)
    state = STATES.get(action.group(1).lower() if action else "failed")
    if state == "failed":
        yield Receipt("failed", key=key, reason=reason_of(text))
    elif state == "delayed":
        yield Receipt("delayed", key=key, reason=reason_of(text))
    elif state == "delivered":
        yield Receipt("delivered", key=key)


def _of_words(mail: Message, key: str) -> Receipt:
    """Servers that tell in prose alone: a code in it says whether the trouble will pass."""
    text = _prose(mail)
    status, code = STATUS.search(text), SMTP_CODE.search(text)
    first = status.group(1) if status else code.group(1) if code else "5"
    passing = first == "4" or re.search(r"delayed|will keep trying|warning", text, re.IGNORECASE)
    return Receipt("delayed" if passing else "failed", key=key, reason=reason_of(text))


def _recipients(mail: Message) -> str:
    names = ("to", "delivered-to", "x-original-to", "envelope-to", "x-failed-recipients")
    return " ".join(str(value) for name in names for value in mail.get_all(name) or [])


def _returned(mail: Message) -> str:
    """Message-IDs in what a report gives back of the mail itself."""
    return " ".join(re.findall(r"<d\.[0-9a-f.]{41}@[^>\s]{1,255}>", _flat(mail), re.IGNORECASE))


def _part_text(mail: Message, kind: str) -> str:
    return "\n".join(
        "\n".join(f"{k}: {v}" for block in _blocks(part) for k, v in block.items())
        for part in mail.walk()
        if part.get_content_type() == kind
    )


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        return [block for block in payload if isinstance(block, Message)]

    return [message_from_string(str(payload))]


def _prose(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace")[:5000] if isinstance(payload, bytes) else ""
    return ""


def _flat(mail: Message) -> str:
    try:
        return mail.as_string()[:200_000]
    except (UnicodeError, LookupError, ValueError, TypeError, KeyError):
        return ""
