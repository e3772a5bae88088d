"""Reading an article as it is written: front matter, then sections with their questions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from knowledge import topics
from knowledge.port import LANGUAGES

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
    "review-on",
)
MAY_BE_MISSING = ("title", "queue", "law", "valid-until", "review-on")
LONGEST = {"title": 200, "queue": 40, "law": 300, "source": 300, "owner": 80}
LONGEST_HEADING = 300
FENCE = "---"
HEADING = re.compile(r"^## +(?P<heading>.+?)(?:\s*\{#(?P<anchor>[a-z0-9][a-z0-9-]*)\}|\s+#+)?\s*$")
TITLE = re.compile(r"^# +(?P<title>.+?)(?:\s+#+)?\s*$")
ANCHORED = re.compile(r"\{#[a-z0-9][a-z0-9-]*\}\s*$")
ANY_HEADING = re.compile(r"^#{1,6}\s")
CODE = re.compile(r"^ {0,3}(```|~~~)")
SLUG = re.compile(r"^[a-z0-9][a-z0-9-]{0,79}$")
SLUGS = {
    "id": "lower-case letters, digits and hyphens",
    "topic": "at most 40 lower-case letters, digits, hyphens and underscores",
}


class BadArticle(ValueError):
    """What is wrong with an article's text; each problem names its line."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {problem}" for line, problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Section:
    """A part that answers one question. `alternates` are other ways to ask it, never shown.

    `heading` is empty where the part opens the article, and so stands under its title.
    """

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
    fields = {name: said for name, said in fields.items() if said or name not in MAY_BE_MISSING}
    if "title" not in fields and (at := _title_at(lines[body_at:])) is not None:
        fields["title"], places["title"] = _title(lines[body_at:]), body_at + at + 1
    problems = _field_problems(fields, places)
    if "title" not in fields:
        problems.append((1, "the title is missing: a field title, or a line '# Title' in the text"))
    problems += _section_problems(lines, body_at) + _long_headings(lines, body_at)
    if problems:
        raise BadArticle(problems)
    until, review = fields.get("valid-until"), fields.get("review-on")
    return ArticleText(
        id=fields["id"],
        language=fields["language"],
        title=fields["title"],
        topic=fields["topic"],
        audience=fields["audience"],
        queue=fields.get("queue") or topics.queue_of(fields["topic"]) or "technical",
        law=fields.get("law", ""),
        valid_from=date.fromisoformat(fields["valid-from"]),
        valid_until=date.fromisoformat(until) if until else None,
        source=fields["source"],
        owner=fields["owner"],
        body=untitled("\n".join(lines[body_at:]).strip("\n") + "\n", fields["title"]),
        review_on=date.fromisoformat(review) if review else None,
    )


def untitled(body: str, title: str) -> str:
    """The body without a line `# Title` that says the title again."""
    lines = body.split("\n")
    at = _title_at(lines)
    if at is None or _alike(_title(lines)) != _alike(title):
        return body
    return "\n".join([*lines[:at], *lines[at + 1 :]]).lstrip("\n")


def sections(body: str) -> list[Section]:
    """The sections of a body; raises BadArticle when it has none or one is not well formed.

    One without an anchor of its own is named after its place, alike in all translations.
    """
    lines = body.split("\n")
    problems = _section_problems(lines, 0)
    if problems:
        raise BadArticle(problems)
    return [
        _section(lines[start:end], place) for place, (start, end) in enumerate(_spans(lines), 1)
    ]


def lead(body: str) -> str:
    """What stands above the first section and is none: a remark on sections that name anchors."""
    lines = body.split("\n")
    first = next(_spans(lines), (0, 0))[0]
    return "\n".join(lines[:first])


def _section(lines: list[str], place: int) -> Section:
    heading = HEADING.match(lines[0]) if lines[0].startswith("## ") else None
    below = lines[1:] if heading else lines
    asks = [line.startswith("? ") for line in _outside_code(below)]
    ways = [
        way.strip()
        for line, asked in zip(below, asks, strict=True)
        if asked
        for way in line[1:].split("|")
    ]
    text = "\n".join(line for line, asked in zip(below, asks, strict=True) if not asked).strip()
    return Section(
        anchor=(heading and heading["anchor"]) or f"part-{place}",
        heading=heading["heading"] if heading else "",
        alternates=tuple(dict.fromkeys(filter(None, ways))),
        text=re.sub(r"\n{3,}", "\n\n", text),
    )


