from datetime import date

from sqlalchemy import Engine

from crm import db, events
from knowledge import editing, taken_back
from knowledge.port import LANGUAGES, Query
from knowledge.search import Library

TODAY = date(2026, 11, 22)
HOW_MUCH = "How much of a contract can be paid in advance?"
EDITOR = events.Actor("counselor", "editor")


def test_a_withdrawn_version_is_silent_while_the_old_index_serves(
    library: Library, engine: Engine
) -> None:
    found = library.find(Query(HOW_MUCH, "en", TODAY))
    hits = library.hits(HOW_MUCH, "en", TODAY)
    with db.transaction(engine) as s:
        assert taken_back.finding(s, found) == found
        assert taken_back.hits(s, hits) == hits
        editing.withdraw(s, EDITOR, "advance", "en")
    with db.reading(engine) as s:
        silent = taken_back.finding(s, found)
        assert (silent.verdict, silent.text, list(silent.citations)) == ("none", "", [])
        left = taken_back.hits(s, hits)
        assert [hit for hit in left if (hit.article, hit.language) == ("advance", "en")] == []
        assert left == [hit for hit in hits if (hit.article, hit.language) != ("advance", "en")]


def test_another_languages_withdrawal_and_a_new_version_leave_an_answer_standing(
    library: Library, engine: Engine
) -> None:
    found = library.find(Query(HOW_MUCH, "en", TODAY))
    with db.transaction(engine) as s:
        for language in LANGUAGES:
            if language != "en" and editing.in_force(s, "advance", language, TODAY):
                editing.withdraw(s, EDITOR, "advance", language)
        page = editing.page(s, "advance", "en")
        editing.edit(s, EDITOR, editing.text_of(page.article, page.versions[0]))
        editing.publish(s, EDITOR, "advance", "en")
        assert taken_back.finding(s, found) == found


def test_a_version_is_silent_once_the_one_that_followed_it_is_withdrawn(
    library: Library, engine: Engine
) -> None:
    found = library.find(Query(HOW_MUCH, "en", TODAY))
    with db.transaction(engine) as s:
        page = editing.page(s, "advance", "en")
        editing.edit(s, EDITOR, editing.text_of(page.article, page.versions[0]))
        editing.publish(s, EDITOR, "advance", "en")
        editing.withdraw(s, EDITOR, "advance", "en")
        assert taken_back.finding(s, found).verdict == "none"
