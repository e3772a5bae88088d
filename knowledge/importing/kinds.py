"""What a file is, by its bytes: its name is only what somebody called it."""

import io
import re
import zipfile
from pathlib import PurePath

from knowledge.importing.port import MAX_PARTS, Kind, Note, Unreadable

ENDINGS: dict[Kind, frozenset[str]] = {
    "markdown": frozenset({"", "md", "markdown", "txt"}),
    "html": frozenset({"html", "htm", "xhtml"}),
    "mhtml": frozenset({"mht", "mhtml"}),
    "webarchive": frozenset({"webarchive"}),
    "docx": frozenset({"docx", "docm", "dotx", "dotm"}),
    "pdf": frozenset({"pdf"}),
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
OLD_WORD = "WordDocument".encode("utf-16-le")
HANGUL, HANGUL_PART = b"HWP Document File", "Contents/section0.xml"
# Text by its bytes, but written for machines: nobody wants its tags in an article.
OTHER_TEXT = re.compile(rb"^\s*(?:\{\\rtf|<\?xml\b|<!doctype\b|<svg\b|%!PS)", re.IGNORECASE)
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
# No second look at a comment that was read: the ways to part many of them are past counting.
HTML = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*|(?><!--.*?-->)\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
MAIL_HEADER = re.compile(
    rb"^(?:from|subject|date|mime-version|content-type|snapshot-content-location):", re.IGNORECASE
)
HEAD = 4096


def kind_of(name: str, content: bytes) -> tuple[Kind, tuple[Note, ...]]:
    """The kind of a file, with a note where its name says another; raises Unreadable."""
    ending = PurePath(name).suffix.lower().lstrip(".")
    kind = _by_bytes(content, ending)
    if ending in ENDINGS[kind]:
        return kind, ()
    return kind, (Note("wrong_ending", {"ending": ending, "kind": kind}),)


def _by_bytes(content: bytes, ending: str) -> Kind:
    head = content[:HEAD].removeprefix(b"\xef\xbb\xbf")
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        return _of_zip(content)
    if content.startswith(OLE):
        raise Unreadable(_reason_in_ole(content))
    if content.startswith(b"bplist00") and b"WebMainResource" in content:
        return "webarchive"
    if MAIL_HEADER.match(head.lstrip()) and re.search(
        rb"multipart/related|text/html", head, re.IGNORECASE
    ):
        return "mhtml"
    if HTML.match(head) or (ending in ENDINGS["html"] and b"<" in head):
        return "html"
    if b"\0" in content[:HEAD] and not content.startswith(BYTE_ORDER_MARKS):
        raise Unreadable("unknown_kind")
    if ending == "pdf" or ending in ENDINGS["docx"]:
        raise Unreadable("broken")
    if OTHER_TEXT.match(head):
        raise Unreadable("unknown_kind")
    return "markdown"


def _reason_in_ole(content: bytes) -> str:
    """Why a file of the container that Office had before zip, and Hangul has, cannot be read."""
    if ENCRYPTED_PACKAGE in content:
        return "encrypted"
    if HANGUL in content:
        return "hangul"
    return "old_word" if OLD_WORD in content else "unknown_kind"


def _of_zip(content: bytes) -> Kind:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Unreadable("broken") from error
    if len(names) > MAX_PARTS:
        raise Unreadable("bomb")
    if HANGUL_PART in names:
        raise Unreadable("hangul")
    if "word/document.xml" not in names:
        raise Unreadable("unknown_kind")
    return "docx"