def _spans(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Where each section starts and ends; text above the headings is one, unless it is a lead."""
    lines = _outside_code(lines)
    headings = [at for at, line in enumerate(lines) if line.startswith("## ")]
    first = headings[0] if headings else len(lines)
    anchored = headings and all(ANCHORED.search(lines[at]) for at in headings)
    opens = not anchored and any(
        _is_said(line) and not ANY_HEADING.match(line) for line in lines[:first]
    )
    starts = [0, *headings] if opens else headings
    return pairwise([*starts, len(lines)])


def _outside_code(lines: list[str]) -> list[str]:
    """The lines, those of fenced code moved in, so that they are no heading and no question."""
    found = []
    fenced = False
    for line in lines:
        fence = bool(CODE.match(line))
        found.append(f" {line}" if fenced and not fence else line)
        fenced ^= fence
    return found


def _is_said(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("? ")


def _title_at(lines: list[str]) -> int | None:
    return next((at for at, line in enumerate(_outside_code(lines)) if TITLE.match(line)), None)


def _title(lines: list[str]) -> str:
    at = _title_at(lines)
    found = TITLE.match(lines[at]) if at is not None else None
    return found["title"] if found else ""


def _alike(title: str) -> str:
    return " ".join(title.casefold().split())


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
    problems = [
        (1, f"the field {name} is missing")
        for name in FIELDS
        if name not in fields and name not in MAY_BE_MISSING
    ]
    problems += [
        (places[name], f"{name} is not a field; the fields are {', '.join(FIELDS)}")
        for name in fields
        if name not in FIELDS
    ]
    problems += [
        (places[name], f"{name} must not be empty")
        for name in FIELDS
        if name in fields and not fields[name]
    ]
    problems += [
        (places[name], f"{name} must have at most {most} characters")
        for name, most in LONGEST.items()
        if len(fields.get(name, "")) > most
    ]
    for name, allowed in (("language", LANGUAGES), ("audience", AUDIENCES)):
        if fields.get(name) and fields[name] not in allowed:
            problems.append((places[name], f"{name} must be one of {', '.join(allowed)}"))
    for name, slug in (("id", SLUG), ("topic", topics.SLUG)):
        if fields.get(name) and not slug.match(fields[name]):
            problems.append((places[name], f"{name} must be {SLUGS[name]}"))
    return problems + _date_problems(fields, places)


def _date_problems(fields: Mapping[str, str], places: Mapping[str, int]) -> list[tuple[int, str]]:
    problems = []
    for name in ("valid-from", "valid-until", "review-on"):
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
    taken: dict[str, int] = {}
    lines = _outside_code(lines[start:])
    for place, (first, end) in enumerate(_spans(lines), 1):
        number = start + first + 1
        if lines[first].startswith("## "):
            problems += _heading_problems(lines[first], number, place, taken)
            if not any(map(_is_said, lines[first + 1 : end])):
                problems.append((number, "the section has no text"))
        else:
            taken[f"part-{place}"] = number
    if not taken and not problems:
        problems.append((start + 1, "there is no text"))
    return problems


def _long_headings(lines: list[str], start: int) -> list[tuple[int, str]]:
    return [
        (number, f"a heading must have at most {LONGEST_HEADING} characters")
        for number, line in enumerate(_outside_code(lines[start:]), start + 1)
        if line.startswith("## ") and len(line) > LONGEST_HEADING
    ]


def _heading_problems(
    line: str, number: int, place: int, taken: dict[str, int]
) -> list[tuple[int, str]]:
    match = HEADING.match(line)
    if match is None:
        return [(number, "the heading has no words")]
    if "{#" in match["heading"]:
        return [(number, "an anchor ends its heading, as in '## Question? {#fee}'")]
    anchor = match["anchor"] or f"part-{place}"
    if anchor in taken:
        return [(number, f"the anchor {anchor} is taken by line {taken[anchor]}")]
    taken[anchor] = number
    return []
