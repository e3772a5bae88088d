"""Nothing without a yes, and nothing twice: resends, refusals, lost answers, a kill at every step.

Hypothesis draws what goes wrong; the core speaks HTTP and counts what really stands in it.
"""

import logging
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from bot.acting import consent
from bot.procurement.openprocurement import OpenProcurement, Profile
from bot.procurement.port import Action, Party, Unreachable
from bot.procurement.sandbox.app import create
from bot.procurement.sandbox.clock import Clock
from bot.procurement.sandbox.core import Core, Rules
from bot.procurement.sandbox.store import Store
from crm import actions, clock, contacts, conversations, db, events, turns
from crm.actions import Proposal
from crm.events import Actor as By
from crm.messages import Draft, say
from crm.models import Action as Row
from crm.models import Conversation, Ticket
from routing import acted
from routing import actions as machine_room
from routing.actions import Machine
from routing.acts import Acts
from tests.acting.faults import FAULTS, FaultyDoor
from tests.conftest import served
from tests.procurement.cores import BUYER, Actor, tender_values

pytestmark = pytest.mark.database
KEY = b"k" * 40
FIRM = "Ficticia Ltd."


class Killed(BaseException):
    """The process is gone: no `except Exception` of it runs any more."""


@dataclass
class Life:
    """Steps until the process dies; each transaction and each request at the core is two."""

    left: int | None = None

    def step(self) -> None:
        if self.left is None:
            return
        if self.left == 0:
            self.left = None
            raise Killed
        self.left -= 1


@dataclass
class House:
    engine: Engine
    core: Core
    door: FaultyDoor
    client: OpenProcurement
    url: str
    life: Life = field(default_factory=Life)

    def machine(self) -> Machine:
        """A machine of a process that has just started."""
        client = Mortal(self.client, self.life)
        acts = Acts(self.engine, client, KEY)  # type: ignore[arg-type]  # the same port
        machine = Machine(self.engine, client, acts, acted.late_text)  # type: ignore[arg-type]
        machine.start()
        return machine

    def tender(self) -> str:
        self.door.plan, self.door.reads = [], []
        soon = {"enquiry_ends": _ahead(self.client, 40), "tender_ends": _ahead(self.client, 50)}
        values_ = tender_values(self.client, **soon)
        return Actor(self.client, BUYER).act("publish_tender", **values_).object

    def asked(self, tender: str) -> int:
        return len(self._doc(tender).get("questions", ()))

    def plans(self) -> int:
        return sum(1 for doc in self.core.store.all("plan") if doc.get("status") == "scheduled")

    def _doc(self, tender: str) -> dict[str, Any]:
        found = self.core.store.get("tender", tender)
        assert found
        return found[0]


class Mortal:
    """The client, with a death before and after every request that could change something."""

    def __init__(self, client: OpenProcurement, life: Life) -> None:
        self._client, self._life = client, life
        self.name, self.capabilities = client.name, client.capabilities

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._client, name)
        if name not in ("prepare", "perform", "match"):
            return inner

        def call(*args: Any, **more: Any) -> Any:
            self._life.step()
            done = inner(*args, **more)
            self._life.step()
            return done

        return call


def _ahead(client: OpenProcurement, days: int) -> str:
    return (client.now() + timedelta(days=days)).isoformat()


@pytest.fixture(scope="module")
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    events.use_key(b"a key for tests")
    path = tmp_path_factory.mktemp("once") / "desk.sqlite"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    engine = db.connect(f"sqlite:///{path}")
    rules = Rules({"broker": "broker", "bot": "bot", "reviewer": "reviewer"}, "c", signatures=False)
    core = Core(Store(None), Clock("Europe/Kyiv"), rules)
    door = FaultyDoor(create(core, demo=False))
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    pause, machine_room.PAUSE = machine_room.PAUSE, 0.0
    with served(door, date_header=False, lifespan="on") as url:  # type: ignore[arg-type]
        client = OpenProcurement(url, "broker", Profile(), sleep=lambda _: None)
        yield House(engine, core, door, client, url)
        client.close()
    machine_room.PAUSE = pause
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)
    engine.dispose()


