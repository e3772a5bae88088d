"""An answer survives a change of its article's wording."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from crm import db, events
from knowledge import article_text, decide, editing, evidence, index
from knowledge.encoder import OnnxEncoder
from knowledge.port import Finding, Query
from knowledge.search import Library
from tests.quality.conftest import AS_OF, ROOT

pytestmark = pytest.mark.quality

ARTICLE = "price-floor"
QUESTION = Query("What is the lowest price at which a small company can still win?", "en", AS_OF)
REWORDED = """\
## At which price floor do small companies still win? {#floor}
? bottom price for small firms | cheapest bid that a small company can win with
When only small companies compete in Korea, a bid wins from 88% of the estimated price upwards; \
anything cheaper counts as dumping (2021).
"""


@pytest.fixture
def reworded(base: Engine, encoder: OnnxEncoder, data: Path) -> Iterator[Library]:
    """The base with one article worded anew; the old wording returns afterwards."""
    path = next((ROOT / "knowledge" / "articles").rglob(f"{ARTICLE}.en.md"))
    old = article_text.parse(path.read_text(encoding="utf-8"))
    folder = data / "reworded-index"
    _publish(base, replace(old, body=REWORDED))
    index.build(base, encoder, folder, print)
    yield Library(folder, encoder, decide.load(names=evidence.NAMES))
    _publish(base, old)


def _publish(base: Engine, text: article_text.ArticleText) -> None:
    with db.transaction(base) as s:
        editing.edit(s, events.SYSTEM, text)
        editing.publish(s, events.SYSTEM, text.id, text.language)


def test_a_reworded_article_still_answers(library: Library, reworded: Library) -> None:
    before, after = library.find(QUESTION), reworded.find(QUESTION)
    assert before.verdict == after.verdict == "answer"
    assert "88%" in before.text
    assert "88%" in after.text
    assert _version(after) > _version(before)
    assert "dumping" in after.text


def _version(finding: Finding) -> int:
    return next(cited.version for cited in finding.citations if cited.article == ARTICLE)
