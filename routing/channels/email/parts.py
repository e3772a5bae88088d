"""The parts of a mail: the words it says, and the files that came with it."""

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from routing.channels.email.charsets import decoded, header_text
from routing.channels.email.html_text import text_of
from routing.channels.port import Attachment, Unreadable

MAX_PARTS = 150
LOGO_BYTES = 10_000
# What a plain part says when the words are in the HTML part alone.
STUB = re.compile(
    r"(?:view|ver|see).{0,40}(?:html|browser|navegador)|html.{0,40}(?:supported|required|compatible)"
    r"|HTML.{0,30}(?:지원|메일)",
    re.IGNORECASE,
)
MADE_OF_PARTS = frozenset({"message/delivery-status", "message/disposition-notification"})


@dataclass(slots=True)
class Content:
    """What a mail holds: `text` as a person reads it; `html` while that is the original of it."""

    text: str = ""
    html: str = ""
    quoted: bool = False
    files: list[Attachment] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def content_of(mail: Message) -> Content:
    """Raises Unreadable where a mail is built to be unreadable."""
    found = Content()
    plain: list[str] = []
    html: list[str] = []
    for part in _leaves(mail):
        name, kind = _name(part), part.get_content_type()
        if _is_words(part, name, kind):
            (html if kind == "text/html" else plain).append(_words(part))
        elif kind == "application/ms-tnef" or name.lower() == "winmail.dat":
            found.left_out.append(("file_refused", name or "winmail.dat"))
        else:
            _file(part, name, kind, found, "".join(html))
    _choose(found, plain, html)
    return found


def _leaves(mail: Message) -> Iterator[Message]:
    count = 0
    for part in mail.walk():
        count += 1
        if count > MAX_PARTS:
            raise Unreadable("too_many_parts")
        if part.is_multipart() or part.get_content_type() in MADE_OF_PARTS:
            continue
        yield part


def _is_words(part: Message, name: str, kind: str) -> bool:
    disposition = str(part.get("content-disposition", "")).strip().lower()
    if disposition.startswith("attachment") or name:
        return False
    return kind in {"text/plain", "text/html"}


def _words(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_param("charset")
    text = decoded(payload, charset if isinstance(charset, str) else None)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if str(part.get_param("format", "")).lower() == "flowed":
        text = _unflowed(text, delete_space=str(part.get_param("delsp", "")).lower() == "yes")
    return text


def _unflowed(text: str, *, delete_space: bool) -> str:
    """Lines that end in a space go on in the next one (RFC 3676)."""
    out: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        whole = line.removeprefix(" ") if line.startswith(" ") else line
        if goes_on and out and not whole.startswith(">"):
            before = out[-1].rstrip(" ") if delete_space else out[-1]
            out[-1] = before + whole
        else:
            out.append(whole)
        goes_on = whole.endswith(" ") and whole != "-- "
    return "\n".join(out)


def _choose(found: Content, plain: list[str], html: list[str]) -> None:
    """Plain words where there are any; else those of the HTML, which is then the original."""
    words = "\n\n".join(text.strip("\n") for text in plain if text.strip())
    is_stub = len(words) < 300 and bool(STUB.search(words))
    if words.strip() and not (html and is_stub):
        found.text = words
        return
    found.html = "\n".join(html)
    found.text, found.quoted = text_of(found.html) if html else (words, False)


def _file(part: Message, name: str, kind: str, found: Content, html: str) -> None:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    if not content:
        return
    cid = str(part.get("content-id", "")).strip("<> \t")
    if kind.startswith("image/") and cid and len(content) < LOGO_BYTES and f"cid:{cid}" in html:
        return  # the little picture of a signature
    name = name or "file" + (mimetypes.guess_extension(kind) or "")
    found.files.append(Attachment(name, content, kind))


def _name(part: Message) -> str:
    try:
        name = part.get_filename("")
    except (LookupError, ValueError, TypeError):
        name = ""
    return header_text(str(name))[:200]
