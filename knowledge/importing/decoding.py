"""Bytes as text, where nothing says how they were written."""

from charset_normalizer import from_bytes

from knowledge.importing.port import Unreadable


def text_of(content: bytes) -> str:
    """UTF-8 or UTF-16 if it is, else the likeliest of the rest; raises Unreadable."""
    for encoding in ("utf-8-sig", "utf-16"):
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    best = from_bytes(content, cp_isolation=["cp949", "cp1252", "cp1251"]).best()
    if best is None:
        raise Unreadable("unknown_kind")
    return str(best)


def known(encoding: str | None) -> str | None:
    """The name of an encoding as it was said beside a text, if there is one of that name."""
    try:
        "".encode(encoding or "utf-8")
    except (LookupError, ValueError):  # Python knows one by the name "undefined", which never works
        return None
    return encoding
