"""A counselor is abused: what happens, step by step, and how it can be undone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.dates import day
from crm import clock
from tests.conftest import DeskClient, GuestClient


def in_talk(desk: DeskClient, guest: GuestClient, role: str = "counselor") -> str:
    assert guest.outcome("a person please")["act"] == "handoff"
    path = f"/api/v1/conversations/{guest.conversation_id}"
    assert desk.as_(role, "POST", f"{path}/accept").status_code == 200
    return path


def abused(desk: DeskClient, path: str, kind: str = "insult", role: str = "counselor") -> dict:
    answer = desk.as_(role, "POST", f"{path}/abuse", json={"kind": kind})
    assert answer.status_code == 200, answer.text
    return answer.json()


def said_to(guest: GuestClient) -> list[str]:
    events = guest.http.get("/api/v1/chat/events", headers=guest.headers).json()["events"]
    return [e["message"]["text"] for e in events if e.get("message")]


def last_day(desk: DeskClient, ends_at: str, language: str) -> str:
    zone = ZoneInfo(desk.settings.hours.zone)
    return day(datetime.fromisoformat(ends_at).astimezone(zone), language)


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_warn_then_the_automated_voice_then_the_end(sqlite_desk: DeskClient, language: str) -> None:
    desk = sqlite_desk
    guest = desk.guest(language=language)
    path = in_talk(desk, guest)
    warned = abused(desk, path)
    assert (warned["step"], warned["rest_until"], warned["suspension"]) == ("warn", None, None)
    automated = abused(desk, path)
    assert automated["step"] == "automated"
    assert automated["rest_until"]
    talk = desk.as_("supervisor", "GET", path).json()
    assert (talk["owner"]["kind"], talk["status"]) == ("bot", "open")
    in_talk(desk, guest, "senior")  # whoever comes next need not begin again
    ended = abused(desk, path, role="senior")
    assert ended["step"] == "end"
    assert ended["suspension"]["grade"] == 1
    talk = desk.as_("supervisor", "GET", path).json()
    assert talk["status"] == "closed"
    assert guest.outcome("a person please")["act"] == "handoff"
    assert desk.as_("supervisor", "GET", path).json()["owner"]["kind"] == "bot"  # not put through
    until = last_day(desk, ended["suspension"]["ends_at"], language)
    assert sum(until in text for text in said_to(guest)) == 2  # at the end, and at the next try


def test_threats_are_not_warned_about(sqlite_desk: DeskClient) -> None:
    path = in_talk(sqlite_desk, sqlite_desk.guest())
    assert abused(sqlite_desk, path, "threat")["step"] == "automated"


def test_a_second_ending_weighs_more_unless_the_first_was_lifted(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(guest: GuestClient) -> dict:
        path = in_talk(desk, guest)
        abused(desk, path, "threat")
        in_talk(desk, guest)
        return abused(desk, path, "threat")["suspension"]

    guest, now = desk.guest(), clock.now()
    first = ended(guest)
    lasts = timedelta(days=7, hours=1)
    monkeypatch.setattr(clock, "now", lambda: now + lasts)
    second = ended(guest)
    assert (first["grade"], second["grade"]) == (1, 2)
    review = {"lift": True, "reason": "it was somebody else on the line"}
    path = f"/api/v1/suspensions/{second['id']}/review"
    assert desk.as_("counselor", "POST", path, json=review).status_code == 403
    with ThreadPoolExecutor(2) as pool:  # two supervisors at once
        both = pool.map(
            lambda role: desk.as_(role, "POST", path, json=review).status_code,
            ("supervisor", "admin"),
        )
    assert sorted(both) == [200, 409]
    assert desk.as_("auditor", "GET", "/api/v1/suspensions").json()["items"] == []
    everything = desk.as_("auditor", "GET", "/api/v1/suspensions?state=all").json()["items"]
    assert [x["state"] for x in everything] == ["lifted", "active"]
    in_talk(desk, guest)  # put through again
    monkeypatch.setattr(clock, "now", lambda: now + 2 * lasts)


def test_two_presses_at_once_are_one_step(desk: DeskClient) -> None:
    path = in_talk(desk, desk.guest())
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda _: desk.as_("counselor", "POST", f"{path}/abuse", json={"kind": "insult"}),
                range(2),
            )
        )
    steps = sorted(a.json().get("step", "none") for a in answers)
    assert steps == ["automated", "warn"]  # one after the other, never the same twice


def test_only_who_has_the_talk_may_press(sqlite_desk: DeskClient) -> None:
    path = in_talk(sqlite_desk, sqlite_desk.guest())
    for role, status in (("senior", 403), ("editor", 403)):
        answer = sqlite_desk.as_(role, "POST", f"{path}/abuse", json={"kind": "insult"})
        assert answer.status_code == status
    wrong = sqlite_desk.as_("counselor", "POST", f"{path}/abuse", json={"kind": "rude"})
    assert wrong.status_code == 422
