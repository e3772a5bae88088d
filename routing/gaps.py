"""Finding what many ask and no article answers, and making drafts of it.

The grouping is plain and repeatable: the two groups that are most alike on average are joined, as
long as they are alike enough. Examples are masked before they leave here.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from bot.personal_numbers import MASK, masked
from bot.spotting import EMAIL
from crm import clock, db, gaps
from crm.errors import Conflict
from crm.events import Actor
from crm.gaps import Kind, Lack
from knowledge import editing
from knowledge.article_text import ArticleText
from knowledge.topics import KNOWN
from routing import words
from routing.surge import LIKE_WRITTEN, likeness

# Unit vectors of (text, language) pairs; None where nothing can be said of their meaning.
Space = Callable[[Sequence[tuple[str, str]]], NDArray[np.float32] | None]

LOOKED_AT = 500
SHOWN = 50
EXAMPLES = 6
LONGEST_EXAMPLE = 200
# Measured on the everyday questions of 60 sections of our articles in three languages: of groups
# joined at this average cosine, 85 in 100 questions are of one matter; above it fewer are joined.
LIKE_ASKED = 0.5
OWNER = "knowledge-editors"
TOPICS = {"sme_support": "sme", "technical": "koneps", "buyer_support": "buyer"}
# Seven digits and more, however they are spaced: telephones and the like.
LONG_NUMBER = re.compile(r"\+?\d(?:[ ()./-]{0,2}\d){6,}")


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions and tickets about one matter; `examples` are masked, the most typical first."""

    id: str
    members: tuple[tuple[Kind, str], ...]
    causes: dict[str, int]
    languages: dict[str, int]
    examples: tuple[Example, ...]
    topic: str
    first_at: datetime
    last_at: datetime

    @property
    def count(self) -> int:
        return len(self.members)


def look(
    engine: Engine, space: Space | None, since: datetime, behind_walls: Collection[str] = ()
) -> list[Cluster]:
    """The clusters of what is lacking, the largest first. No session is held while comparing."""
    with db.reading(engine) as s:
        lacks = gaps.found(s, since, LOOKED_AT, behind_walls=behind_walls)
    groups = _groups(lacks, space)
    clusters = [_cluster(group) for group in groups]
    return sorted(clusters, key=lambda c: (-c.count, c.last_at, c.id))


def draft(
    engine: Engine, actor: Actor, members: Sequence[tuple[Kind, str]], article: str | None = None
) -> str:
    """A draft in each language that the members were asked in, with them as everyday questions;
    returns the article's id. Raises Conflict where that was done already, or the article is
    there."""
    with db.transaction(engine) as s:
        lacks = gaps.undecided(s, members)
        name = article or f"gap-{_name(members)}"
        if not gaps.decide(s, actor, members, "drafted", name):
            raise Conflict("Somebody has dealt with this already.")
        for language in sorted({lack.language for lack in lacks}):
            said = [lack for lack in lacks if lack.language == language]
            editing.create(s, actor, _text(name, language, said, clock.today()))
    return name


def anonymous(text: str, name: str | None = None) -> str:
    """A question as an example for everybody: on one line, without numbers, mail and own name."""
    plain = EMAIL.sub(MASK, masked(" ".join(text.split())))
    plain = LONG_NUMBER.sub(MASK, plain)
    if name and len(name) > 2:
        plain = re.sub(re.escape(name), MASK, plain, flags=re.IGNORECASE)
    return plain[:LONGEST_EXAMPLE]


def since(days: int) -> datetime:
    return clock.now() - timedelta(days=days)


def _groups(lacks: Sequence[Lack], space: Space | None) -> list[list[Lack]]:
    """Each lack in one group, beginning with its most typical member."""
    if not lacks:
        return []
    texts = [anonymous(lack.text, lack.name) for lack in lacks]
    languages = [lack.language for lack in lacks]
    vectors = space(list(zip(texts, languages, strict=True))) if space else None
    if vectors is None:
        like, least = likeness(texts, None), LIKE_WRITTEN
    else:
        like, least = vectors @ vectors.T, LIKE_ASKED
    groups = joined(like, least)
    return [[lacks[at] for at in _typical_first(group, like)] for group in groups]


def joined(like: NDArray[np.float32], least: float) -> list[list[int]]:
    """Average linkage: the likest two groups become one while they are `least` alike on average.

    `like` is square and symmetric; the rows of one group are given in rising order.
    """
    between = like.astype(np.float64)
    np.fill_diagonal(between, -np.inf)
    groups = [[at] for at in range(len(like))]
    while len(like) > 1:
        one, other = sorted(divmod(int(between.argmax()), len(like)))
        if between[one, other] < least:
            break
        sizes = len(groups[one]), len(groups[other])
        row = np.average(between[[one, other]], axis=0, weights=sizes)
        between[one], between[:, one] = row, row
        between[other], between[:, other] = -np.inf, -np.inf
        between[one, one] = -np.inf
        groups[one] = sorted(groups[one] + groups[other])
        groups[other] = []
    return [group for group in groups if group]


def _typical_first(group: Sequence[int], like: NDArray[np.float32]) -> list[int]:
    inside = like[np.ix_(group, group)].sum(axis=1)
    return [at for _, at in sorted(zip(-inside.round(6), group, strict=True))]


def _cluster(group: Sequence[Lack]) -> Cluster:
    members = tuple((lack.kind, lack.id) for lack in group)
    topics = Counter(_topic(lack.queue) for lack in group)
    said = dict.fromkeys(Example(anonymous(lack.text, lack.name), lack.language) for lack in group)
    return Cluster(
        id=_name(members),
        members=members,
        causes=dict(Counter(lack.cause for lack in group)),
        languages=dict(Counter(lack.language for lack in group)),
        examples=tuple(said)[:EXAMPLES],
        topic=topics.most_common(1)[0][0],
        first_at=min(lack.at for lack in group),
        last_at=max(lack.at for lack in group),
    )


def _name(members: Sequence[tuple[Kind, str]]) -> str:
    """The same for the same members, in whatever order."""
    ids = "".join(sorted(item for _, item in members))
    return hashlib.sha256(ids.encode()).hexdigest()[:10]


def _topic(queue: str | None) -> str:
    topic = TOPICS.get(queue or "", queue or "")
    return topic if topic in KNOWN else "callcenter"


def _text(article: str, language: str, lacks: Sequence[Lack], today: date) -> ArticleText:
    """A draft that asks in people's own words and still has to be answered."""
    asked = [_heading(anonymous(lack.text, lack.name)) for lack in lacks]
    asked = list(dict.fromkeys(filter(None, asked)))[:EXAMPLES] or ["?"]
    ways = "".join(f"? {way}\n" for way in asked[1:])
    answer = words.say(language, "gap_to_write")
    return ArticleText(
        id=article,
        language=language,
        title=asked[0],
        topic=_topic(lacks[0].queue if lacks else None),
        audience="both",
        queue="technical",
        law="",
        valid_from=today,
        valid_until=None,
        source=words.say(language, "gap_source"),
        owner=OWNER,
        body=f"## {asked[0]} {{#answer}}\n{ways}{answer}\n",
    )


def _heading(example: str) -> str:
    """Words that break no line of an article."""
    return " ".join(re.sub(r"[{}|#]", " ", example).split()).lstrip("? ")
