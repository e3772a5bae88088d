"""Asking the assistant with a draft in its base, beside what it says today. Nothing is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api.desk import Desk
from bot.port import Answer, Bot, Remember, Spoken, Turn, outcome
from crm import clock, db
from crm.db import new_id
from crm.errors import NotFound
from knowledge import editing, trial
from knowledge.models import ArticleVersion
from knowledge.port import Citation, Language
from knowledge.snapshot import PassageRecord
from knowledge.trial import Change


@dataclass(frozen=True, slots=True)
class Said:
    """What the assistant says to a question: its outcome, all its words, and what it cites."""

    act: str
    texts: Sequence[str]
    choices: Sequence[str]
    citations: Sequence[Citation]


@dataclass(frozen=True, slots=True)
class Tried:
    """`as_of` is today, or the day the draft comes into force if that is later."""

    version: ArticleVersion
    as_of: date
    today: Said
    drafted: Said
    changes: Sequence[Change]


def newest(s: db.Session, article: str, language: str) -> ArticleVersion:
    """The wording that is tried: the latest, open or not. Raises NotFound without one."""
    version = editing.newest(s, article, language)
    if version is None:
        raise NotFound(f"There is no article {article} in {language}.")
    return version


def ask(here: Desk, article: str, language: Language, question: str) -> Tried:
    """Both answers by the bot's own way of deciding, and the questions that would change too."""
    with db.reading(here.engine) as s:
        version = newest(s, article, language)
        draft: list[PassageRecord] = trial.passages(editing.page(s, article).article, version)
    as_of = max(clock.today(), version.valid_from)
    tried = here.knowledge.trial(draft)
    return Tried(
        version=version,
        as_of=as_of,
        today=_said(here.bot.over(tried.standing.find), question, language, as_of),
        drafted=_said(here.bot.over(tried.drafted.find), question, language, as_of),
        changes=tried.changes(as_of),
    )


def _said(bot: Bot, question: str, language: Language, as_of: date) -> Said:
    steps = bot.turn(Turn(f"trial-{new_id()}", question, language, as_of))
    spoken: list[Spoken] = [step for step in steps if not isinstance(step, Remember)]
    weightiest = outcome(steps)
    return Said(
        act=weightiest.act if weightiest else "abstain",
        texts=[step.text for step in spoken if step.text],
        choices=[choice for step in spoken for choice in getattr(step, "choices", ())],
        citations=[c for step in spoken if isinstance(step, Answer) for c in step.citations],
    )
