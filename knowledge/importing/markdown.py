"""Markdown, as an article file of ours or as anybody writes it."""

import re
from datetime import date

from knowledge import article_text, topics
from knowledge.importing import decoding
from knowledge.importing.port import Note, Text
from knowledge.port import LANGUAGES

IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)|<img\b[^>]*>", re.IGNORECASE)
# A line of text with a rule right below it is a heading as well.
UNDERLINED = re.compile(r"^(?P<heading>[^\s#>|*+-][^\n]*)\n(?P<rule>=+|-{2,})[ \t]*$", re.MULTILINE)
FIRST_HEADING = re.compile(r"^# +(.+?)\s*#*$", re.MULTILINE)
FRONT = re.compile(r"\A---[ \t]*\n(?P<front>.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
CHOICES = {
    "language": LANGUAGES,
    "topic": topics.KNOWN,
    "audience": article_text.AUDIENCES,
}
DAYS = ("valid-from", "valid-until", "review-on")
MAX_FRONT = 20_000


def read(content: bytes) -> Text:
    text = decoding.text_of(content).replace("\r\n", "\n").replace("\r", "\n")
    front = FRONT.match(text[:MAX_FRONT])
    about, notes = _about(front["front"]) if front else ({}, [])
    body = text[front.end() :] if front else text
    body, images = IMAGE.subn("", body)
    body = UNDERLINED.sub(_with_marks, body)
    if images:
        notes.append(Note("images", {"n": images}))
    first = FIRST_HEADING.search(body)
    title = about.pop("title", "") or (first[1] if first else "")
    return Text(title, body, tuple(notes), about)


def _with_marks(found: re.Match[str]) -> str:
    return f"{'#' if found['rule'][0] == '=' else '##'} {found['heading']}"


def _about(front: str) -> tuple[dict[str, str], list[Note]]:
    """The fields that hold, and a note for each that does not, with its line."""
    about: dict[str, str] = {}
    notes: list[Note] = []
    for at, line in enumerate(front.split("\n"), 2):
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), _plain(value)
        if name not in article_text.FIELDS or not value:
            continue
        code = _fault(name, value)
        # Whether the record has a topic of the folder's own is known to who asked for the reading.
        foreign = name == "topic" and bool(topics.SLUG.match(value))
        if code:
            notes.append(Note(code, {"field": name, "value": value[:80], "line": at}))
        if not code or foreign:
            about[name] = value
    first, last = about.get("valid-from", ""), about.get("valid-until", "")
    if first and last and last < first:
        notes.append(Note("days_turned", {"first": first, "last": about.pop("valid-until")}))
    return about, notes


def _plain(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return re.sub(r"(^|\s+)#.*$", "", value)


def _fault(name: str, value: str) -> str | None:
    if name in DAYS and not _is_day(value):
        return "no_such_day"
    if name in CHOICES and value not in CHOICES[name]:
        return "no_such_choice"
    if name == "id" and not article_text.SLUG.match(value):
        return "no_such_choice"
    return None


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
