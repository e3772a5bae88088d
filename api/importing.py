"""Files becoming drafts: what a file was read as, and what an editor made of it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePath

from sqlalchemy import Engine

from crm import clock, db
from crm.errors import Invalid
from crm.events import Actor
from crm.settings import QUEUES
from crm.words import storable
from knowledge import article_text, catalogue, editing
from knowledge import topics as subjects
from knowledge.article_text import ArticleText
from knowledge.importing import reading
from knowledge.importing.port import MAX_CHARACTERS, Read
from knowledge.models import ArticleVersion
from knowledge.port import LANGUAGES

OWNER = "knowledge-editors"
LONGEST = {"title": 200, "source": 300, "law": 300, "owner": 80}
CHOICES = {
    "language": LANGUAGES,
    "audience": article_text.AUDIENCES,
    "queue": QUEUES,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """An article as a form holds it: everything is text, and nothing of it is sure yet."""

    file: str = ""
    id: str = ""
    language: str = ""
    title: str = ""
    topic: str = ""
    audience: str = "both"
    queue: str = "technical"
    law: str = ""
    source: str = ""
    owner: str = OWNER
    valid_from: str = ""
    valid_until: str = ""
    body: str = ""


def read(engine: Engine, name: str, content: bytes) -> tuple[Read, Sheet]:
    """What stands in a file, and the form filled in as far as that tells; raises Unreadable."""
    found = reading.read(name, content)
    with db.reading(engine) as s:
        found = _with_topic(found, catalogue.topics(s))
    return found, sheet_of(storable(name), found)


def _with_topic(found: Read, topics: Sequence[str]) -> Read:
    """A topic that is new to the desk was noted: the note goes where the record has it by now,
    the topic where it has not."""
    said = found.about.get("topic", "")
    if said in topics:
        notes = tuple(note for note in found.notes if note.figures.get("field") != "topic")
        return replace(found, notes=notes)
    return replace(found, about={k: v for k, v in found.about.items() if k != "topic"})


def sheet_of(name: str, found: Read) -> Sheet:
    about = found.about
    return Sheet(
        file=name[:200],
        id=about.get("id") or slug(found.title) or slug(PurePath(name).stem),
        language=found.language or "",
        title=found.title,
        topic=about.get("topic", ""),
        audience=about.get("audience", "both"),
        queue=about.get("queue") or subjects.queue_of(about.get("topic", "")) or "technical",
        law=about.get("law", ""),
        source=about.get("source", name)[: LONGEST["source"]],
        owner=about.get("owner", OWNER),
        valid_from=about.get("valid-from", clock.today().isoformat()),
        valid_until=about.get("valid-until", ""),
        body=storable(found.markdown),
    )


def slug(text: str) -> str:
    """An id made of the words, as far as they are Latin; empty where too few are."""
    folded = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    made = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:60].strip("-")
    return made if sum(map(str.isalpha, made)) >= 3 else ""


def keep(engine: Engine, actor: Actor, sheet: Sheet) -> ArticleVersion:
    """The sheet as a draft; raises Invalid or Conflict, with the field that is wrong."""
    with db.transaction(engine) as s:
        return editing.create(s, actor, article_of(sheet, catalogue.topics(s)))


def article_of(sheet: Sheet, topics: Sequence[str]) -> ArticleText:
    """Raises Invalid naming the first field that does not hold."""
    if not article_text.SLUG.match(sheet.id):
        _refuse("id", "id is made of lower-case letters, digits and hyphens.")
    for field, known in {"topic": topics, **CHOICES}.items():
        if getattr(sheet, field) not in known:
            _refuse(field, f"{field} is one of {', '.join(known)}.")
    for field, longest in LONGEST.items():
        said = getattr(sheet, field)
        if len(said) > longest or (not said and field != "law"):
            _refuse(field, f"{field} has 1 to {longest} characters.")
    if not sheet.body.strip() or len(sheet.body) > MAX_CHARACTERS:
        _refuse("body", f"The text has 1 to {MAX_CHARACTERS} characters.")
    start, end = _day(sheet, "valid_from"), None
    if sheet.valid_until:
        end = _day(sheet, "valid_until")
        if end < start:
            _refuse("valid_until", "valid_until lies before valid_from.")
    try:
        article_text.sections(sheet.body)
    except article_text.BadArticle as error:
        _refuse("body", f"The article's text is not well formed: {error}")
    return ArticleText(
        id=sheet.id,
        language=sheet.language,
        title=sheet.title,
        topic=sheet.topic,
        audience=sheet.audience,
        queue=sheet.queue,
        law=sheet.law,
        valid_from=start,
        valid_until=end,
        source=sheet.source,
        owner=sheet.owner,
        body=article_text.untitled(sheet.body, sheet.title),
    )


def _day(sheet: Sheet, field: str) -> date:
    try:
        return date.fromisoformat(getattr(sheet, field))
    except ValueError:
        raise Invalid(f"{field} is a day such as 2024-01-31.", field=field) from None


def _refuse(field: str, why: str) -> None:
    raise Invalid(why, field=field)
