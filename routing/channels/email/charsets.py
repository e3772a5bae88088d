"""Bytes to words, whatever a mail says that they are: wrong, unknown and missing charsets."""

import re
from email.errors import HeaderParseError
from email.header import decode_header

from charset_normalizer import from_bytes

# What programs call an encoding, and what they in fact send (mostly its larger vendor form).
MEANT = {
    "euc-kr": "cp949",
    "euckr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "ms949": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "utf8mb4": "utf-8",
    "utf8": "utf-8",
    "cp-850": "cp850",
    "macintosh": "mac_roman",
}
HANGUL = re.compile(r"[\uac00-\ud7a3]")
PROBE = 20_000
MAX_HEADER = 20_000
# Two encoded words with only space between them are one text; some programs cut inside a letter.
BETWEEN_WORDS = re.compile(r"(=\?[^?\s]{1,60}\?[bq]\?[^?\s]*\?=)\s+(?==\?)", re.IGNORECASE)
WORD = re.compile(r"=\?[^?\s]{1,60}\?[bq]\?[^?\s]*\?=", re.IGNORECASE)


def decoded(content: bytes, said: str | None) -> str:
    """The text of `content`; `said` is the charset it came with, believed only where it fits."""
    name = (said or "").strip(" \"'").lower()
    for candidate in (MEANT.get(name, name), "utf-8"):
        text = _strictly(content, candidate)
        if text is not None:
            return text.removeprefix("\ufeff")
    return _guessed(content)


def header_text(raw: str) -> str:
    """A header as a person reads it: encoded words, raw eight-bit bytes, folded lines."""
    raw = raw[:MAX_HEADER]
    if any("\udc80" <= c <= "\udcff" for c in raw):
        raw = decoded(raw.encode("utf-8", "surrogateescape"), None)
    raw = re.sub(r"[\r\n]+[ \t]*", " ", raw)
    if "=?" in raw:
        raw = _words(BETWEEN_WORDS.sub(r"\1 ", raw))
    return " ".join(raw.split())


def _words(raw: str) -> str:
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError, LookupError):
        return WORD.sub("", raw)
    joined: list[tuple[bytes | str, str | None]] = []
    for content, charset in pieces:
        before = joined[-1] if joined else None
        same = before is not None and charset is not None and charset == before[1]
        if same and isinstance(content, bytes) and isinstance(joined[-1][0], bytes):
            joined[-1] = (joined[-1][0] + content, charset)
            continue
        joined.append((content, charset))
    return "".join(
        decoded(content, charset) if isinstance(content, bytes) else content
        for content, charset in joined
    )


def _strictly(content: bytes, name: str) -> str | None:
    if not name or "\x00" in name:
        return None
    try:
        return content.decode(name)
    except (LookupError, ValueError, TypeError):
        return None


def _guessed(content: bytes) -> str:
    korean = _strictly(content, "cp949")
    if korean and len(HANGUL.findall(korean)) * 4 > len(korean) / 2:
        return korean
    best = from_bytes(content[:PROBE]).best()
    if best is not None:
        text = _strictly(content, best.encoding)
        if text is not None:
            return text
    return content.decode("cp1252", "replace")
