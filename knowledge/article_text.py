"""Reading an article as it is written: front matter, then sections with their questions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from knowledge.port import LANGUAGES

TOPICS = (
    "registration",
    "bidding",
    "contract",
    "payment",
    "sme",
    "innovation",
    "legal",
    "callcenter",
    "compranet",
    "koneps",
    "complaint",
    "buyer",
)
AUDIENCES = ("supplier", "buyer", "both", "public")
FIELDS = (
    "id",
    "language",
    "title",
    "topic",
    "audience",
    "queue",
    "law",
    "valid-from",
    "valid-until",
    "source",
    "owner",
)
MAY_BE_EMPTY = ("law", "valid-until")
MAY_BE_MISSING = ("review-on",)
FENCE = "---"
HEADING = re.compile(r"^## +(?P<heading>.+?)\s*\{#(?P<anchor>[a-z0-9][a-z0-9-]*)\}\s*$")
SLUG = re.compile(r"^[a-z0-9][a-z0-9-]{0,79}$")


class BadArticle(ValueError):
    """What is wrong with an article's text; each problem names its line."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {problem}" for line, problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Section:
    """A part that answers one question. `alternates` are other ways to ask it, never shown."""

    anchor: str
    heading: str
    alternates: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ArticleText:
    """One article in one language, as written."""

    id: str
    language: str
    title: str
    topic: str
    audience: str
    queue: str
    law: str
    valid_from: date
    valid_until: date | None
    source: str
    owner: str
    body: str
    review_on: date | None = None


def parse(text: str) -> ArticleText:
    """An article file's whole text; raises BadArticle naming every problem and its line."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").split("\n")
    fields, places, body_at = _front_matter(lines)
    problems = _field_problems(fields, places)
    body = "\n".join(lines[body_at:]).strip("\n") + "\n"
    problems += _section_problems(lines, body_at)
    if problems:
        raise BadArticle(problems)
    until, review = fields["valid-until"], fields.get("review-on")
    return ArticleText(
        id=fields["id"],
        language=fields["language"],
        title=fields["title"],
        topic=fields["topic"],
        audience=fields["audience"],
        queue=fields["queue"],
        law=fields["law"],
        valid_from=date.fromisoformat(fields["valid-from"]),
        valid_until=date.fromisoformat(until) if until else None,
        source=fields["source"],
        owner=fields["owner"],
        body=body,
        review_on=date.fromisoformat(review) if review else None,
    )


def sections(body: str) -> list[Section]:
    """The sections of a body; raises BadArticle when it has none or one is not well formed."""
    lines = body.split("\n")
    problems = _section_problems(lines, 0)
    if problems:
        raise BadArticle(problems)
    starts = [at for at, line in enumerate(lines) if line.startswith("## ")]
    ends = [*starts[1:], len(lines)]
    return [_section(lines[start:end]) for start, end in zip(starts, ends, strict=True)]


def _section(lines: list[str]) -> Section:
    heading = HEADING.match(lines[0])
    assert heading is not None  # noqa: S101 - _section_problems has refused anything else
    asked = [line[1:].split("|") for line in lines[1:] if line.startswith("? ")]
    alternates = [way.strip() for ways in asked for way in ways if way.strip()]
    text = "\n".join(line for line in lines[1:] if not line.startswith("? ")).strip()
    return Section(
        anchor=heading["anchor"],
        heading=heading["heading"],
        alternates=tuple(dict.fromkeys(alternates)),
        text=re.sub(r"\n{3,}", "\n\n", text),
    )


def _front_matter(lines: list[str]) -> tuple[dict[str, str], dict[str, int], int]:
    if not lines or lines[0].strip() != FENCE:
        raise BadArticle([(1, "the first line must be --- and open the front matter")])
    try:
        end = next(at for at, line in enumerate(lines[1:], 1) if line.strip() == FENCE)
    except StopIteration:
        raise BadArticle([(1, "the front matter is not closed by a line ---")]) from None
    fields: dict[str, str] = {}
    places: dict[str, int] = {}
    for at, line in enumerate(lines[1:end], 2):
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon:
            raise BadArticle([(at, f"'{line.strip()}' is not of the form name: value")])
        fields[name.strip()] = _plain(value)
        places[name.strip()] = at
    return fields, places, end + 1


def _plain(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return re.sub(r"(^|\s+)#.*$", "", value)


def _field_problems(fields: Mapping[str, str], places: Mapping[str, int]) -> list[tuple[int, str]]:
    problems = [(1, f"the field {name} is missing") for name in FIELDS if name not in fields]
    problems += [
        (places[name], f"{name} is not a field; the fields are {', '.join(FIELDS)}")
        for name in fields
        if name not in FIELDS + MAY_BE_MISSING
    ]
    problems += [
        (places[name], f"{name} must not be empty")
        for name in FIELDS
        if name in fields and not fields[name] and name not in MAY_BE_EMPTY
    ]
    for name, allowed in (("language", LANGUAGES), ("topic", TOPICS), ("audience", AUDIENCES)):
        if fields.get(name) and fields[name] not in allowed:
            problems.append((places[name], f"{name} must be one of {', '.join(allowed)}"))
    if fields.get("id") and not SLUG.match(fields["id"]):
        problems.append((places["id"], "id must be lower-case letters, digits and hyphens"))
    return problems + _date_problems(fields, places)


def _date_problems(fields: Mapping[str, str], places: Mapping[str, int]) -> list[tuple[int, str]]:
    problems = []
    for name in ("valid-from", "valid-until", *MAY_BE_MISSING):
        if fields.get(name):
            try:
                date.fromisoformat(fields[name])
            except ValueError:
                problems.append((places[name], f"{name} must be a day such as 2024-01-31"))
    first, last = fields.get("valid-from", ""), fields.get("valid-until", "")
    if not problems and last and last < first:
        problems.append((places["valid-until"], "valid-until lies before valid-from"))
    return problems


def _section_problems(lines: list[str], start: int) -> list[tuple[int, str]]:
    problems: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    open_at: int | None = None  # the heading whose text is still to come
    for number, line in enumerate(lines[start:], start + 1):
        if line.startswith("## "):
            if open_at is not None:
                problems.append((open_at, "the section has no text"))
            open_at = number
            problems += _heading_problems(line, number, seen)
        elif line.strip() and not line.startswith("? "):
            open_at = None
    if open_at is not None:
        problems.append((open_at, "the section has no text"))
    if not seen and not problems:
        problems.append((start + 1, "there is no section (a line '## Question? {#anchor}')"))
    return problems


def _heading_problems(line: str, number: int, seen: dict[str, int]) -> list[tuple[int, str]]:
    match = HEADING.match(line)
    if match is None:
        return [(number, "a section's heading must end in its anchor, as in '## Question? {#fee}'")]
    anchor = match["anchor"]
    if anchor in seen:
        return [(number, f"the anchor {anchor} is taken by line {seen[anchor]}")]
    seen[anchor] = number
    return []
