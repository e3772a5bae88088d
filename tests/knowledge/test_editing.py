from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from crm import db, events
from crm.errors import Conflict, Invalid, NotFound
from knowledge import catalogue, editing
from knowledge.catalogue import Wanted
from knowledge.models import Passage
from tests.knowledge.conftest import ADVANCE, LOAN, text


def listed(s: db.Session, wanted: Wanted, **more: Any) -> list[str]:
    return [page.article.id for page in catalogue.listing(s, wanted, **more)]


EDITOR = events.Actor("counselor", "editor")


def test_a_draft_answers_nothing_until_it_is_published(engine: Engine) -> None:
    with db.transaction(engine) as s:
        assert editing.create(s, EDITOR, text("a", ADVANCE)).status == "draft"
        assert s.scalar(select(func.count()).select_from(Passage)) == 0
    with db.transaction(engine) as s:
        assert [v.status for v in editing.publish(s, EDITOR, "a")] == ["published"]
        assert s.scalar(select(func.count()).select_from(Passage)) == 2


def test_editing_writes_over_a_draft_and_adds_to_what_is_published(engine: Engine) -> None:
    with db.transaction(engine) as s:
        editing.create(s, EDITOR, text("a", ADVANCE))
        assert editing.edit(s, EDITOR, text("a", LOAN)).number == 1
        editing.publish(s, EDITOR, "a")
        assert editing.edit(s, EDITOR, text("a", ADVANCE)).number == 2
        editing.publish(s, EDITOR, "a", "en")
        assert [(v.number, v.status) for v in editing.page(s, "a").versions] == [
            (2, "published"),
            (1, "superseded"),
        ]


def test_an_older_rule_holds_until_the_new_one_begins(engine: Engine) -> None:
    with db.transaction(engine) as s:
        editing.create(s, EDITOR, text("a", ADVANCE, start="2021-01-01"))
        editing.publish(s, EDITOR, "a")
        editing.edit(s, EDITOR, text("a", LOAN, start="2024-07-01"))
        editing.publish(s, EDITOR, "a")
        held = [editing.in_force(s, "a", "en", date(y, m, 30)) for y, m in ((2024, 6), (2024, 7))]
        assert [version and version.number for version in held] == [1, 2]
        assert editing.in_force(s, "a", "en", date(2020, 1, 1)) is None


def test_going_back_to_what_another_version_followed_holds_on(engine: Engine) -> None:
    with db.transaction(engine) as s:
        editing.create(s, EDITOR, text("a", ADVANCE, start="2021-01-01"))
        editing.publish(s, EDITOR, "a")
        editing.edit(s, EDITOR, text("a", LOAN, start="2024-07-01"))
        editing.publish(s, EDITOR, "a")
        editing.roll_back(s, EDITOR, "a", "en", 1)
        editing.publish(s, EDITOR, "a")
        again = editing.in_force(s, "a", "en", date(2025, 1, 1))
        assert again
        assert (again.number, again.body) == (3, text("a", ADVANCE).body)


def test_going_back_keeps_the_last_day_that_was_written(engine: Engine) -> None:
    with db.transaction(engine) as s:
        editing.create(s, EDITOR, text("a", ADVANCE, end="2030-01-31"))
        editing.publish(s, EDITOR, "a")
        editing.edit(s, EDITOR, text("a", LOAN))
        editing.publish(s, EDITOR, "a")
        assert editing.roll_back(s, EDITOR, "a", "en", 1).valid_until == date(2030, 1, 31)


def test_a_withdrawn_article_keeps_its_words_and_answers_no_more(engine: Engine) -> None:
    with db.transaction(engine) as s:
        editing.create(s, EDITOR, text("a", ADVANCE))
        editing.publish(s, EDITOR, "a")
        editing.withdraw(s, EDITOR, "a")
        assert s.scalar(select(func.count()).select_from(Passage)) == 0
        assert editing.page(s, "a").versions[0].body.startswith("## How much")


def test_what_cannot_be_done_is_refused(engine: Engine) -> None:
    with db.transaction(engine) as s:
        editing.create(s, EDITOR, text("a", ADVANCE))
        with pytest.raises(Conflict, match="already exists"):
            editing.create(s, EDITOR, text("a", LOAN))
        with pytest.raises(Conflict, match="Nothing"):
            editing.withdraw(s, EDITOR, "a")
        with pytest.raises(NotFound):
            editing.publish(s, EDITOR, "b")
        with pytest.raises(NotFound):
            editing.edit(s, EDITOR, text("b", LOAN))
        with pytest.raises(NotFound):
            editing.page(s, "a", number=7)
        editing.publish(s, EDITOR, "a")
        with pytest.raises(Conflict, match="no draft"):
            editing.publish(s, EDITOR, "a")


def test_a_body_without_sections_is_refused(engine: Engine) -> None:
    bad = text("a", ADVANCE)
    with db.transaction(engine) as s, pytest.raises(Invalid, match="not well formed"):
        editing.create(
            s,
            EDITOR,
            type(bad)(
                **{f: getattr(bad, f) for f in bad.__slots__} | {"body": "## Empty? {#empty}\n"}
            ),
        )


def test_a_listing_pages_by_id_and_filters_by_status(engine: Engine) -> None:
    with db.transaction(engine) as s:
        for name in ("a", "b", "c"):
            editing.create(s, EDITOR, text(name, LOAN))
        editing.publish(s, EDITOR, "b")
        assert listed(s, Wanted(), after="a", limit=1) == ["b"]
        assert listed(s, Wanted(status="published")) == ["b"]
        assert listed(s, Wanted(topic="legal")) == []
