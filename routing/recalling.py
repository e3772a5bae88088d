"""Telling people that what they were told holds no more: whom, in which words, and doing it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, and_, func, or_, select

from bot.dates import day
from crm import clock, db, recalls
from crm.db import Session
from crm.events import SYSTEM
from crm.messages import Draft
from crm.models import Citation, Message
from crm.recalls import Told, Version
from knowledge import article_text, editing
from knowledge.models import ArticleVersion
from routing import words
from routing.channels import Channels

AT_ONCE = 20
LONGEST_QUOTE = 300
# Drafts were never told to anybody.
ONCE_IN_FORCE = frozenset({"published", "superseded", "withdrawn", "removed"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be recalled: the versions that hold no more, and why."""

    versions: list[Version]
    reason: str


def plan(s: Session, article: str, only: Iterable[Version] = ()) -> Plan:
    """Every version that was in force and is not; `only` narrows it. Raises NotFound."""
    page = editing.page(s, article)
    today = clock.today()
    standing = {v.language: editing.in_force(s, article, v.language, today) for v in page.versions}
    chosen = set(only)
    versions = [
        (v.language, v.number)
        for v in page.versions
        if v.status in ONCE_IN_FORCE and not _stands(v, standing[v.language])
    ]
    if chosen:
        versions = [version for version in versions if version in chosen]
    corrected = any(standing[language] for language, _ in versions)
    return Plan(sorted(versions), "corrected" if corrected else "withdrawn")


def text(
    s: Session, article: str, reason: str, remark: dict[str, Any], person: Told, zone: str
) -> str:
    """What one person would be told, in the language they were told the old version in; its day is
    the desk's, in `zone`."""
    return _draft(s, article, reason, remark, person.message, zone).text


def carry_on(engine: Engine, channels: Channels, zone: str) -> int:
    """Tell some of those who are due in every open recall; returns how many were dealt with."""
    with db.reading(engine) as s:
        waiting = recalls.unfinished(s)
    return sum(_some(engine, channels, zone, recall_id) for recall_id in waiting)


def _some(engine: Engine, channels: Channels, zone: str, recall_id: str) -> int:
    with db.transaction(engine) as s:
        recall = recalls.get(s, recall_id, lock=True)
        if recall.state != "sending":
            return 0
        due = recalls.due(s, recall, AT_ONCE)
        for notice in due:
            person = recalls.reached(s, recall, notice)
            mail = person.mail if "email" in channels else None
            unheard = person.conversation.channel == "phone" and not mail
            why = person.hindrance or ("no_way" if unheard else None)
            if why:
                recalls.skip(s, recall, notice, why)
                continue
            said = person.message
            draft = _draft(s, recall.article, recall.reason, recall.remark, said, zone)
            recalls.tell(s, recall, notice, person, draft, mail)
        if len(due) < AT_ONCE:
            recalls.finish(s, recall)
        return len(due)


def _draft(
    s: Session, article: str, reason: str, remark: dict[str, Any], told: Message, zone: str
) -> Draft:
    cited = next((c for c in told.citations if c["article"] == article), None)
    title = str(cited["title"]) if cited else article
    language = told.language
    on = day(told.created_at.astimezone(ZoneInfo(zone)), language)
    text = words.say(language, f"recall_{reason}", title=title, day=on)
    added = str(remark.get(language, ""))
    now = editing.in_force(s, article, language, clock.today())
    citations: Sequence[dict[str, Any]] = [_citation(now)] if now else []
    return Draft(SYSTEM, f"{text}\n\n{added}".strip(), language, citations=citations)


def _citation(version: ArticleVersion) -> dict[str, Any]:
    """What holds now, as the source of the notice."""
    first = article_text.sections(version.body)[0]
    return {
        "article": version.article_id,
        "title": version.title,
        "version": version.number,
        "url": f"/help/{version.language}/{version.article_id}#{first.anchor}",
        "quote": first.text[:LONGEST_QUOTE],
    }


def _stands(version: ArticleVersion, standing: ArticleVersion | None) -> bool:
    """In force now, or not yet: neither is old."""
    if standing and version.number == standing.number:
        return True
    return version.status == "published" and version.valid_from > clock.today()


def candidates(s: Session) -> list[tuple[str, int]]:
    """Articles of which a version that holds no more was told, with how often; by id."""
    old = or_(
        ArticleVersion.status.in_(("superseded", "withdrawn", "removed")),
        and_(
            ArticleVersion.status == "published",
            ArticleVersion.valid_until < clock.today(),
        ),
    )
    rows = s.execute(
        select(Citation.article, func.count())
        .join(
            ArticleVersion,
            and_(
                ArticleVersion.article_id == Citation.article,
                ArticleVersion.language == Citation.language,
                ArticleVersion.number == Citation.version,
            ),
        )
        .where(old)
        .group_by(Citation.article)
        .order_by(Citation.article)
    )
    return [(article, n) for article, n in rows]
