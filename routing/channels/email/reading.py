"""A raw mail, as it arrived, to what the desk makes of it."""

import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses

from routing.channels.email import automatic, bounces
from routing.channels.email.addresses import Addresses
from routing.channels.email.charsets import header_text
from routing.channels.email.parts import Content, content_of
from routing.channels.email.trimming import trimmed
from routing.channels.port import Attachment, Incoming, Received, Thread, Unreadable

MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
ADDRESS = re.compile(r"[^@\s<>\"',;:()]{1,64}@[^@\s<>\"',;:()]{1,255}")
TICKET = re.compile(r"\bT-\d{4}-\d{6}\b")
PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|rv|fwd?|fw|res|enc|reenv|회신|답장|전달)\s*(?:\[\d+\])?\s*:\s*|\[T-[\d-]+\]\s*)+",
    re.IGNORECASE,
)
MAX_TEXT = 20_000
MAX_ANSWERS = 30


@dataclass(frozen=True, slots=True)
class Reader:
    """How this desk reads mail. `mark` is the word by which it knows its own."""

    addresses: Addresses
    mark: str

    def read(self, raw: bytes, *, approved: bool = False) -> Received:
        """Raises Unreadable with a reason. `approved`: a person wants it taken in all the same."""
        try:
            return self._read(raw, approved=approved)
        except RecursionError as error:
            raise Unreadable("nested_too_deep") from error

    def _read(self, raw: bytes, *, approved: bool) -> Received:
        mail = message_from_bytes(raw, policy=compat32)
        sender, name = _sender(mail)
        subject = header(mail, "subject")
        told = bounces.receipts(mail, self.addresses, sender)
        if told:
            return Received(receipts=told)
        if not approved:
            self._hold_back(mail, sender)
        if not sender:
            raise Unreadable("no_sender")
        content = content_of(mail)
        return Received([self._incoming(raw, mail, sender, name, subject, content, approved)])

    def _hold_back(self, mail: Message, sender: str) -> None:
        writers = [sender, *(address for _, address in getaddresses([header(mail, "from")]))]
        if automatic.is_loop(mail, self.mark) or any(map(self.addresses.is_own, writers)):
            raise Unreadable("loop")
        if bounces.is_report(mail):
            raise Unreadable("report_on_unknown_mail")

    def _incoming(
        self,
        raw: bytes,
        mail: Message,
        sender: str,
        name: str,
        subject: str,
        content: Content,
        approved: bool,
    ) -> Incoming:
        text = trimmed(content.text, subject)
        answers = _answers(mail)
        plain_subject = PREFIX.sub("", subject).strip()
        if not answers and plain_subject and plain_subject.casefold() not in text.casefold():
            text = f"{plain_subject}\n\n{text}".strip()
        original = _original(content, text)
        if original:
            content.left_out.append(("trimmed", original.name))
        return Incoming(
            external_id=identity(raw),
            address=sender,
            text=text[:MAX_TEXT] or plain_subject,
            name=name or None,
            files=content.files,
            original=original,
            left_out=content.left_out if not content.html or content.left_out else [],
            automatic=not approved and automatic.is_automatic(mail, sender, subject),
            thread=Thread(
                key=message_id(mail) or identity(raw),
                answers=answers,
                conversation=self.addresses.conversation_in(_recipients(mail)),
                ticket=_ticket(subject),
                subject=plain_subject[:300],
            ),
        )


def header(mail: Message, name: str) -> str:
    """The first header of that name as a person reads it; the raw form survives odd bytes."""
    for key, value in mail.raw_items():
        if key.lower() == name:
            return header_text(str(value))
    return ""


def message_id(mail: Message) -> str | None:
    found = MESSAGE_ID.search(header(mail, "message-id"))
    return found.group(0) if found else None


def identity(raw: bytes) -> str:
    """The name under which a mail is kept once: its Message-ID and a digest of what it says.

    Both, because some programs give every mail the same Message-ID and others give none, and the
    same mail may come twice over two routes with different headers on top.
    """
    head, body = _cut(raw)
    mail = BytesHeaderParser(policy=compat32).parsebytes(head)
    said = b"\0".join(
        header(mail, name).encode("utf-8", "replace") for name in ("from", "date", "subject")
    )
    lines = b"\n".join(line.rstrip() for line in body.splitlines()).strip()
    if not said.strip(b"\0"):  # no mail at all: all of it is what it says
        lines = raw
    digest = hashlib.sha256(said + b"\0" + lines).hexdigest()
    return f"{(message_id(mail) or '')[:150]}#{digest[:32]}"


def id_in(external_id: str) -> str | None:
    """The Message-ID in what `identity` gave."""
    found = MESSAGE_ID.match(external_id)
    return found.group(0) if found else None


def _cut(raw: bytes) -> tuple[bytes, bytes]:
    found = re.search(rb"\r?\n\r?\n", raw)
    return (raw[: found.end()], raw[found.end() :]) if found else (raw, b"")


def _sender(mail: Message) -> tuple[str, str]:
    """Who wrote, by Reply-To and then From: lower-case address and shown name."""
    shown = ""
    for name in ("reply-to", "from", "sender"):
        value = header(mail, name)
        if not value:
            continue
        try:
            pairs = getaddresses([value])
        except (ValueError, IndexError):
            pairs = []
        for label, address in pairs:
            shown = shown or (label if name == "from" else "")
            if ADDRESS.fullmatch(address):
                return address.lower(), _from_name(mail) or label
        found = ADDRESS.search(value)
        if found:
            return found.group(0).lower(), shown
    return "", shown


def _from_name(mail: Message) -> str:
    pairs = getaddresses([header(mail, "from")])
    return pairs[0][0].strip() if pairs else ""


def _answers(mail: Message) -> list[str]:
    """Message-IDs that this mail answers, the nearest first."""
    near = MESSAGE_ID.findall(header(mail, "in-reply-to"))
    far = MESSAGE_ID.findall(header(mail, "references"))
    return list(dict.fromkeys([*near, *reversed(far)]))[:MAX_ANSWERS]


def _recipients(mail: Message) -> str:
    names = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
    return " ".join(header_text(str(v)) for n in names for v in mail.get_all(n) or [])


def _ticket(subject: str) -> str | None:
    found = TICKET.search(subject)
    return found.group(0) if found else None


def _original(content: Content, text: str) -> Attachment | None:
    """What stands beside the message when its text is not all that was written."""
    if content.html:
        return Attachment("original.html", content.html.encode("utf-8", "replace"))
    if len(text) > MAX_TEXT or content.text.strip() not in text:
        return Attachment("original.txt", content.text.encode("utf-8", "replace"))
    return None
