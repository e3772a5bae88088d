"""Reaching out: who is reached, who is left in peace, and what came of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from crm import campaigns, clock, contacts, conversations, db, merging
from crm.events import SYSTEM
from crm.models import CampaignTarget, Contact, Delivery, Message
from routing import outreach
from routing.workforce.quiet import is_quiet
from tests.conftest import DeskClient, settings_for
from tests.desks import desk_with
from tests.scripted_bot import ScriptedBot

NOON = datetime.fromisoformat("2026-11-24T12:00:00+09:00").astimezone(UTC)
TEXTS = {"en": "How did we do?", "ko": "상담은 어떠셨습니까?"}


@pytest.fixture
def desk(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A desk at noon whose background worker rests, so that each test says when one works."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    settings = settings_for(tmp_path, DESK_RATE_LIMITS="off", PUBLIC_URL="https://desk.example")
    with desk_with(ScriptedBot(), engine, tmp_path, settings=settings, works=False) as made:
        yield made


def people(desk: DeskClient, count: int, language: str = "en") -> list[str]:
    """Contacts who once wrote from an address of their own."""
    with db.transaction(desk.engine) as s:
        made = []
        for n in range(count):
            contact = contacts.meet(s, language=language, name=None, email=None)
            conversations.start(
                s, contact, channel="simulator", account="main", language=language,
                address=f"sim-{language}-{n}",
            )  # fmt: skip
            made.append(contact.id)
        return made


def campaign(desk: DeskClient, kind: str, contact_ids: list[str], **more: object) -> str:
    new = {"name": "November", "kind": kind, "texts": TEXTS} | more
    made = desk.as_("supervisor", "POST", "/api/v1/campaigns", json=new)
    assert made.status_code == 201, made.text
    path = f"/api/v1/campaigns/{made.json()['id']}"
    added = desk.as_("supervisor", "POST", f"{path}/targets", json={"contacts": contact_ids})
    assert added.json() == {"added": len(contact_ids)}
    assert desk.as_("supervisor", "POST", f"{path}/start").status_code == 200
    return path


def targets(desk: DeskClient) -> dict[str, tuple[str, str | None]]:
    with db.reading(desk.engine) as s:
        return {t.contact_id: (t.state, t.result) for t in s.scalars(select(CampaignTarget))}


def sent(desk: DeskClient) -> list[str]:
    with db.reading(desk.engine) as s:
        return list(
            s.scalars(
                select(Message.text)
                .join(Delivery, Delivery.message_id == Message.id)
                .where(Delivery.channel == "simulator")
            )
        )


def later(monkeypatch: pytest.MonkeyPatch, **span: float) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(**span))


def test_the_pace_is_kept_by_any_number_of_workers(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign(desk, "notice", people(desk, 12), per_minute=5)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: outreach.reach_out(desk.engine, desk.settings), range(6)))
    assert len(sent(desk)) == 5
    later(monkeypatch, seconds=61)
    outreach.reach_out(desk.engine, desk.settings)
    assert len(sent(desk)) == 10
    later(monkeypatch, seconds=130)
    for _ in range(3):
        outreach.reach_out(desk.engine, desk.settings)
    assert len(sent(desk)) == 12
    assert {state for state, _ in targets(desk).values()} == {"sent"}


def test_nobody_is_reached_at_night_or_while_paused(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = campaign(desk, "notice", people(desk, 2))
    later(monkeypatch, hours=10)  # 22:00
    assert outreach.reach_out(desk.engine, desk.settings) == 0
    later(monkeypatch, hours=24)
    assert desk.as_("admin", "POST", f"{path}/pause").status_code == 200
    assert desk.as_("admin", "POST", f"{path}/pause").status_code == 409
    assert outreach.reach_out(desk.engine, desk.settings) == 0
    assert desk.as_("admin", "POST", f"{path}/start").status_code == 200
    assert outreach.reach_out(desk.engine, desk.settings) == 2


@pytest.mark.parametrize(
    ("hours", "moment", "quiet"),
    [
        (("21:00", "08:00"), "20:59", False),
        (("21:00", "08:00"), "21:00", True),
        (("21:00", "08:00"), "03:00", True),
        (("21:00", "08:00"), "08:00", False),
        (("12:00", "13:00"), "12:30", True),
        (("12:00", "13:00"), "13:00", False),
        (("00:00", "00:00"), "00:00", False),
    ],
)
def test_quiet_hours(hours: tuple[str, str], moment: str, quiet: bool) -> None:
    at = datetime.fromisoformat(f"2026-11-24T{moment}:00+09:00")
    assert is_quiet(hours, "Asia/Seoul", at) is quiet


def test_consent_is_asked_of_the_record(desk: DeskClient) -> None:
    yes, silent, no, never, away = people(desk, 5)
    for contact, purpose, given in (
        (yes, "promotion", True),
        (no, "promotion", False),
        (never, "promotion", True),
        (never, "any", False),
        (away, "promotion", True),
    ):
        said = desk.as_(
            "counselor",
            "PUT",
            f"/api/v1/contacts/{contact}/consents",
            json={"purpose": purpose, "given": given},
        )
        assert said.status_code == 200
    with db.transaction(desk.engine) as s:  # in talk with a counselor: not interrupted
        talk = s.scalars(select(conversations.Conversation).filter_by(contact_id=away)).one()
        packet = {"reason": "asked", "goal": "", "facts": {}, "sources_tried": [],
                  "language": "en", "deadline": None, "last_turns": []}  # fmt: skip
        conversations.hand_off(
            s, talk, actor=SYSTEM, queue="bidding", packet=packet, urgent=False, deadline=None
        )
    path = campaign(desk, "promotion", [yes, silent, no, never, away])
    expected = desk.as_("auditor", "GET", f"{path}/outlook").json()
    left_out = {"no_consent": 1, "refused": 1, "do_not_contact": 1}
    assert (expected["reached"], expected["left_out"]) == (2, left_out)
    outreach.reach_out(desk.engine, desk.settings)
    assert targets(desk) == {
        yes: ("sent", None),
        silent: ("skipped", "no_consent"),
        no: ("skipped", "refused"),
        never: ("skipped", "do_not_contact"),
        away: ("due", None),
    }
    assert "agreed" in sent(desk)[0]


def test_one_contact_is_not_reached_twice_in_a_day(desk: DeskClient) -> None:
    [contact] = people(desk, 1)
    campaign(desk, "notice", [contact])
    outreach.reach_out(desk.engine, desk.settings)
    path = campaign(desk, "notice", [contact])
    expected = desk.as_("auditor", "GET", f"{path}/outlook").json()
    assert (expected["reached"], expected["left_out"]) == (0, {"reached_lately": 1})
    outreach.reach_out(desk.engine, desk.settings)
    detail = desk.as_("auditor", "GET", path).json()
    assert detail["results"]["results"] == {"reached_lately": 1}
    assert len(sent(desk)) == 1


def test_a_survey_is_answered_once_and_counted_from_0_to_100(desk: DeskClient) -> None:
    path = campaign(desk, "survey", [*people(desk, 1, "ko"), *people(desk, 1, "en")])
    outreach.reach_out(desk.engine, desk.settings)
    texts = sent(desk)
    assert any(text.startswith("상담은") for text in texts)
    pages = [text.split("https://desk.example")[1] for text in texts]
    best = {"overall": 5, "activeness": 4, "kindness": 5, "accuracy": 3, "speed": 1}
    for address, scores in zip(pages, (best, dict.fromkeys(best, 3)), strict=True):
        desk.http.cookies.clear()
        page = desk.http.get(address)
        assert page.status_code == 200
        secret = desk.http.cookies["sinmungo_form"]
        back = {"Cookie": f"sinmungo_form={secret}"}  # a secure one, which plain HTTP keeps back
        missing = desk.http.post(address, data={"overall": "5", "csrf": secret}, headers=back)
        assert missing.status_code == 422
        form = {k: str(v) for k, v in scores.items()} | {"csrf": secret, "comment": "thanks"}
        assert desk.http.post(address, data=form, headers=back).status_code == 200
        again = desk.http.post(address, data=form | {"overall": "1"}, headers=back)
        assert again.status_code == 200  # told that it was answered; nothing changes
    results = desk.as_("supervisor", "GET", path).json()["results"]
    assert (results["ratings"], results["response_rate"]) == (2, 1.0)
    assert results["index"] == {
        "overall": 75.0, "activeness": 62.5, "kindness": 75.0, "accuracy": 50.0, "speed": 25.0,
    }  # fmt: skip
    assert desk.http.get("/survey/nothing").status_code == 404
    assert desk.http.post(pages[0], data={"overall": "5"}).status_code == 403


def test_a_survey_needs_an_address_of_its_own(desk: DeskClient) -> None:
    object.__setattr__(desk.app.state.desk, "settings", replace(desk.settings, public_url=""))
    new = {"name": "x", "kind": "survey", "texts": TEXTS}
    made = desk.as_("admin", "POST", "/api/v1/campaigns", json=new).json()
    answer = desk.as_("admin", "POST", f"/api/v1/campaigns/{made['id']}/start")
    assert answer.status_code == 422
    assert "PUBLIC_URL" in answer.json()["error"]["message"]


def helped(desk: DeskClient) -> str:
    guest = desk.guest(language="en", name="Ficticia Example")
    guest.outcome("a person please")
    path = f"/api/v1/conversations/{guest.conversation_id}"
    assert desk.as_("counselor", "POST", f"{path}/accept").status_code == 200
    assert desk.as_("counselor", "POST", f"{path}/wrap", json={"code": "answered"}).is_success
    return guest.conversation_id


def test_happy_calls_are_made_by_one_person_each(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = helped(desk)
    new = {"name": "Happy calls", "kind": "happy_call", "texts": TEXTS}
    made = desk.as_("supervisor", "POST", "/api/v1/campaigns", json=new).json()
    path = f"/api/v1/campaigns/{made['id']}"
    span = {
        "since": (NOON - timedelta(days=1)).isoformat(),
        "until": (NOON + timedelta(days=1)).isoformat(),
    }
    for added in (1, 0):
        answer = desk.as_("supervisor", "POST", f"{path}/targets", json={"closed": span})
        assert answer.json() == {"added": added}
    desk.as_("supervisor", "POST", f"{path}/start")
    assert outreach.reach_out(desk.engine, desk.settings) == 0  # people make these calls
    [call] = desk.as_("senior", "GET", "/api/v1/happy-calls").json()["items"]
    assert (call["about"], call["opening"], call["state"]) == (talk, "How did we do?", "due")
    target = f"/api/v1/happy-calls/{call['id']}"
    with ThreadPoolExecutor(2) as pool:
        both = pool.map(lambda role: desk.as_(role, "POST", f"{target}/take").status_code,
                        ("senior", "counselor"))  # fmt: skip
        assert sorted(both) == [200, 409]
    with db.reading(desk.engine) as s:
        who = s.scalars(select(CampaignTarget)).one().taken_by
    role = next(r for r in ("senior", "counselor") if desk.people[r].id == who)
    nobody = desk.as_(role, "POST", f"{target}/result", json={"result": "no_answer"}).json()
    assert (nobody["state"], nobody["attempts"]) == ("due", 1)
    assert desk.as_(role, "GET", "/api/v1/happy-calls").json()["items"] == []
    later(monkeypatch, hours=5)
    assert desk.as_(role, "POST", f"{target}/take").status_code == 200
    scores = dict.fromkeys(campaigns.QUESTIONS, 4)
    told = {"result": "satisfied", "note": "all well", "scores": scores}
    assert desk.as_(role, "POST", f"{target}/result", json=told).json()["state"] == "done"
    assert desk.as_(role, "POST", f"{target}/result", json=told).status_code == 409
    results = desk.as_("auditor", "GET", path).json()["results"]
    assert results["index"]["overall"] == 75.0
    assert results["results"] == {"satisfied": 1}


def test_who_refused_since_is_not_called(sqlite_desk: DeskClient) -> None:
    desk = sqlite_desk
    with db.transaction(desk.engine) as s:
        who = [contacts.meet(s, language="en", name=None, email=None).id for _ in range(2)]
    path = campaign(desk, "happy_call", who)
    calls = {c["contact"]: c["id"] for c in
             desk.as_("senior", "GET", "/api/v1/happy-calls").json()["items"]}  # fmt: skip
    refused = {"purpose": "any", "given": False}
    consent = f"/api/v1/contacts/{who[0]}/consents"
    assert desk.as_("senior", "PUT", consent, json=refused).status_code == 200
    left = desk.as_("senior", "GET", "/api/v1/happy-calls").json()["items"]
    assert [c["contact"] for c in left] == [who[1]]
    # Whose page still showed the call is told why, and it is off.
    answer = desk.as_("senior", "POST", f"/api/v1/happy-calls/{calls[who[0]]}/take")
    assert answer.status_code == 409
    assert answer.json()["error"]["details"]["reason"] == "do_not_contact"
    results = desk.as_("auditor", "GET", path).json()["results"]
    assert results["targets"] == {"due": 1, "skipped": 1}


def test_a_list_tells_the_entries_by_which_nobody_is_known(desk: DeskClient) -> None:
    [known] = people(desk, 1)
    path = campaign(desk, "notice", [])
    listed = ["", "nobody@ficticia.example", " ", known, "nobody@ficticia.example"]
    added = desk.as_("supervisor", "POST", f"{path}/targets", json={"listed": listed}).json()
    assert added == {"added": 1, "unknown": ["nobody@ficticia.example"]}


LINES = [
    f"nobody-of-a-firm-with-a-long-name-{n}@procurement.ficticia.example" for n in range(19_999)
]


@pytest.mark.parametrize("way", ["api", "paste", "file"])
def test_a_list_of_as_many_lines_as_are_promised_passes(desk: DeskClient, way: str) -> None:
    [known] = people(desk, 1)
    path = campaign(desk, "notice", [])
    page, lines = path.replace("/api/v1", "/console/reach"), [known, *LINES]
    if way == "api":
        added = desk.as_("supervisor", "POST", f"{path}/targets", json={"listed": lines}).json()
        assert (added["added"], len(added["unknown"])) == (1, 19_999)
        too_many = {"listed": [*lines, "one more"]}
        refused = desk.as_("supervisor", "POST", f"{path}/targets", json=too_many)
        assert refused.status_code == 422
        return
    sheet = "\n".join(lines)
    assert len(sheet) > 1_300_000
    if way == "paste":
        told = desk.form("supervisor", f"{page}/targets", {}, files={"list": (None, sheet)})
    else:
        rows = "name;mail;remark\n" + sheet.replace("\n", f";{'x' * 500}\nFicticia;")
        told = desk.form("supervisor", f"{page}/targets", {}, files={"file": ("a.csv", rows)})
    assert told.status_code == 200, told.text[:400]
    results = desk.as_("supervisor", "GET", path).json()["results"]
    assert results["targets"] == {"due": 1}


def test_whom_a_campaign_cannot_hold_is_counted_and_told(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "MOST_TARGETS", 3)
    made = people(desk, 5, "ko")
    path = campaign(desk, "notice", [])
    body = {"segment": {"language": "ko"}}
    refused = desk.as_("supervisor", "POST", f"{path}/targets", json=body)
    assert refused.status_code == 422
    details = refused.json()["error"]["details"]
    assert (details["found"], details["most"]) == (5, 3)
    page = f"{path.replace('/api/v1', '/console/reach')}/targets"
    told = desk.form("supervisor", page, {"language": "ko"})
    assert told.status_code == 422
    assert "have 5 people" in told.text
    with db.transaction(desk.engine) as s:  # one person under three addresses
        for one in made[1:3]:
            merging.merge(s, SYSTEM, s.get_one(Contact, one), s.get_one(Contact, made[0]))
    added = desk.as_("supervisor", "POST", f"{path}/targets", json=body)
    assert added.json() == {"added": 3}


def test_a_span_with_more_talks_than_a_campaign_holds_is_told_too(
    desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "MOST_TARGETS", 1)
    for _ in range(2):
        helped(desk)
    path = campaign(desk, "notice", [])
    day = timedelta(days=1)
    span = {"since": (NOON - day).isoformat(), "until": (NOON + day).isoformat()}
    refused = desk.as_("supervisor", "POST", f"{path}/targets", json={"closed": span})
    assert refused.json()["error"]["details"]["found"] == 2


def test_one_person_under_two_contacts_is_one(desk: DeskClient) -> None:
    one, other, third = people(desk, 3)
    path = campaign(desk, "notice", [one, other])
    with db.transaction(desk.engine) as s:
        merging.merge(s, SYSTEM, s.get_one(Contact, other), s.get_one(Contact, one))
        merging.merge(s, SYSTEM, s.get_one(Contact, third), s.get_one(Contact, one))
    again = desk.as_("supervisor", "POST", f"{path}/targets", json={"contacts": [third]})
    assert again.json() == {"added": 0}
    expected = desk.as_("auditor", "GET", f"{path}/outlook").json()
    assert (expected["reached"], expected["left_out"]) == (1, {})
    outreach.reach_out(desk.engine, desk.settings)
    assert len(sent(desk)) == 1


def test_what_makes_no_sense_is_told_so(desk: DeskClient) -> None:
    path = campaign(desk, "notice", [])
    wrong = desk.as_("admin", "POST", f"{path}/targets", json={"contacts": ["nobody"]})
    assert wrong.status_code == 422
    assert desk.as_("admin", "POST", f"{path}/finish").status_code == 200
    [contact] = people(desk, 1)
    late = desk.as_("admin", "POST", f"{path}/targets", json={"contacts": [contact]})
    assert late.status_code == 409
    assert desk.as_("admin", "POST", f"{path}/explode").status_code == 422
    with db.reading(desk.engine) as s:
        assert s.get(Contact, contact)
