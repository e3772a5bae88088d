"""Judging talks, what comes of it, and the board that everybody reads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from crm import clock
from tests.conftest import DeskClient

WORDS = {"en": "x", "es": "x", "ko": "x"}
ITEMS = [
    {"code": "kind", "area": "manner", "weight": 2, "words": WORDS},
    {"code": "right", "area": "knowledge", "weight": 3, "words": WORDS},
    {"code": "secret", "area": "privacy", "fatal": True, "words": WORDS},
]
GOOD = {"kind": 4, "right": 4, "secret": 4}


def helped(desk: DeskClient, role: str = "counselor") -> str:
    guest = desk.guest(language="en")
    guest.outcome("a person please")
    path = f"/api/v1/conversations/{guest.conversation_id}"
    assert desk.as_(role, "POST", f"{path}/accept").is_success
    assert desk.as_(role, "POST", f"{path}/wrap", json={"code": "answered"}).is_success
    return guest.conversation_id


def scorecard(desk: DeskClient) -> str:
    new = {"name": "Talks", "items": ITEMS}
    made = desk.as_("supervisor", "POST", "/api/v1/quality/scorecards", json=new)
    assert made.status_code == 201, made.text
    return made.json()["id"]


def judge(desk: DeskClient, card: str, talk: str, answers: dict, role: str = "supervisor", **more):
    body = {"scorecard": card, "conversation": talk, "answers": answers} | more
    return desk.as_(role, "POST", "/api/v1/quality/evaluations", json=body)


def test_a_weak_talk_brings_a_course_and_its_result(desk: DeskClient) -> None:
    card, talk = scorecard(desk), helped(desk)
    course = desk.as_(
        "admin",
        "POST",
        "/api/v1/courses",
        json={"kind": "occupational", "title": "Bid bonds", "hours": 8, "area": "knowledge"},
    ).json()
    made = judge(desk, card, talk, {"kind": 4, "right": 1, "secret": 4}, note="look again").json()
    assert made["areas"] == {"manner": 100.0, "knowledge": 25.0, "privacy": 100.0}
    assert made["courses"] == [course["id"]]
    assert judge(desk, card, talk, GOOD).status_code == 409
    [mine] = desk.as_("counselor", "GET", "/api/v1/quality/evaluations").json()["items"]
    assert (mine["score"], mine["note"]) == (made["score"], "look again")
    assert desk.as_("senior", "GET", "/api/v1/quality/evaluations").json()["items"] == []
    seen = f"/api/v1/quality/evaluations/{mine['id']}/acknowledge"
    assert desk.as_("senior", "POST", seen).status_code == 404
    assert desk.as_("counselor", "POST", seen).json()["acknowledged_at"]
    [enrolled] = desk.as_("counselor", "GET", "/api/v1/enrolments").json()["items"]
    assert (enrolled["reason"], enrolled["state"]) == ("weak_scorecard", "assigned")
    path = f"/api/v1/courses/{course['id']}/enrolments"
    again = desk.as_("admin", "POST", path, json={"counselor": desk.people["counselor"].id})
    assert again.status_code == 409
    result = f"/api/v1/enrolments/{enrolled['id']}/result"
    with ThreadPoolExecutor(2) as pool:
        told = pool.map(
            lambda n: desk.as_("supervisor", "POST", result, json={"result": n}).status_code,
            (88, 20),
        )
    assert sorted(told) == [200, 409]
    [person] = [
        x
        for x in desk.as_("auditor", "GET", "/api/v1/statistics/counselors").json()["items"]
        if x["counselor"] == desk.people["counselor"].id
    ]
    assert (person["handled"], person["judged"], person["quality"]) == (1, 1, made["score"])
    assert person["passed"] + person["assigned"] <= 1


def test_a_failed_fatal_item_makes_the_score_nothing(sqlite_desk: DeskClient) -> None:
    card, talk = scorecard(sqlite_desk), helped(sqlite_desk)
    made = judge(sqlite_desk, card, talk, GOOD | {"secret": 0}).json()
    assert (made["score"], made["fatal"]) == (0.0, True)


def test_nobody_judges_themselves_nor_what_is_not_over(sqlite_desk: DeskClient) -> None:
    card = scorecard(sqlite_desk)
    own = helped(sqlite_desk, "senior")
    assert judge(sqlite_desk, card, own, GOOD, "senior").status_code == 403
    assert judge(sqlite_desk, card, own, GOOD, "counselor").status_code == 403
    going = sqlite_desk.guest().conversation_id
    assert judge(sqlite_desk, card, going, GOOD).status_code == 409
    assert judge(sqlite_desk, card, "nothing", GOOD).status_code == 404
    assert judge(sqlite_desk, "nothing", own, GOOD).status_code == 404
    assert judge(sqlite_desk, card, own, {"kind": 4}).status_code == 422
    twice = {"name": "Twice", "items": [ITEMS[0], ITEMS[0]]}
    path = "/api/v1/quality/scorecards"
    assert sqlite_desk.as_("admin", "POST", path, json=twice).status_code == 422


def test_a_new_version_leaves_what_was_judged(sqlite_desk: DeskClient) -> None:
    first, talk = scorecard(sqlite_desk), helped(sqlite_desk)
    judge(sqlite_desk, first, talk, GOOD)
    second = scorecard(sqlite_desk)
    cards = sqlite_desk.as_("counselor", "GET", "/api/v1/quality/scorecards").json()["items"]
    assert {c["id"]: c["version"] for c in cards} == {first: 1, second: 2}
    [kept] = sqlite_desk.as_("auditor", "GET", "/api/v1/quality/evaluations").json()["items"]
    assert kept["scorecard"] == first


def test_the_draw_is_the_same_for_the_same_seed_and_fair_to_all(sqlite_desk: DeskClient) -> None:
    talks = [helped(sqlite_desk) for _ in range(5)] + [helped(sqlite_desk, "senior")]
    now = clock.now()
    span = {"from": (now - timedelta(days=1)).isoformat(), "to": (now + timedelta(1)).isoformat()}

    def draw(seed: str) -> list[tuple[str, str]]:
        path = "/api/v1/quality/sample"
        told = sqlite_desk.as_("senior", "GET", path, params=span | {"seed": seed, "each": 2})
        return [(x["conversation"], x["counselor"]) for x in told.json()["items"]]

    drawn = draw("2026-11")
    assert drawn == draw("2026-11")
    assert len({tuple(draw(str(n))) for n in range(8)}) > 1
    by_counselor = [who for _, who in drawn]
    assert sorted(map(by_counselor.count, set(by_counselor))) == [1, 2]
    judge(sqlite_desk, scorecard(sqlite_desk), drawn[0][0], GOOD)
    assert drawn[0] not in draw("2026-11")
    assert {talk for talk, _ in drawn} <= set(talks)


def test_a_calibration_shows_who_judges_how_and_counts_for_nobody(
    sqlite_desk: DeskClient,
) -> None:
    card, talk = scorecard(sqlite_desk), helped(sqlite_desk)
    strict = {"kind": 1, "right": 3, "secret": 4}
    assert judge(sqlite_desk, card, talk, GOOD, "supervisor", calibration=True).is_success
    assert judge(sqlite_desk, card, talk, strict, "senior", calibration=True).is_success
    path = f"/api/v1/quality/calibration/{talk}"
    told = sqlite_desk.as_("auditor", "GET", path).json()
    assert told["spread"] == {"kind": 3, "right": 1, "secret": 0}
    assert told["agreement"] == pytest.approx(2 / 3)
    assert told["evaluators"] == 2
    assert sqlite_desk.as_("counselor", "GET", "/api/v1/quality/evaluations").json()["items"] == []


def test_coaching_is_between_two(sqlite_desk: DeskClient) -> None:
    counselor = sqlite_desk.people["counselor"].id
    path = "/api/v1/quality/notes"
    new = {"counselor": counselor, "text": "Well done today."}
    note = sqlite_desk.as_("senior", "POST", path, json=new)
    assert note.status_code == 201
    assert sqlite_desk.as_("counselor", "POST", path, json=new).status_code == 403
    [mine] = sqlite_desk.as_("counselor", "GET", path).json()["items"]
    assert (mine["text"], mine["read_at"]) == ("Well done today.", None)
    assert sqlite_desk.as_("counselor", "POST", f"{path}/{mine['id']}/read").json()["read_at"]
    assert sqlite_desk.as_("senior", "GET", path).json()["items"] == []


def test_a_notice_that_must_be_read_is_followed_up(desk: DeskClient) -> None:
    path = "/api/v1/notices"
    new = {"title": "New price floor", "text": "From Monday on.", "must_read": True}
    made = desk.as_("supervisor", "POST", path, json=new).json()
    unread = f"{path}/{made['id']}/unread"
    people = {desk.people[role].id for role in ("counselor", "senior")}
    assert set(desk.as_("admin", "GET", unread).json()["counselors"]) == people
    for _ in range(2):
        assert desk.as_("counselor", "POST", f"{path}/{made['id']}/read").status_code == 204
    [told] = desk.as_("counselor", "GET", path).json()["items"]
    assert (told["read"], told["readers"]) == (True, 1)
    left = desk.as_("admin", "GET", unread).json()["counselors"]
    assert left == [desk.people["senior"].id]
    assert desk.as_("admin", "DELETE", f"{path}/{made['id']}").status_code == 204
    assert desk.as_("senior", "GET", path).json()["items"] == []
    assert desk.as_("senior", "POST", f"{path}/nothing/read").status_code == 404


def test_targets_change_with_the_stage(
    sqlite_desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    helped(sqlite_desk)
    now = clock.now()
    new = {
        "early": 0.7,
        "stabilised": 0.95,
        "switch_on": (now + timedelta(days=2)).date().isoformat(),
        "at_least": True,
    }
    path = "/api/v1/targets"
    assert sqlite_desk.as_("auditor", "PUT", f"{path}/service_level", json=new).status_code == 403
    assert sqlite_desk.as_("admin", "PUT", f"{path}/luck", json=new).status_code == 404
    assert sqlite_desk.as_("admin", "PUT", f"{path}/service_level", json=new).status_code == 200
    wait = new | {"early": 30, "stabilised": 10, "at_least": False}
    assert sqlite_desk.as_("admin", "PUT", f"{path}/csat", json=wait).status_code == 200
    told = {x["kpi"]: x for x in sqlite_desk.as_("auditor", "GET", path).json()["items"]}
    level = told["service_level"]
    assert (level["stage"], level["target"], level["value"], level["met"]) == (
        "early", 0.7, 1.0, True,
    )  # fmt: skip
    assert (told["csat"]["value"], told["csat"]["met"]) == (None, None)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=3))
    told = {x["kpi"]: x for x in sqlite_desk.as_("auditor", "GET", path).json()["items"]}
    assert (told["service_level"]["stage"], told["service_level"]["target"]) == ("stabilised", 0.95)


def test_the_journal_keeps_none_of_the_words(sqlite_desk: DeskClient) -> None:
    card, talk = scorecard(sqlite_desk), helped(sqlite_desk)
    planted = "Kim Planted, 010-2345-6789"
    assert judge(sqlite_desk, card, talk, GOOD, note=planted).is_success
    counselor = sqlite_desk.people["counselor"].id
    note = {"counselor": counselor, "text": planted}
    assert sqlite_desk.as_("senior", "POST", "/api/v1/quality/notes", json=note).is_success
    notice = {"title": planted, "text": planted}
    assert sqlite_desk.as_("admin", "POST", "/api/v1/notices", json=notice).is_success
    course = {"kind": "basic", "title": planted, "hours": 2}
    assert sqlite_desk.as_("admin", "POST", "/api/v1/courses", json=course).is_success
    campaign = {"name": planted, "kind": "notice", "texts": {"en": planted}}
    assert sqlite_desk.as_("admin", "POST", "/api/v1/campaigns", json=campaign).is_success
    journal = sqlite_desk.as_("auditor", "GET", "/api/v1/reports/journal").text
    assert all(kind in journal for kind in ("evaluation.made", "coaching.noted", "notice.put_up"))
    assert "Planted" not in journal
    # Four figures alone may stand in a hash by chance.
    assert not any(number in journal for number in ("010-2345", "2345-6789", "23456789"))
