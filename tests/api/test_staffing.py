"""The staffing calculator over HTTP."""

import pytest

from tests.conftest import DeskClient

FIELDS = {"agents", "service_level", "asa", "occupancy", "wait_probability"}


def ask(desk: DeskClient, **query: object) -> tuple[int, dict]:
    asked = {"calls": 565, "interval": 1800, "aht": 240, "target": 0.8, "within": 20} | query
    answer = desk.as_("supervisor", "GET", "/api/v1/staffing/erlang", params=asked)
    return answer.status_code, answer.json()


def test_erlang_82_counselors_hold_565_calls_over_http(sqlite_desk: DeskClient) -> None:
    status, told = ask(sqlite_desk)
    assert (status, set(told)) == (200, FIELDS)
    assert told["agents"] == 82
    assert told["service_level"] == pytest.approx(0.8008, abs=5e-5)
    assert ask(sqlite_desk, calls=566)[1]["agents"] == 83


def test_erlang_a_and_the_roster_when_asked(sqlite_desk: DeskClient) -> None:
    _, told = ask(sqlite_desk, patience=120, shrinkage=0.3, max_occupancy=0.9)
    assert set(told) == FIELDS | {"scheduled", "abandonment"}
    assert told["occupancy"] <= 0.9
    assert told["scheduled"] > told["agents"] / 0.7 - 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"calls": -1},
        {"calls": "many"},
        {"calls": "nan"},
        {"calls": 1e9},
        {"interval": 0},
        {"aht": 0},
        {"aht": "inf"},
        {"target": 1.5},
        {"target": -0.1},
        {"target": 1},
        {"within": -1},
        {"shrinkage": 1},
        {"max_occupancy": 0},
        {"patience": 0},
    ],
)
def test_erlang_bad_numbers_are_refused_in_the_one_shape(
    sqlite_desk: DeskClient, wrong: dict[str, object]
) -> None:
    status, told = ask(sqlite_desk, **wrong)
    assert status == 422
    assert told["error"]["code"] == "invalid"
    assert told["error"]["message"]


def test_erlang_no_calls_need_nobody(sqlite_desk: DeskClient) -> None:
    status, told = ask(sqlite_desk, calls=0)
    assert (status, told["agents"], told["asa"]) == (200, 0, 0)