@contextmanager
def mortal_transactions(life: Life) -> Iterator[None]:
    """Death before a transaction begins, and right after it is committed."""
    own = db.transaction

    @contextmanager
    def transaction(engine: Engine) -> Iterator[db.Session]:
        life.step()
        with own(engine) as s:
            yield s
        life.step()

    db.transaction = transaction  # type: ignore[assignment]
    try:
        yield
    finally:
        db.transaction = own


def proposed(house: House, kind: str, tender: str | None) -> tuple[str, str]:
    """A conversation of a proven supplier or buyer with one proposal; its id and a turn's."""
    side = "buyer" if kind == "plan" else "supplier"
    given: dict[str, Any] = {"text": "Do the chairs need armrests?", "title": "Armrests"}
    if kind == "plan":
        given = {"title": "Chairs", "amount": "6000", "category": "goods", "code": "39112000-0"}
    with db.transaction(house.engine) as s:
        proof = contacts.Proven(secrets.token_hex(6), "a@suppliers.example", "A Example", FIRM,
                                side, clock.now().replace(year=9998))  # fmt: skip
        contact = contacts.recognise_proven(s, proof, language="en")
        talk, _ = conversations.start(s, contact, channel="web", language="en")
        party = Party(FIRM, person="A Example", email="a@suppliers.example")
        action = Action(kind, party, tender, None, given)  # type: ignore[arg-type]
        preview = house.client.prepare(action)
        shown = {"amount": [str(preview.amount.amount), preview.amount.currency]
                 if preview.amount else None}  # fmt: skip
        actions.propose(
            s,
            talk,
            Proposal(kind, {"action": action.to_json(), "files": []}, shown, FIRM, side, tender),
            key=f"act-{secrets.token_hex(8)}",
        )
        said = say(s, talk, Draft(By("contact", contact.id), "yes", "en"))
        turn = turns.owe(s, talk, said)
        return talk.id, turn.id


def state_of(house: House, conversation: str) -> tuple[str, bool]:
    with db.reading(house.engine) as s:
        row = s.scalars(select(Row).where(Row.conversation_id == conversation)).one()
        ticket = s.get(Ticket, row.ticket_id) if row.ticket_id else None
        return row.state, ticket is not None


FAULT = st.sampled_from(FAULTS)


@pytest.mark.parametrize("kind", ["question", "plan"])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    plan=st.lists(FAULT, max_size=6),
    reads=st.lists(st.sampled_from(("ok", "ok", "ok", "busy", "dropped")), max_size=8),
    deaths=st.lists(st.integers(0, 24), max_size=3),
    resends=st.integers(0, 2),
)
def test_a_yes_is_carried_out_at_most_once_whatever_fails(
    house: House, kind: str, plan: list[str], reads: list[str], deaths: list[int], resends: int
) -> None:
    tender = house.tender() if kind == "question" else None
    before = house.plans()
    talk, turn = proposed(house, kind, tender)
    house.door.plan, house.door.reads = list(plan), list(reads)
    for left in [*deaths, *([None] * (resends + 1))]:
        house.life.left = left
        try:
            with mortal_transactions(house.life):
                house.machine().perform(talk, turn)
        except Killed:
            continue
    house.life.left = None
    house.door.plan, house.door.reads = [], []
    house.machine().sweep()
    stands = house.asked(tender) if tender else house.plans() - before
    state, has_ticket = state_of(house, talk)
    assert stands <= 1, "done twice"
    assert state in ("done", "unknown", "failed", "proposed"), state
    if state == "done":
        assert stands == 1
    if state == "unknown":
        assert has_ticket
    if state in ("failed", "proposed"):
        assert stands == 0, "the contact is told that nothing was done"


