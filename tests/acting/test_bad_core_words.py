"""A core that fails at the yes, in each language, over the desk's HTTP: the person is told what
happened and what to do, the wish is kept and goes on, and nothing is sent twice.

The engine stands in for Rasa with the two things it would say here: "an act" and "an answer".
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import wiring
from api.app import create as create_desk
from bot.dates import day_and_time
from bot.phrases import catalogue
from bot.procurement.openprocurement import OpenProcurement, Profile
from bot.procurement.sandbox.app import create as create_core
from bot.procurement.sandbox.clock import Clock
from bot.procurement.sandbox.core import Core, Rules
from bot.procurement.sandbox.store import Store
from bot.rasa_http import Understood, nothing
from bot.turn import DeskBot
from bot.wording import Wording
from crm import clock
from knowledge.port import Language
from routing import actions as machine_room
from tests.acting.faults import FaultyDoor
from tests.acting.talks import PORTAL_KEY, Person, Talks
from tests.bot.conftest import known
from tests.conftest import DeskClient, NoKnowledge, served, settings_for, sign_up_everyone
from tests.procurement.cores import BUYER, Actor, Sandbox, tender_values

OPENINGS: dict[Language, str] = {
    "en": "I want to ask the buyer of {number} a question",
    "es": "quiero hacerle una pregunta al comprador de {number}",
    "ko": "{number} 공고에 질의하고 싶어요",
}
QUESTIONS: dict[Language, str] = {
    "en": "Do the chairs need armrests?",
    "es": "¿Las sillas llevan reposabrazos?",
    "ko": "의자에 팔걸이가 있어야 하나요?",
}
YES: dict[Language, str] = {"en": "yes", "es": "sí", "ko": "네"}
SIGNED = b"\x30\x82 a signature of the person's own"
pytestmark = pytest.mark.parametrize("language", get_args(Language))


@dataclass
class Hears:
    """Says of a message with an opening which act it is, and of any other that it answers."""

    acts: dict[str, str] = field(default_factory=dict)

    def understand(
        self,
        sender: str,  # noqa: ARG002 - what every engine is given
        text: str,
        language: str,  # noqa: ARG002 - likewise
        state: Mapping[str, Any],  # noqa: ARG002 - likewise
        meanwhile: Callable[[], None] = nothing,
    ) -> Understood:
        meanwhile()
        if text in self.acts:
            return Understood([{"step": "act"}], {}, "act", 0.99, (), self.acts[text])
        return Understood([{"step": "given"}], {}, "inform", 0.9)

    def ready(self) -> bool:
        return True


@dataclass
class House:
    talks: Talks
    door: FaultyDoor
    core: Core
    client: OpenProcurement
    hands: Clock
    hears: Hears
    language: Language

    @property
    def words(self) -> Wording:
        return Wording(catalogue(), self.language)

    def tender(self, **other: object) -> tuple[str, str]:
        """A tender put up by another system; its id and its number."""
        receipt = Actor(self.client, BUYER).act(
            "publish_tender", **tender_values(self.client, **other)
        )
        return receipt.object, receipt.number

    def supplier(self) -> Person:
        return self.talks.person("supplier", "Ficticia Ltd.", self.language)

    def opens(self, person: Person, act: str, text: str) -> str:
        self.hears.acts[text] = act
        return person.act(text)

    def question_shown(self, number: str) -> Person:
        """A supplier before the preview of a question."""
        person = self.supplier()
        opening = OPENINGS[self.language].format(number=number)
        assert self.opens(person, "question", opening) == "clarify"
        assert person.act(QUESTIONS[self.language]) == "action_preview"
        return person

    def asked(self, tender: str) -> int:
        return len(self._doc("tender", tender).get("questions", ()))

    def bids(self, tender: str) -> list[dict[str, Any]]:
        return list(self._doc("tender", tender).get("bids", ()))

    def _doc(self, kind: str, key: str) -> dict[str, Any]:
        found = self.core.store.get(kind, key)
        assert found
        return found[0]

    def later(self, **time: float) -> None:
        """The core's clock goes on; the desk's own does not."""
        self.hands.move(self.hands.now() + timedelta(**time))
        self.client.ready()


@pytest.fixture
def signatures() -> bool:
    """Whether the core asks for signed documents; a test's own parameter says that it does."""
    return False


