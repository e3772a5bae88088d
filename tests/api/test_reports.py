"""Figures over HTTP: what was done at the desk is what they tell."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine

from crm import clock, db, events
from crm.events import Actor
from routing.kpi import formulas, recompute
from tests.conftest import DeskClient, settings_for
from tests.desks import desk_with
from tests.kpi.journals import MONDAY, lives
from tests.scripted_bot import ScriptedBot

FIELDS = {"kpi", "formula", "version", "value", "n", "intervals"}


def ask(desk: DeskClient, kpi: str, **query: object) -> dict:
    answer = desk.as_("supervisor", "GET", f"/api/v1/reports/{kpi}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def helped(desk: DeskClient, queue: str = "payment") -> None:
    """Somebody asks for a person, is helped at once and says how it was."""
    guest = desk.guest(language="ko")
    assert guest.outcome("a person please")["act"] == "handoff"
    path = f"/api/v1/conversations/{guest.conversation_id}"
    for verb, body in (
        ("accept", None),
        ("transfer", {"queue": queue}),
        ("accept", None),
        ("messages", {"client_id": "1", "text": "here you are"}),
        ("wrap", {"code": "answered"}),
    ):
        answer = desk.as_("counselor", "POST", f"{path}/{verb}", json=body)
        assert answer.status_code in {200, 201}, answer.text
    desk.http.post("/api/v1/chat/survey", json={"score": 4}, headers=guest.headers)


def test_a_day_at_the_desk_in_figures(desk: DeskClient) -> None:
    helped(desk)
    helped(desk)
    told = ask(desk, "service_level")
    assert set(told) >= FIELDS
    assert (told["value"], told["n"], told["version"]) == (1.0, 2, 2)
    assert told["formula"] == "answered_in / (answered + abandoned - abandoned_short)"
    assert ask(desk, "csat")["value"] == 75.0
    assert ask(desk, "csat", queue="payment", counselor=desk.people["counselor"].id)["n"] == 2
    assert ask(desk, "csat", queue="bidding")["value"] is None
    assert ask(desk, "volume", channel="web", language="ko")["value"] == 2.0
    assert ask(desk, "volume", channel="phone")["value"] == 0.0
    handling = ask(desk, "aht")
    assert handling["n"] == 4  # both were moved on once, so both were handled twice
    assert handling["value"] < 60
    assert sum(part["n"] for part in handling["intervals"]) == 4


def test_the_list_tells_every_version_in_three_languages(sqlite_desk: DeskClient) -> None:
    said = {}
    for language in ("en", "es", "ko"):
        answer = sqlite_desk.as_("auditor", "GET", f"/api/v1/reports?language={language}")
        items = answer.json()["items"]
        assert [item["kpi"] for item in items] == list(formulas.NAMES)
        assert all(f["words"] and f["formula"] for item in items for f in item["formulas"])
        said[language] = {item["kpi"]: item["name"] for item in items}
        versions = {item["kpi"]: len(item["formulas"]) for item in items}
        assert versions["service_level"] == versions["abandonment"] == 2
    assert len({said[language]["aht"] for language in said}) == 3


def test_service_level_with_and_without_who_gave_up(
    sqlite_desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answered after 3 s and 40 s; given up after 2 s and 30 s."""
    for n, (kind, wait) in enumerate(
        [("accepted", 3), ("accepted", 40), ("ended", 2), ("ended", 30)]
    ):
        who = Actor("counselor", "a" * 24) if kind == "accepted" else Actor("contact", f"{n}")
        for at, what, actor, data in (
            (0, "started", Actor("contact", f"{n}"), {"channel": "phone", "language": "en"}),
            (1, "handed_off", events.BOT, {"queue": "bidding"}),
            (1 + wait, kind, who, {"queue": "bidding", "was": "waiting"}),
        ):
            moment = MONDAY + timedelta(seconds=at)
            monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
            with db.transaction(sqlite_desk.engine) as s:
                events.emit(s, f"conversation.{what}", actor, conversation=f"{n}", data=data)
    monkeypatch.undo()
    day = {"from": MONDAY.isoformat(), "to": (MONDAY + timedelta(days=1)).isoformat()}
    assert ask(sqlite_desk, "service_level", formula="1", **day)["value"] == 1 / 4
    assert ask(sqlite_desk, "service_level", **day)["value"] == 1 / 3
    assert ask(sqlite_desk, "service_level_answered", **day)["value"] == 1 / 2
    assert ask(sqlite_desk, "abandonment", formula="abandonment.1", **day)["value"] == 2 / 4
    assert ask(sqlite_desk, "abandonment", formula="v2", **day)["value"] == 1 / 3
    assert ask(sqlite_desk, "short_abandonment", **day)["value"] == 1 / 4
    assert ask(sqlite_desk, "response_rate", **day)["value"] == 1 / 2
    assert ask(sqlite_desk, "asa", **day)["value"] == 21.5


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("/api/v1/reports/luck", 404),
        ("/api/v1/reports/aht?formula=9", 422),
        ("/api/v1/reports/aht?queue=nowhere", 422),
        ("/api/v1/reports/aht?from=yesterday", 422),
        ("/api/v1/reports/aht?from=2026-11-02&to=2026-11-01", 422),
        ("/api/v1/reports/aht?from=2020-01-01&to=2026-11-01", 422),
        ("/api/v1/reports/aht?from=2026-01-01&to=2026-11-01&interval=900", 422),
        ("/api/v1/reports/aht?interval=7", 422),
        ("/api/v1/reports/aht?interval=fortnight", 422),
        ("/api/v1/reports/months/2026-13", 422),
    ],
)
def test_what_makes_no_sense_is_told_so(sqlite_desk: DeskClient, query: str, status: int) -> None:
    answer = sqlite_desk.as_("admin", "GET", query)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_days_begin_at_midnight_of_the_desk(
    sqlite_desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives(5, 40).write(sqlite_desk.engine, monkeypatch)
    told = ask(sqlite_desk, "volume", **{"from": "2026-11-02T09:00", "to": "2026-11-09T00:00"})
    starts = [part["from"] for part in told["intervals"]]
    assert starts[0] == "2026-11-02T09:00:00+09:00"
    assert starts[1] == "2026-11-03T00:00:00+09:00"
    assert told["intervals"][-1]["to"] == "2026-11-09T00:00:00+09:00"
    assert sum(part["value"] for part in told["intervals"]) == told["value"] > 0
    hours = {"from": "2026-11-03T00:00", "to": "2026-11-04T00:00"}
    by_hour = ask(sqlite_desk, "volume", **hours)
    assert (len(by_hour["intervals"]), by_hour["value"]) == (24, told["intervals"][1]["value"])
    answer = sqlite_desk.as_(
        "auditor", "GET", "/api/v1/reports/volume", params=hours | {"format": "csv"}
    )
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert sum(float(row["value"]) for row in rows) == by_hour["value"]


def test_a_day_whose_midnight_comes_twice_is_one(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Havana on 1 November 2026 the clocks go from 01:00 back to 00:00."""
    there = settings_for(tmp_path, DESK_RATE_LIMITS="off")
    there = replace(there, hours=replace(there.hours, zone="America/Havana"))
    with desk_with(ScriptedBot(), sqlite_engine, tmp_path, settings=there, works=False) as desk:
        at = datetime.fromisoformat("2026-11-01T00:30:00-05:00")
        monkeypatch.setattr(clock, "now", lambda: at)
        with db.transaction(desk.engine) as s:
            data = {"channel": "web", "language": "es"}
            who = Actor("contact", "ana")
            events.emit(s, "conversation.started", who, conversation="ana", data=data)
        monkeypatch.undo()
        span = {"from": "2026-10-31T00:00", "to": "2026-11-03T00:00"}
        for step in ("day", "week", "month"):
            parts = ask(desk, "volume", interval=step, **span)["intervals"]
            assert sum(part["value"] for part in parts) == 1
        days = ask(desk, "volume", interval="day", **span)["intervals"]
        assert [part["value"] for part in days] == [0, 1, 0]


def test_the_hour_that_comes_twice_is_two_intervals(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Madrid on 25 October 2026 the clocks go from 03:00 back to 02:00."""
    there = settings_for(tmp_path, DESK_RATE_LIMITS="off")
    there = replace(there, hours=replace(there.hours, zone="Europe/Madrid"))
    starts = {"summer": "2026-10-25T02:15:00+02:00", "winter": "2026-10-25T02:15:00+01:00"}
    with desk_with(ScriptedBot(), sqlite_engine, tmp_path, settings=there, works=False) as desk:
        for name, at in (*starts.items(), ("winter, too", starts["winter"])):
            moment = datetime.fromisoformat(at).astimezone(UTC)
            monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
            codes = {"channel": "web", "language": "es"}
            with db.transaction(desk.engine) as s:
                who = Actor("contact", name)
                events.emit(s, "conversation.started", who, conversation=name, data=codes)
        monkeypatch.undo()
        day = {"from": "2026-10-25T00:00", "to": "2026-10-26T00:00"}
        hours = ask(desk, "volume", interval="hour", **day)["intervals"]
        assert len(hours) == 25
        assert {h["from"]: h["value"] for h in hours if h["value"]} == {
            "2026-10-25T02:00:00+02:00": 1.0,
            "2026-10-25T02:00:00+01:00": 2.0,
        }
        assert all(one["to"] == other["from"] for one, other in pairwise(hours))
        # From within the first of the two to within the second.
        over = {"from": "2026-10-25T02:45:00+02:00", "to": "2026-10-25T02:30:00+01:00"}
        parts = ask(desk, "volume", interval="hour", **over)["intervals"]
        assert [(part["from"], part["value"]) for part in parts] == [
            ("2026-10-25T02:45:00+02:00", 0.0),
            ("2026-10-25T02:00:00+01:00", 2.0),
        ]
        page = desk.page("supervisor", "/console/reports?kpi=volume&interval=hour"
                         "&from=2026-10-25&to=2026-10-25")  # fmt: skip
        assert "02:00 (CEST)" in page
        assert "02:00 (CET)" in page
        assert "03:00 (" not in page
        quarters = ask(desk, "volume", interval="quarter", **day)["intervals"]
        assert sum(part["value"] for part in quarters) == 3


def test_weeks_and_months_are_the_desks_own(
    sqlite_desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives(5, 40).write(sqlite_desk.engine, monkeypatch)
    span = {"from": "2026-10-28T00:00", "to": "2026-12-03T00:00"}
    whole = ask(sqlite_desk, "volume", **span)["value"]
    assert whole > 0
    for interval, starts in (
        ("week", ["10-28", "11-02", "11-09", "11-16", "11-23", "11-30"]),
        ("month", ["10-28", "11-01", "12-01"]),
    ):
        told = ask(sqlite_desk, "volume", interval=interval, **span)["intervals"]
        assert [part["from"][5:10] for part in told] == starts
        assert {part["from"][11:19] for part in told} == {"00:00:00"}
        assert [part["to"] for part in told[:-1]] == [part["from"] for part in told[1:]]
        assert told[-1]["to"].startswith("2026-12-03T00:00")
        assert sum(part["value"] for part in told) == whole
    span |= {"to": "2026-11-07T00:00"}
    halves = ask(sqlite_desk, "volume", interval="half_hour", **span)["intervals"]
    assert halves == ask(sqlite_desk, "volume", interval="1800", **span)["intervals"]
    assert len(halves) == 10 * 48


def test_a_published_month_stays_as_it_was(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen once, by one of two who try; what comes to light later stands beside it."""
    lives(11, 30).write(desk.engine, monkeypatch)
    later = MONDAY + timedelta(days=60)
    monkeypatch.setattr(clock, "now", lambda: later)
    path = "/api/v1/reports/months"
    made = desk.as_("supervisor", "POST", path, json={"month": "2026-11"})
    assert made.status_code == 201, made.text
    assert desk.as_("admin", "POST", path, json={"month": "2026-11"}).status_code == 409
    read = desk.as_("auditor", "GET", f"{path}/2026-11").json()
    assert read["differences"] == []
    frozen = {(f["kpi"], f["queue"]): (f["value"], f["n"]) for f in read["figures"]}
    assert frozen == {(f["kpi"], f["queue"]): (f["value"], f["n"]) for f in made.json()["figures"]}
    month = {"from": "2026-11-01T00:00", "to": "2026-12-01T00:00"}
    for kpi in formulas.NAMES:
        now = ask(desk, kpi, **month)
        assert (now["value"], now["n"]) == frozen[kpi, ""]
    # A survey answered late changes what the journal tells of November, not what was published.
    with db.transaction(desk.engine) as s:
        monkeypatch.setattr(clock, "now", lambda: MONDAY + timedelta(days=11))
        codes = {"channel": "web", "language": "en"}
        events.emit(s, "conversation.started", Actor("contact", "x"), conversation="y", data=codes)
    again = desk.as_("auditor", "GET", f"{path}/2026-11").json()
    assert again["figures"] == read["figures"]
    [difference] = again["differences"]
    assert (difference["kpi"], difference["now"]) == ("volume", frozen["volume", ""][0] + 1)


def test_the_exported_journal_gives_the_published_figures(
    sqlite_desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives(2, 40).write(sqlite_desk.engine, monkeypatch)
    helped(sqlite_desk)
    lines = sqlite_desk.as_("auditor", "GET", "/api/v1/reports/journal").text.splitlines()
    assert "here you are" not in "".join(lines)
    journal = recompute.read(lines)
    recompute.check_chain(journal)
    facts = recompute.facts(journal)
    since, until = "2026-11-02T00:00:00+00:00", "2026-12-31T00:00:00+00:00"
    for kpi, version in recompute.DEFINITIONS:
        told = ask(sqlite_desk, kpi, formula=str(version), **{"from": since, "to": until})
        span = (recompute.milliseconds(since), recompute.milliseconds(until))
        mine = recompute.figure(facts, kpi, version, *span, {})
        assert json.loads(json.dumps(mine["value"])) == told["value"]
        assert mine["n"] == told["n"]
