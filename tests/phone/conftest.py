"""A desk with a telephone network around it, on one clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from api import wiring
from api.app import create
from bot.phrases import catalogue
from bot.procurement.port import ProcurementCore
from bot.rasa_http import Understood, nothing
from bot.turn import DeskBot
from crm import clock, db
from crm.models import Call, Conversation, Event
from crm.settings import Settings
from knowledge.port import Finding, Query
from routing.calls import orders, recording_jobs
from tests.conftest import DeskClient, NoKnowledge, served, settings_for, sign_up_everyone
from tests.phone.simulator import openapi
from tests.phone.simulator.caller import Caller
from tests.phone.simulator.network import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    JAMBONZ_SECRET,
    PUBLIC_URL,
    Faults,
    Leg,
    Network,
)
from tests.phone.simulator.rest import Rest
from tests.phone.simulator.rest_jambonz import ACCOUNT, KEY, REALM, RestJambonz
from tests.scripted_bot import ScriptedBot

PORTAL_KEY = "p" * 40


class CountingBot(ScriptedBot):
    """Knows how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def turn(self, turn: Any) -> Any:
        self.asked.append(turn.text)
        return super().turn(turn)


class OneWord:
    """A dialogue engine that understands an act by one word of it, and all else as an answer."""

    ACTS: ClassVar = {"clarification": "question", "withdraw": "withdraw_bid", "offer": "bid",
            "aclaración": "question", "질의": "question", "oferta": "bid", "투찰": "bid",
            "tenders": "find_tenders", "licitaciones": "find_tenders",
            "찾아": "find_tenders"}  # fmt: skip

    def understand(
        self,
        sender: str,
        text: str,
        language: str,
        state: Any,
        meanwhile: Callable[[], None] = nothing,
    ) -> Understood:
        del sender, language
        meanwhile()
        label = next((act for word, act in self.ACTS.items() if word in text), None)
        if label:
            return Understood([{"step": "act"}], state, "act", 0.99, act=label)
        return Understood([{"step": "given"}], state, "inform", 0.99)

    def ready(self) -> bool:
        return True


def nothing_known(query: Query) -> Finding:
    del query
    return Finding("none")


def local_time() -> datetime:
    return clock.now().astimezone(ZoneInfo("Asia/Seoul"))


@dataclass
class PhoneDesk:
    """`network` is the world outside; `desk` the desk under test."""

    desk: DeskClient
    network: Network
    rest: Any
    bot: Any

    def phone_in(self, *script: Any, **more: Any) -> Leg:
        return self.network.dial(Caller(script=list(script)), **more)

    def call(self) -> Call:
        with db.reading(self.desk.engine) as s:
            return s.scalars(select(Call).order_by(Call.started_at.desc())).first()

    def conversation(self) -> Conversation:
        with db.reading(self.desk.engine) as s:
            found = select(Conversation).order_by(Conversation.created_at.desc())
            return s.scalars(found).first()

    def events(self, kind: str) -> list[Event]:
        with db.reading(self.desk.engine) as s:
            return list(s.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))

    def act(self, role: str, verb: str, **body: Any) -> Any:
        """One of the counselor's acts on the newest conversation's call."""
        place = f"/api/v1/conversations/{self.conversation().id}/call/{verb}"
        answer = self.desk.as_(role, "POST", place, json=body)
        self.work()
        return answer

    def accept(self, role: str = "counselor") -> Any:
        place = f"/api/v1/conversations/{self.conversation().id}/accept"
        answer = self.desk.as_(role, "POST", place)
        self.work()
        return answer

    def work(self) -> None:
        """What the worker does between two of its pauses."""
        here = self.desk
        exchanges = here.app.state.desk.lines.exchanges
        while orders.carry_out(here.engine, here.settings, exchanges):
            pass
        while recording_jobs.bring_home(here.engine, exchanges):
            pass


def phone_settings(
    data: Path, api_url: str = "http://127.0.0.1:9", *, texts_from: str = "", **phone: Any
) -> Settings:
    made = settings_for(
        data,
        SMS_NUMBER=texts_from,
        PORTAL_KEY=PORTAL_KEY,
        DESK_RATE_LIMITS="off",
        PUBLIC_URL=PUBLIC_URL,
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=AUTH_TOKEN,
        TWILIO_API_URL=api_url,
        TWILIO_API_KEY="SK" + "1" * 32,
        TWILIO_API_SECRET="a secret that is long enough for HS256",
        JAMBONZ_SECRET=JAMBONZ_SECRET,
    )
    trunk = {"jambonz_url": api_url, "jambonz_account": ACCOUNT, "jambonz_key": KEY}
    named = {"number": "+8225550100", "sip_realm": REALM} | trunk | phone
    return replace(made, phone=replace(made.phone, **named))


class phone_desk:  # noqa: N801 - read as a phrase: `with phone_desk(…) as phone`
    """A desk and its network for as long as the block lasts; nothing wrong may have been sent."""

    def __init__(
        self,
        engine: Engine,
        data: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        bot: Any = None,
        account: str = "main",
        dialect: str = "twilio",
        faults: Faults | None = None,
        settings: Settings | None = None,
        hours: Any = None,
        core: ProcurementCore | None = None,
        **phone: Any,
    ) -> None:
        if not openapi.description().exists():
            pytest.skip("Twilio's description is not installed: npm ci in web/ gets it")
        self._network = Network(self._post, account=account, dialect=dialect, faults=faults)
        own_trunk = dialect == "jambonz"
        self._rest: Any = RestJambonz(self._network) if own_trunk else Rest(self._network)
        self._server = served(self._rest.app)
        made = settings or phone_settings(data, self._server.url, **phone)
        made = replace(made, hours=hours) if hours else made
        self._bot, machine = bot or CountingBot(), None
        if core:
            acts, machine = wiring.acting(made, engine, core)
            self._bot = DeskBot(nothing_known, OneWord(), catalogue(), local_time, desk=acts)
        app = create(
            made, engine=engine, bot=self._bot, knowledge=NoKnowledge(), machine=machine,
            works=False,
        )  # fmt: skip
        self._http = TestClient(app, raise_server_exceptions=False)
        self._desk = DeskClient(self._http, app, engine, made)
        monkeypatch.setattr(clock, "now", lambda: self._network.now)

    def _post(self, target: str, body: bytes, headers: dict[str, str]) -> Any:
        return self._http.post(target, content=body, headers=headers)

    def __enter__(self) -> PhoneDesk:
        self._server.__enter__()
        self._http.__enter__()
        self._desk.people = sign_up_everyone(self._desk.engine)
        made = PhoneDesk(self._desk, self._network, self._rest, self._bot)
        self._network.after_each = made.work
        return made

    def __exit__(self, *failure: object) -> None:
        self._http.__exit__(*failure)
        self._server.__exit__(*failure)
        if failure[0] is None:
            assert self._network.errors == []
            assert self._rest.faults == []


@pytest.fixture
def phone(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PhoneDesk]:
    """On both databases."""
    with phone_desk(engine, tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def sqlite_phone(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PhoneDesk]:
    """For what does not depend on the database."""
    with phone_desk(sqlite_engine, tmp_path, monkeypatch) as made:
        yield made