@pytest.fixture
def house(sqlite_engine: Engine, tmp_path: Path, language: Language,
          monkeypatch: pytest.MonkeyPatch, *, signatures: bool) -> Iterator[House]:  # fmt: skip
    """A desk over a core behind a door that fails."""
    monkeypatch.setattr(machine_room, "PAUSE", 0.01)
    monkeypatch.setattr(machine_room, "LATE", 0.6)
    hands = Clock("Europe/Kyiv")
    rules = Rules(
        {"broker": "broker", "bot": "bot", "reviewer": "reviewer"}, "c", signatures=signatures
    )
    core = Core(Store(None), hands, rules)
    door = FaultyDoor(create_core(core, demo=False))
    settings = settings_for(tmp_path, DESK_RATE_LIMITS="off", PORTAL_KEY=PORTAL_KEY)
    # The door is an ASGI callable, of which `served` promises its own type only.
    with served(door, date_header=False, lifespan="on") as url:  # type: ignore[arg-type]
        client = OpenProcurement(url, "broker", Profile(), sleep=lambda _: None, seconds=0.5)
        acts, machine = wiring.acting(settings, sqlite_engine, client)
        hears, zone = Hears(), ZoneInfo(settings.hours.zone)
        bot = DeskBot(known, hears, catalogue(), lambda: clock.now().astimezone(zone), desk=acts)
        app = create_desk(settings, engine=sqlite_engine, bot=bot, knowledge=NoKnowledge(),
                          machine=machine, works=False)  # fmt: skip
        with TestClient(app) as http:
            people = sign_up_everyone(sqlite_engine)
            desk = DeskClient(http, app, sqlite_engine, settings, people)
            talks = Talks(desk, Sandbox(url, client))
            yield House(talks, door, core, client, hands, hears, language)
        client.close()


@pytest.mark.parametrize("fault", ["clash", "limited", "failing", "busy", "dropped"])
def test_a_core_that_does_not_take_it_is_told_of_and_a_second_yes_does_it_once(
    house: House, fault: str
) -> None:
    """409, 429, 500, 503 and no connection at all."""
    tender, number = house.tender()
    person = house.question_shown(number)
    house.door.plan = [fault] * 60
    house.door.reads = ["dropped"] * 60 if fault == "dropped" else []
    yes = YES[house.language]
    assert person.act(yes) == "clarify"
    assert person.last
    assert person.last["text"] == house.words("act_core_away")
    assert house.words("choice_yes_do") in person.last["choices"]
    assert person.last["language"] == house.language
    assert [a["state"] for a in person.actions()] == ["proposed"]
    assert house.asked(tender) == 0
    house.door.plan, house.door.reads = [], []
    assert person.act(yes) == "action_done"
    assert house.asked(tender) == 1
    assert person.act(yes) != "action_done"
    assert house.asked(tender) == 1


def test_a_yes_that_is_sent_again_is_the_same_yes(house: House) -> None:
    tender, number = house.tender()
    person = house.question_shown(number)
    house.door.plan = ["lost"]
    first = person.guest.say(YES[house.language], client_id="the yes")
    assert [r["act"] for r in first["replies"] if r["act"]] == ["action_done"]
    assert person.guest.say(YES[house.language], client_id="the yes") == first
    assert house.asked(tender) == 1


def test_a_slow_core_that_did_it_is_found_to_have_done_it(house: House) -> None:
    tender, number = house.tender()
    person = house.question_shown(number)
    house.door.plan = ["slow"]
    assert person.act(YES[house.language]) == "action_done"
    assert house.asked(tender) == 1


def test_what_may_still_arrive_is_not_sent_again(house: House) -> None:
    """The request reaches the core after the desk gave up waiting: a second would be a double."""
    tender, number = house.tender()
    person = house.question_shown(number)
    house.door.plan = ["stuck"] * 5
    assert person.act(YES[house.language]) == "handoff"
    assert person.last
    assert person.last["text"].startswith(house.words("act_unknown"))
    assert [a["state"] for a in person.actions()] == ["unknown"]
    tickets = house.talks.desk.as_("supervisor", "GET", "/api/v1/tickets").json()["items"]
    assert [t["category"] for t in tickets] == ["unknown_act"]
    house.door.let_go()
    assert len(house.door.plan) == 4, "it was sent once"
    until = time.monotonic() + 10
    while not house.asked(tender) and time.monotonic() < until:
        time.sleep(0.02)
    assert house.asked(tender) == 1


