"""Mails that machines wrote: who answers them feeds a loop (RFC 3834)."""

import re
from email.message import Message

SUBJECT = re.compile(
    r"^\s*(?:out of (?:the )?office|automatic reply|auto(?:matic)?[- ]?(?:reply|response)|autoreply"
    r"|vacation reply|respuesta autom[áa]tica|fuera de (?:la )?oficina|ausencia"
    r"|자동\s?(?:회신|응답)|부재\s?중)",
    re.IGNORECASE,
)
SENDER = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|noresponder|bounces?|listserv)"
    r"(?:[+.-][^@]*)?@",
    re.IGNORECASE,
)
FLAGS = (
    "x-autoreply",
    "x-autorespond",
    "x-auto-reply",
    "x-vacation",
    "list-id",
    "list-unsubscribe",
)
FAX = re.compile(r"\bfax\b|팩스", re.IGNORECASE)
MOST_HOPS = 40
MARK = "x-sinmungo-desk"


def is_automatic(mail: Message, sender: str, subject: str) -> bool:
    """Whether no person wrote this. A fax that a machine turned into a mail was one's own act."""
    if FAX.search(subject):
        return False
    submitted = str(mail.get("auto-submitted", "no")).split(";")[0].strip().lower()
    if submitted not in {"", "no"}:
        return True
    precedence = str(mail.get("precedence", "")).strip().lower()
    if precedence in {"bulk", "junk", "list", "auto_reply"}:
        return True
    if any(mail.get(flag) for flag in FLAGS):
        return True
    empty_return = str(mail.get("return-path", "x")).strip() == "<>"
    return empty_return or bool(SENDER.match(sender) or SUBJECT.match(subject))


def is_loop(mail: Message, mark: str) -> bool:
    """Whether the mail has been here before, or wanders among servers without end."""
    hops = len(mail.get_all("received") or [])
    return hops > MOST_HOPS or str(mail.get(MARK, "")).strip() == mark
