"""A base on another subject finds its own bar, keeps it with its index, and declines by it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge import decide, index, own_bar
from knowledge.encoder import HashEncoder
from knowledge.ingest import Taken
from knowledge.port import Query
from knowledge.search import Library
from tests.knowledge.conftest import TRUSTING, silent, write

TODAY = date(2026, 11, 22)
SUBJECTS = (
    *("tides", "bakery", "lanterns", "orchard", "violin", "glacier"),
    *("pottery", "beehive", "saddle", "compass", "canoe", "harvest"),
)


@pytest.fixture
def another(
    engine: Engine, articles: Path, take_in: Callable[[], Taken], tmp_path: Path
) -> Library:
    """A base of a dozen articles that share nothing but how they are asked for."""
    for path in articles.glob("*.md"):
        path.unlink()
    for subject in SUBJECTS:
        body = (
            f"## When is the {subject} open to visitors? {{#open}}\n? {subject} opening hours\n"
            f"The {subject} is open to visitors from nine.\n"
        )
        (articles / f"{subject}.en.md").write_text(write(subject, body, title=subject.title()))
    take_in()
    index.build(engine, HashEncoder(), tmp_path / "index", silent)
    # A bar so low that anything would be answered.
    return Library(tmp_path / "index", HashEncoder(), replace(TRUSTING, answer=0.01, ask=0.0))


@pytest.fixture
def built_anew(
    another: Library, engine: Engine, take_in: Callable[[], Taken], tmp_path: Path
) -> Callable[[], Library]:
    """The same base once its articles were written over."""

    def build() -> Library:
        take_in()
        index.build(engine, HashEncoder(), tmp_path / "anew", silent)
        return Library(tmp_path / "anew", HashEncoder(), another.model)

    return build


def test_the_bar_declines_what_the_base_lacks_and_answers_what_it_has(another: Library) -> None:
    missing = Query("When is the museum open to visitors?", "en", TODAY)
    there = Query("When is the bakery open to visitors?", "en", TODAY)
    assert another.find(missing).verdict == "answer"
    settled = own_bar.settle(another, TODAY)
    assert settled.answer > 0.01
    served = Library(another._folder, HashEncoder(), TRUSTING)
    assert served.model.answer == settled.answer
    assert served.find(missing).verdict == "none"
    said = served.find(there)
    assert said.verdict == "answer"
    assert said.citations[0].article == "bakery"


def test_a_base_too_small_to_tell_keeps_the_shipped_bar(library: Library) -> None:
    assert own_bar.fit(library, TODAY) == library.model


def test_the_bar_belongs_to_its_index(another: Library, engine: Engine) -> None:
    own_bar.settle(another, TODAY)
    place = another.place
    index.build(engine, HashEncoder(), another._folder, silent, {"en": ("Who owns the moon?",)})
    assert another.reload()
    assert another.place != place
    assert another.model.answer == 0.01
    assert decide.load(place / decide.OWN).answer > 0.01


def test_a_question_that_every_article_answers_tells_nothing_of_the_bar(
    built_anew: Callable[[], Library], articles: Path
) -> None:
    for path in articles.glob("*.md"):
        contact = "\n## Questions left? {#left}\nThe telephone is 555-0143.\n"
        path.write_text(path.read_text() + contact)
    assert own_bar.fit(built_anew(), TODAY).answer < own_bar.HIGHEST


def test_closeness_counts_where_no_ways_to_ask_are_known(
    another: Library, built_anew: Callable[[], Library], articles: Path
) -> None:
    asked_for = own_bar.fit(another, TODAY)
    for at, path in enumerate(sorted(articles.glob("*.md"))):
        told = [line for line in path.read_text().splitlines() if not line.startswith("? ")]
        if at % 2:
            told = [line.replace("## When is the", "## Days off of the") for line in told]
        path.write_text("\n".join([*told, ""]))
    bare = own_bar.fit(built_anew(), TODAY)
    at = list(bare.names).index(own_bar.CLOSENESS)
    assert asked_for.weights[at] == 0 < bare.weights[at]
