"""Covering days with shifts, and keeping to them."""

from datetime import UTC, datetime, timedelta

import pytest

from routing.workforce import shifts
from routing.workforce.adherence import Planned, Was, adherence
from routing.workforce.shifts import Rules

NEED = [0] * 18 + [20, 24, 30, 28, 22, 18, 14, 14, 18, 20, 22, 20, 18, 16, 14, 12, 10, 8] + [0] * 12


def staffed(cover: shifts.Cover) -> list[int]:
    return [sum(x.people for x in cover.shifts if x.works(slot)) for slot in range(48)]


def test_every_half_hour_is_covered_and_meals_are_taken() -> None:
    cover = shifts.cover(NEED, Rules(people=60))
    assert cover.short == []
    assert all(have >= need for have, need in zip(staffed(cover), NEED, strict=True))
    assert cover.heads <= 60
    for shift in cover.shifts:
        length = shift.end - shift.start
        assert length <= 18
        assert (shift.meal is not None) == (length >= 12)
        if shift.meal is not None:
            assert shift.start + 6 <= shift.meal <= shift.start + 10
    assert cover.paid_slots >= sum(NEED)


def test_who_is_not_there_is_made_up_for() -> None:
    with_all = shifts.cover(NEED, Rules(people=90))
    cover = shifts.cover(NEED, Rules(people=90, shrinkage=0.25))
    assert cover.needed[20] == 40  # 30 people there, of 40 on the roster
    assert cover.short == []
    assert cover.paid_slots > with_all.paid_slots


def test_what_cannot_be_covered_is_named() -> None:
    """25 people cannot be 30; and nobody can be there at night."""
    cover = shifts.cover(NEED, Rules(people=25))
    assert 20 in {short.slot for short in cover.short}
    there = staffed(cover)
    assert {s.slot: s.missing for s in cover.short} == {
        slot: need - have
        for slot, (need, have) in enumerate(zip(NEED, there, strict=True))
        if have < need
    }
    night = [3] + [0] * 47
    told = shifts.cover(night, Rules(people=9))
    assert [(s.slot, s.missing) for s in told.short] == [(0, 3)]
    assert told.heads == 0


@pytest.mark.parametrize(
    ("needed", "rules"),
    [
        ([1] * 47, Rules(people=5)),
        ([-1] + [0] * 47, Rules(people=5)),
        ([1] * 48, Rules(people=5, lengths=(40,))),
        ([1] * 48, Rules(people=5, shrinkage=1.0)),
    ],
)
def test_what_makes_no_sense_is_refused(needed: list[int], rules: Rules) -> None:
    with pytest.raises(shifts.NoShift):
        shifts.cover(needed, rules)


def test_adherence_is_the_share_of_planned_time_that_was_kept() -> None:
    nine = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def at(minutes: float) -> datetime:
        return nine + timedelta(minutes=minutes)

    plan = [
        Planned(at(0), at(60), "work"),
        Planned(at(60), at(90), "break"),
        Planned(at(90), at(150), "work"),
    ]
    states = [
        Was(at(6), "ready"),  # six minutes late
        Was(at(50), "wrap_up"),
        Was(at(55), "ready"),
        Was(at(70), "not_ready"),  # ten minutes of the break worked
        Was(at(90), "ready"),
    ]
    whole = adherence(plan, states, at(150))
    assert (whole.scheduled, whole.adherent) == (150 * 60, 134 * 60)
    assert whole.share == pytest.approx(134 / 150)
    assert [(d.planned, d.state, d.start, d.end) for d in whole.deviations] == [
        ("work", "offline", at(0), at(6)),
        ("break", "ready", at(60), at(70)),
    ]
    half = adherence(plan, states, at(30))
    assert (half.scheduled, half.adherent) == (30 * 60, 24 * 60)
    assert adherence(plan, states, at(-5)).share is None