def test_a_period_that_ends_before_the_yes_is_told_with_its_end(house: House) -> None:
    """The desk's own clock says that there is time: it is the core's that counts."""
    tender, number = house.tender()
    person = house.question_shown(number)
    house.later(days=4)
    ends = house.client.tender(tender).enquiry_ends
    assert ends
    assert person.act(YES[house.language]) == "abstain"
    assert person.last
    assert day_and_time(ends, ZoneInfo("Asia/Seoul"), house.language) in person.last["text"]
    assert house.words("choice_counselor") in person.last["choices"]
    assert house.asked(tender) == 0


def test_a_core_that_refuses_the_token_is_told_of(house: House) -> None:
    _, number = house.tender()
    house.later(days=4)
    person = house.supplier()
    assert house.opens(person, "bid", f"{number}: 5000 UAH") == "action_preview"
    assert person.act(YES[house.language]) == "action_done"
    assert house.opens(person, "amend_bid", f"{number}: 4900 UAH") == "action_preview"
    _lose_tokens(house)
    assert person.act(YES[house.language]) == "abstain"
    assert person.last
    assert person.last["text"] == house.words("refused_forbidden")
    assert [a["state"] for a in person.actions()] == ["done", "failed"]


def _lose_tokens(house: House) -> None:
    house.core.store._db.execute("DELETE FROM tokens WHERE role = 'bid'")


# What the form's parser held of the half is closed by the collector, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("signatures", [True])
def test_a_document_that_arrives_by_half_is_handed_in_whole_or_not_at_all(
    house: House, *, signatures: bool
) -> None:
    assert signatures
    tender, number = house.tender()
    house.later(days=4)
    person = house.supplier()
    assert house.opens(person, "bid", f"{number}: 5000 UAH") == "action_preview"
    assert person.act(YES[house.language]) == "action_done"
    assert house.opens(person, "submit_bid", f"{number}") == "clarify"
    assert person.last
    assert person.last["text"].endswith(house.words("act_ask_signature"))
    assert _sent_by_half(person) in (400, 422)
    assert person.act("p7s") == "clarify"
    assert house.words("act_invalid_signature") in person.last["text"]
    signed = person.send_file("proposal.p7s", SIGNED)
    assert person.act("", files=[signed]) == "action_preview"
    house.door.plan = ["dropped"] * 60
    assert person.act(YES[house.language]) == "clarify"
    assert person.last["text"] == house.words("act_core_away")
    assert [bid["status"] for bid in house.bids(tender)] == ["draft"]
    house.door.plan = []
    assert person.act(YES[house.language]) == "action_done"
    [bid] = house.bids(tender)
    assert bid["status"] != "draft"
    assert len({document["id"] for document in bid["documents"]}) == len(bid["documents"]) == 1


def _sent_by_half(person: Person) -> int:
    """A file whose sender went away in the middle; the status that the desk answers."""
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="proposal.p7s"\r\n\r\n'
    headers = {**person.guest.headers, "Content-Type": "multipart/form-data; boundary=x"}
    return person.desk.http.post(
        "/api/v1/chat/files", content=part + SIGNED[:9], headers=headers
    ).status_code


def test_a_limit_that_moves_before_the_yes_is_told_and_the_bid_goes_on(house: House) -> None:
    tender, number = house.tender()
    house.later(days=4)
    person = house.supplier()
    assert house.opens(person, "bid", f"{number}: 5000 UAH") == "action_preview"
    _lower_the_limit(house, tender, 4000)
    assert person.act(YES[house.language]) == "abstain"
    assert person.last
    assert person.last["text"] == house.words("refused_over_limit", limit="4,000 UAH")
    assert person.act(house.words("choice_go_on")) == "clarify"
    assert "4,000 UAH" in person.last["text"]
    assert person.act("3900 UAH") == "action_preview"
    assert person.act(YES[house.language]) == "action_done"
    assert [a["state"] for a in person.actions()] == ["failed", "done"]
    assert len(house.bids(tender)) == 1


def _lower_the_limit(house: House, tender: str, limit: int) -> None:
    doc, config = house.core.store.get("tender", tender) or ({}, {})
    for worth in (doc["value"], *(lot["value"] for lot in doc["lots"])):
        worth["amount"] = limit
    house.core.store.put("tender", doc, config, public=True)
