"""What was told from which version of an article, and how it was taken."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select, true

from crm import events
from crm.db import Session, table
from crm.errors import Invalid, NotFound
from crm.events import Actor
from crm.models import Citation, Conversation, Message

REASONS = ("wrong", "outdated", "unclear", "not_my_question")
# The address of an article names the language of the version that was cited.
IN_ADDRESS = re.compile(r"/help/(?P<language>[a-z]{2})/")
_KEEP = insert(table(Citation))


@dataclass(slots=True)
class Told:
    """How often a version was told, and what people said of it."""

    told: int = 0
    helpful: int = 0
    unhelpful: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def keep(s: Session, message: Message) -> None:
    """Note what a public message cites, in the transaction that says it."""
    cited = {
        (str(c["article"]), int(c["version"]), language_of(c, message.language))
        for c in message.citations
    }
    rows = [
        {"message_id": message.id, "article": article, "version": version, "language": language}
        for article, version, language in sorted(cited)
    ]
    s.connection().execute(_KEEP, rows)


def language_of(citation: Mapping[str, Any], spoken: str) -> str:
    found = IN_ADDRESS.search(str(citation.get("url", "")))
    return found["language"] if found else spoken


def rate(
    s: Session, conversation: Conversation, message_id: str, *, helpful: bool, reason: str | None
) -> Message:
    """The contact says whether a cited answer of the bot helped; what they say last counts.

    Raises NotFound for what is no such answer of this talk, Invalid for a reason that is none.
    """
    if reason is not None and (helpful or reason not in REASONS):
        raise Invalid(
            f"reason is one of {', '.join(REASONS)}, for an answer that did not help.",
            field="reason",
        )
    said = s.scalar(
        select(Message)
        .where(
            Message.id == message_id,
            Message.conversation_id == conversation.id,
            Message.audience == "public",
            Message.author_kind == "bot",
        )
        .with_for_update()
    )
    if said is None or not said.citations:
        raise NotFound("There is no such answer in this conversation.")
    if (said.helpful, said.unhelpful) == (helpful, reason):
        return said
    said.helpful, said.unhelpful = helpful, reason
    codes: dict[str, Any] = {"helpful": helpful}
    if reason:
        codes["reason"] = reason
    events.emit(
        s,
        "answer.rated",
        Actor("contact", conversation.contact_id),
        conversation=conversation.id,
        message=said.id,
        article=str(said.citations[0]["article"]),
        data=codes,
    )
    return said


def of_article(
    s: Session, article: str, *, behind_walls: Collection[str] = ()
) -> dict[tuple[str, int], Told]:
    """For each (language, version) of an article that was ever told: how often, and how taken.

    What was told in talks `behind_walls`, by their ids, does not count.
    """
    seen = Message.conversation_id.not_in(behind_walls) if behind_walls else true()
    counted = _counted(s, and_(Citation.article == article, seen))
    return {(language, version): told for (_, language, version), told in counted.items()}


def rated(s: Session) -> dict[tuple[str, str, int], Told]:
    """For each (article, language, version) that anybody rated, what they said of it."""
    return _counted(s, Message.helpful.is_not(None))


def _counted(s: Session, which: ColumnElement[bool]) -> dict[tuple[str, str, int], Told]:
    version = (Citation.article, Citation.language, Citation.version)
    counted = s.execute(
        select(*version, Message.helpful, Message.unhelpful, func.count())
        .join(Message, Message.id == Citation.message_id)
        .where(which)
        .group_by(*version, Message.helpful, Message.unhelpful)
        .order_by(*version)
    )
    found: dict[tuple[str, str, int], Told] = {}
    for article, language, number, helpful, reason, n in counted:
        told = found.setdefault((article, language, number), Told())
        told.told += n
        if helpful is not None:
            told.helpful += n if helpful else 0
            told.unhelpful += 0 if helpful else n
        if reason:
            told.reasons[reason] += n
    return found


def told_since(s: Session, since: datetime) -> dict[str, int]:
    """How often each article was told from a moment on; those that were not are left out."""
    rows = s.execute(
        select(Citation.article, func.count().label("n"))
        .join(Message, Message.id == Citation.message_id)
        .where(Message.created_at >= since)
        .group_by(Citation.article)
    )
    return {row.article: row.n for row in rows}
