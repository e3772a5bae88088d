"""A repeat is a person's: merged contacts are one, and a merge counts back for seven days."""

import pytest
from sqlalchemy import Engine

from api import journal_export
from crm import db, rollups
from crm.events import Actor
from routing.kpi import formulas, recompute, rollup
from routing.kpi.report import Span
from tests.kpi.journals import COUNSELORS, DESK, MONDAY, SPAN_OF_DAYS, Journal

DAY = 86_400.0
FIRST, SECOND, THIRD = (f"{n:024x}" for n in (0xA1, 0xA2, 0xA3))


def talk(journal: Journal, at: float, who: str, queue: str = "bidding") -> None:
    """A contact starts a conversation, waits, is helped and is closed within ten minutes."""
    conversation = f"{len(journal.told):024x}"
    person, counselor = Actor("contact", who), Actor("counselor", COUNSELORS[0])
    start = {"channel": "web", "language": "en"}
    journal.say(at, "conversation.started", person, conversation, **start)
    journal.say(at + 1, "conversation.handed_off", Actor("bot"), conversation, queue=queue)
    journal.say(at + 60, "conversation.accepted", counselor, conversation, queue=queue)
    closing = {"code": "answered", "counselor": counselor.id, "queue": queue}
    journal.say(at + 600, "conversation.wrapped", counselor, conversation, **closing)


def merge(journal: Journal, at: float, one: str, into: str) -> None:
    journal.say(at, "contact.merged", DESK, None, contact=one, into=into, by="desk")


def unmerge(journal: Journal, at: float, one: str, into: str) -> None:
    journal.say(at, "contact.unmerged", DESK, None, **{"contact": one, "from": into})


def figures(engine: Engine, monkeypatch: pytest.MonkeyPatch, journal: Journal) -> dict[str, float]:
    """Repeats and first-contact resolutions, counted event by event and found by the script."""
    journal.write(engine, monkeypatch)
    monkeypatch.setattr(rollup, "BATCH", 3)
    assert rollup.catch_up(engine, batches=1000)
    facts = recompute.facts(recompute.read(list(journal_export.lines(engine))))
    span = Span(MONDAY, MONDAY + SPAN_OF_DAYS)
    since, until = (1000 * second for second in span.seconds)
    found = {}
    for kpi, version in (("repeat_contact", 1), ("repeat_contact", 2), ("fcr", 1), ("fcr", 2)):
        formula = formulas.find(kpi, str(version))
        with db.reading(engine) as s:
            [sums] = rollups.sums(s, formula.measures, *span.seconds, {}, by=())
        value = formula.value(dict(zip(formula.measures, map(int, sums), strict=True)))
        assert value is not None
        assert value == recompute.figure(facts, kpi, version, since, until, {})["value"]
        found[f"{kpi}_{version}"] = value
    return found


def test_a_merge_makes_the_second_talk_a_repeat_and_undoing_it_takes_that_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Journal()
    talk(told, 0, FIRST)
    talk(told, DAY, SECOND)
    merge(told, DAY + 300, SECOND, FIRST)  # noticed while they talk
    counted = figures(engine, monkeypatch, told)
    assert counted == {
        "repeat_contact_1": 0.0, "repeat_contact_2": 0.5, "fcr_1": 1.0, "fcr_2": 0.5,
    }  # fmt: skip
    wrong = Journal()
    unmerge(wrong, 2 * DAY, SECOND, FIRST)
    counted = figures(engine, monkeypatch, wrong)
    assert (counted["repeat_contact_2"], counted["fcr_2"]) == (0.0, 1.0)


@pytest.mark.parametrize(("days", "repeats"), [(6, 1 / 2), (9, 0.0)])
def test_a_merge_counts_back_for_seven_days(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, days: int, repeats: float
) -> None:
    told = Journal()
    talk(told, 0, FIRST)
    talk(told, DAY, SECOND)
    merge(told, DAY + days * DAY, SECOND, FIRST)
    assert figures(sqlite_engine, monkeypatch, told)["repeat_contact_2"] == repeats


def test_who_was_merged_before_is_known_at_once_and_over_several_steps(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Journal()
    merge(told, 1, FIRST, SECOND)
    merge(told, 2, SECOND, THIRD)
    talk(told, 10, FIRST)
    talk(told, DAY, THIRD)
    talk(told, 2 * DAY, THIRD, queue="payment")  # another queue is another matter
    counted = figures(sqlite_engine, monkeypatch, told)
    assert (counted["repeat_contact_2"], counted["fcr_2"]) == (1 / 3, 2 / 3)
    assert (counted["repeat_contact_1"], counted["fcr_1"]) == (0.0, 1.0)


def test_a_closing_that_two_hand_offs_repeat_is_undone_once(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two talks at once repeat one closing; parting one of them leaves the other's repeat."""
    told = Journal()
    talk(told, 0, FIRST)
    talk(told, DAY, SECOND)
    talk(told, DAY + 1, THIRD)
    merge(told, 2 * DAY, SECOND, FIRST)
    merge(told, 2 * DAY + 1, THIRD, FIRST)
    unmerge(told, 3 * DAY, SECOND, FIRST)
    counted = figures(sqlite_engine, monkeypatch, told)
    assert (counted["repeat_contact_2"], counted["fcr_2"]) == (1 / 3, 2 / 3)
