"""Forecast, cover, shifts and adherence over HTTP."""

from datetime import datetime, timedelta
from itertools import product

import pytest

from crm import clock, db, events
from crm.events import Actor
from crm.models import Tender
from tests.conftest import DeskClient

NINE = datetime.fromisoformat("2026-11-24T09:00:00+09:00")


def test_a_new_desk_is_told_that_only_the_shape_is_known(sqlite_desk: DeskClient) -> None:
    path = "/api/v1/staffing/forecast?day=2026-11-24&daily=5000&aht=214"
    told = sqlite_desk.as_("supervisor", "GET", path).json()
    assert (told["basis"], told["days_used"], told["backtest"]["wape"]) == ("shape", 0, None)
    busiest = max(told["intervals"], key=lambda x: x["mean"])
    assert busiest["from"] == "2026-11-24T09:30:00+09:00"
    assert busiest["low"] < busiest["mean"] < busiest["high"]
    assert busiest["agents"] < busiest["agents_high"]
    assert busiest["scheduled"] > busiest["agents"]
    night = told["intervals"][6]
    assert (night["mean"], night["agents"]) == (0, 0)


def test_history_and_the_bid_calendar_make_the_forecast(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six contacts at ten, and one in each half hour of the two hours before a closing."""
    with db.transaction(desk.engine) as s:
        for week, day in product(range(4), range(5)):
            closing = (week + day) % 3
            at = NINE - timedelta(days=29 - 7 * week - day)  # a Monday and the days after it
            for k in range(closing):
                end = at.replace(hour=11, minute=30)
                s.add(Tender(number=f"T{week}{day}{k}", title="x", status="x", buyer="x",
                             tender_ends=end))  # fmt: skip
            minutes = [60 + n for n in range(6)] + [60, 90, 120, 150] * closing
            for n, minute in enumerate(minutes):
                moment = at + timedelta(minutes=minute)
                monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
                about = {"queue": "bidding", "urgent": False, "reason": "asked"}
                talk = f"{week}{day}{n}"
                kind = "conversation.handed_off"
                events.emit(s, kind, events.BOT, conversation=talk, data=about)
        for k in range(3):
            s.add(Tender(number=f"Now{k}", title="x", status="x", buyer="x",
                         tender_ends=NINE.replace(hour=11, minute=30)))  # fmt: skip
    monkeypatch.undo()
    path = "/api/v1/staffing/forecast?day=2026-11-24&queue=bidding"
    told = desk.as_("admin", "GET", path).json()
    assert told["basis"] == "history"
    slots = {slot["from"][11:16]: slot for slot in told["intervals"]}
    assert slots["10:00"]["closings"] == 3
    assert told["pull_per_closing"] == pytest.approx(1, abs=0.2)
    assert slots["10:00"]["mean"] == pytest.approx(9, abs=1)
    assert slots["11:00"]["mean"] == pytest.approx(3, abs=1)
    assert slots["10:00"]["agents"] >= 1
    assert slots["15:00"]["mean"] < 1
    assert desk.as_("admin", "GET", f"{path}&queue=nowhere").status_code == 422


def test_a_cover_says_what_it_cannot_do(sqlite_desk: DeskClient) -> None:
    needed = [0] * 18 + [4] * 18 + [0] * 12
    asked = {"needed": needed, "people": 12}
    told = sqlite_desk.as_("supervisor", "POST", "/api/v1/staffing/cover", json=asked).json()
    assert told["feasible"]
    assert told["short"] == []
    few = sqlite_desk.as_(
        "supervisor", "POST", "/api/v1/staffing/cover", json={"needed": needed, "people": 2}
    ).json()
    assert not few["feasible"]
    assert all(2 <= short["missing"] <= 4 for short in few["short"])
    wrong = {"needed": needed, "people": 2, "opens": 30, "closes": 31}
    answer = sqlite_desk.as_("supervisor", "POST", "/api/v1/staffing/cover", json=wrong)
    assert answer.status_code == 422


def test_a_shift_is_planned_once_and_kept_or_not(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NINE - timedelta(days=1))
    counselor = desk.people["counselor"].id

    def shift(hours: tuple[float, float], pauses: tuple[tuple[float, float], ...] = ()) -> dict:
        at = [(NINE + timedelta(hours=h)).isoformat() for h in hours]
        rests = [[(NINE + timedelta(hours=h)).isoformat() for h in p] for p in pauses]
        return {
            "counselor": counselor,
            "starts_at": at[0],
            "ends_at": at[1],
            "pauses": [{"start": a, "end": b} for a, b in rests],
        }

    path = "/api/v1/staffing/shifts"
    made = desk.as_("supervisor", "POST", path, json=shift((0, 8), ((3, 4),)))
    assert made.status_code == 201, made.text
    assert desk.as_("admin", "POST", path, json=shift((7, 9))).status_code == 409
    later = desk.as_("admin", "POST", path, json=shift((9, 11)))
    assert later.status_code == 201
    for wrong in (shift((8, 8)), shift((20, 40)), shift((30, 34), ((33, 35),))):
        assert desk.as_("admin", "POST", path, json=wrong).status_code == 422
    day = {"from": NINE.isoformat(), "to": (NINE + timedelta(days=1)).isoformat()}
    assert len(desk.as_("counselor", "GET", path, params=day).json()["items"]) == 2
    assert desk.as_("senior", "GET", path, params=day).json()["items"] == []
    gone = desk.as_("supervisor", "DELETE", f"{path}/{later.json()['id']}")
    assert gone.status_code == 204
    with db.transaction(desk.engine) as s:
        for hours, state in ((0.5, "ready"), (3, "not_ready"), (4, "ready")):
            moment = NINE + timedelta(hours=hours)
            monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
            codes = {"counselor": counselor, "state": state, "was": "", "seconds": 1}
            events.emit(s, "presence.changed", Actor("counselor", counselor), data=codes)
    monkeypatch.setattr(clock, "now", lambda: NINE + timedelta(hours=10))
    began = made.json()["id"]
    assert desk.as_("supervisor", "DELETE", f"{path}/{began}").status_code == 409
    kept = "/api/v1/staffing/adherence?day=2026-11-24"
    [told] = desk.as_("counselor", "GET", kept).json()["items"]
    assert told["share"] == pytest.approx(7.5 / 8)
    assert told["deviations"][0]["planned"] == "work"
    assert desk.as_("senior", "GET", kept).json()["items"] == []