@pytest.mark.parametrize("death", range(18))
def test_killed_at_every_step_and_started_again_it_is_done_once(house: House, death: int) -> None:
    tender = house.tender()
    talk, turn = proposed(house, "question", tender)
    house.life.left = death
    try:
        with mortal_transactions(house.life):
            house.machine().perform(talk, turn)
    except Killed:
        pass
    house.life.left = None
    outcome = house.machine().perform(talk, turn)
    assert outcome.state == "done"
    assert house.asked(tender) == 1
    assert house.machine().perform(talk, turn).receipt == outcome.receipt
    assert house.asked(tender) == 1


def test_without_a_yes_nothing_leaves_the_house(house: House) -> None:
    tender = house.tender()
    talk, _ = proposed(house, "question", tender)
    for _ in range(3):
        house.machine().sweep()
    assert house.asked(tender) == 0
    assert state_of(house, talk)[0] == "proposed"


def test_an_expired_or_replaced_proposal_cannot_be_said_yes_to(house: House) -> None:
    tender = house.tender()
    talk, turn = proposed(house, "question", tender)
    with db.transaction(house.engine) as s:
        row = s.scalars(select(Row).where(Row.conversation_id == talk)).one()
        row.created_at = clock.now() - actions.PROPOSAL_LASTS
    assert house.machine().perform(talk, turn).state == "nothing"
    assert house.asked(tender) == 0


def test_two_performers_at_once_do_it_once(house: House) -> None:
    tender = house.tender()
    talk, turn = proposed(house, "question", tender)
    machines = [house.machine() for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda m: m.perform(talk, turn).state, machines))
    assert outcomes == ["done", "done"]
    assert house.asked(tender) == 1


def test_what_stays_unknown_goes_to_a_person_and_is_counted(house: House) -> None:
    tender = house.tender()
    talk, turn = proposed(house, "question", tender)
    house.door.plan = ["lost"]
    # The look at what became of it fails too, for as long as anybody tries.
    machine = house.machine()
    own = house.client.match
    house.client.match = _no_answer  # type: ignore[method-assign]
    try:
        outcome = machine.perform(talk, turn)
    finally:
        house.client.match = own  # type: ignore[method-assign]
    assert outcome.state == "unknown"
    assert state_of(house, talk) == ("unknown", True)
    assert house.asked(tender) == 1
    assert machine.perform(talk, turn).state == "unknown"
    assert house.asked(tender) == 1
    with db.reading(house.engine) as s:
        ticket = s.scalars(select(Ticket).where(Ticket.category == "unknown_act")).all()[-1]
        assert ticket.priority == "urgent"
        assert s.get_one(Conversation, talk).ticket_id == ticket.id


def _no_answer(*_: Any, **__: Any) -> Any:
    raise Unreachable("still away")


WORDS = st.sampled_from(
    ["yes", "no", "but", "5,300", "for", "sí", "네", "아니요", "pero", "ok", "the other one", "?",
     "later", "if", "cancel", "UA-2026-11-22-000008-a", "wait", "sure", "그런데", "mañana", "maybe"]
)  # fmt: skip


@given(st.lists(WORDS, min_size=2, max_size=5))
def test_a_yes_with_anything_beside_it_is_no_yes(words: list[str]) -> None:
    said = " ".join(words)
    plain = {"yes", "sí", "네"}
    rest = [word for word in words if word not in plain]
    if rest or len(words) > 2 or len(set(words)) > 1:
        assert not consent.is_plain_yes(said) or set(words) == {"?"}, said


@pytest.mark.parametrize(
    "text", ["yes", "Yes.", "yes!", "sí", "Si", "네", "예", "Yes, do it", "네 맞습니다"]
)
def test_a_plain_yes_is_one(text: str) -> None:
    assert consent.is_plain_yes(text)
