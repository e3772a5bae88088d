"""Comparing questions across languages: vectors without what all questions have in common.

A small encoder holds every two questions of one trade for alike (cosine .75 and more), and those of
one language more so. What the headings of the articles have in common in a language is that share;
taken away, what is left tells matters apart.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, select

from crm import db
from crm.db import Session
from knowledge.encoder import Encoder, Vectors
from knowledge.models import ArticleVersion, Passage

# As many headings as show what is common, and as few as tell anything at all.
HEADINGS, LEAST = 100, 20
REMEMBERED = 5_000


class QuestionSpace:
    """Unit vectors of (text, language) pairs; a text is encoded once while it is remembered."""

    def __init__(self, encoder: Encoder, engine: Engine) -> None:
        self._encoder, self._engine = encoder, engine
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._common: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    def __call__(self, asked: Sequence[tuple[str, str]]) -> Vectors | None:
        """Shape (len(asked), dimensions); None where there are too few articles to compare with."""
        with self._lock:
            common: dict[str, NDArray[np.float32]] = {}
            for _, language in asked:
                shared = self._common_of(language)
                if shared is None:
                    return None
                common[language] = shared
            rows = self._encoded([text for text, _ in asked])
        apart = rows - np.stack([common[language] for _, language in asked])
        lengths = np.linalg.norm(apart, axis=1, keepdims=True)
        unit: Vectors = apart / np.maximum(lengths, 1e-9)
        return unit

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        if new:
            self._kept.update(zip(new, self._encoder.queries(new), strict=True))
        found = np.stack([self._kept[text] for text in texts])
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return found

    def _common_of(self, language: str) -> NDArray[np.float32] | None:
        """The mean of the language's headings, else that of all languages."""
        if language not in self._common:
            with db.reading(self._engine) as s:
                headings = _headings(s, language) or _headings(s, None)
            if not headings:
                return None
            self._common[language] = self._encoder.queries(headings).mean(axis=0)
        return self._common[language]


def _headings(s: Session, language: str | None) -> list[str]:
    """Some of the published headings, spread over the base; none where they are too few."""
    query = (
        select(Passage.heading)
        .join(ArticleVersion, ArticleVersion.id == Passage.version_id)
        .where(ArticleVersion.status == "published")
        .order_by(ArticleVersion.article_id, Passage.position, ArticleVersion.language)
    )
    if language:
        query = query.where(ArticleVersion.language == language)
    headings = list(s.scalars(query))
    if len(headings) < LEAST:
        return []
    return headings[:: max(1, len(headings) // HEADINGS)][:HEADINGS]
