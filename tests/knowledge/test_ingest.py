from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from crm import db
from crm.db import Session
from crm.models import Event
from knowledge import ingest
from knowledge.ingest import BadFolder, Taken
from knowledge.models import ArticleVersion, Passage
from tests.knowledge.conftest import LOAN, write

TakeIn = Callable[[], Taken]


def versions(s: Session, article: str, language: str = "en") -> list[tuple[int, str]]:
    query = (
        select(ArticleVersion.number, ArticleVersion.status)
        .where(ArticleVersion.article_id == article, ArticleVersion.language == language)
        .order_by(ArticleVersion.number)
    )
    return [(number, status) for number, status in s.execute(query)]


def test_the_same_folder_twice_changes_nothing(engine: Engine, take_in: TakeIn) -> None:
    assert take_in() == Taken(published=3, withdrawn=0, unchanged=0)
    assert take_in() == Taken(published=0, withdrawn=0, unchanged=3)
    with db.transaction(engine) as s:
        assert versions(s, "advance") == [(1, "published")]
        kinds = [kind for kind in s.scalars(select(Event.kind)) if kind == "article.published"]
    assert len(kinds) == 3


def test_a_changed_file_becomes_the_next_version(
    engine: Engine, take_in: TakeIn, articles: Path
) -> None:
    take_in()
    path = articles / "loan.en.md"
    path.write_text(path.read_text().replace("14 banks", "15 banks"))
    assert take_in() == Taken(published=1, withdrawn=0, unchanged=2)
    with db.transaction(engine) as s:
        assert versions(s, "loan") == [(1, "superseded"), (2, "published")]
        texts = list(s.scalars(select(Passage.text)))
    assert any("15 banks" in text for text in texts)
    assert not any("14 banks" in text for text in texts)


def test_a_removed_file_withdraws_and_its_return_publishes(
    engine: Engine, take_in: TakeIn, articles: Path
) -> None:
    take_in()
    (articles / "loan.en.md").unlink()
    assert take_in().withdrawn == 1
    with db.transaction(engine) as s:
        assert versions(s, "loan") == [(1, "removed")]
    (articles / "loan.en.md").write_text(write("loan", LOAN, title="Network loan"))
    assert take_in().published == 1
    with db.transaction(engine) as s:
        assert versions(s, "loan") == [(1, "removed"), (2, "published")]


def test_all_bad_files_are_named_with_their_lines(articles: Path) -> None:
    (articles / "bad.en.md").write_text(
        write("bad", LOAN).replace("topic: payment", "topic: Two words")
    )
    (articles / "twice.en.md").write_text(write("loan", LOAN))
    with pytest.raises(BadFolder) as caught:
        ingest.read_folder(articles)
    assert "bad.en.md:5: topic must be at most 40" in str(caught.value)
    assert "twice.en.md:2: id loan in en is" in str(caught.value)


def test_a_folder_without_articles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFolder, match="holds no article"):
        ingest.read_folder(tmp_path)
