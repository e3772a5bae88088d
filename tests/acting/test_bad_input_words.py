"""Bad input and a bad core, in each language: told what happened and what to do, and the wish kept.

The dialogue over a core that runs; nothing is sent before a yes, so nothing can be sent twice here
(`test_once.py` is about that).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import Engine

from bot.acting.filling import Acting
from bot.acting.state import Filling
from bot.answering import Moment
from bot.dates import day_and_time
from bot.memory import Memory
from bot.phrases import catalogue
from bot.port import Propose, Spoken, Turn
from bot.procurement.openprocurement import OpenProcurement, Profile, tenders
from bot.procurement.openprocurement.access import Doing
from bot.procurement.port import Action, Preview
from bot.procurement.sandbox.app import create
from bot.procurement.sandbox.clock import Clock
from bot.procurement.sandbox.core import Core, Rules
from bot.procurement.sandbox.store import Store
from bot.wording import Wording
from crm import clock, contacts, conversations, credentials, db
from knowledge.port import Language
from routing.acts import Acts
from tests.acting.faults import FaultyDoor
from tests.conftest import served
from tests.procurement.cores import BUYER, SUPPLIER, Actor, tender_values

KEY = b"k" * 40
UNKNOWN = "UA-2026-01-01-999999-a"
LANGUAGES = get_args(Language)
pytestmark = pytest.mark.parametrize("language", LANGUAGES)


class Talk:
    """A proven supplier who speaks with the acting part of the bot, over a core that can fail."""

    def __init__(
        self,
        engine: Engine,
        language: Language,
        door: FaultyDoor,
        client: OpenProcurement,
        hands: Clock,
    ) -> None:
        self.language, self.door, self.client, self.hands = language, door, client, hands
        self.words = Wording(catalogue(), language)
        with db.transaction(engine) as s:
            until = clock.now() + timedelta(days=30)
            proof = contacts.Proven("p", "a@s.example", "A", SUPPLIER.name, "supplier", until)
            contact = contacts.recognise_proven(s, proof, language=language)
            self.contact = contact.id
            self.id = conversations.start(s, contact, channel="web", language=language)[0].id
        self.acting, self.memory = Acting(Acts(engine, client, KEY)), Memory()
        values = tender_values(client, currency="UAH")
        self.engine, self.buyer = engine, Actor(client, BUYER)
        self.tender = self.buyer.act("publish_tender", **values).object
        self.number = client.tender(self.tender).number

    def begins(self, kind: str, text: str) -> Spoken:
        return self._kept(self.acting.begin(self._now(text), self.memory, kind))

    def says(self, text: str) -> Spoken:
        filling = self.filling
        assert filling, "the wish was not kept"
        return self._kept(self.acting.answer(self._now(text), self.memory, filling))

    def ahead(self, days: int) -> None:
        """The core's clock goes on; the desk's own does not."""
        self.hands.move(self.hands.now() + timedelta(days=days))
        self.client.ready()  # learns the new time

    def becomes_buyer(self) -> None:
        """The person may act for the buyer, and holds the token of the tender."""
        assert self.buyer.credential
        with db.transaction(self.engine) as s:
            until = clock.now() + timedelta(days=30)
            proof = contacts.Proven("p", "a@s.example", "A", BUYER.name, "buyer", until)
            contacts.recognise_proven(s, proof, language=self.language)
            self._keep(s, "tender", self.tender, self.buyer.credential.token, BUYER.name)

    def holds_bid(self, bid: str, token: str) -> None:
        with db.transaction(self.engine) as s:
            self._keep(s, "bid", bid, token, SUPPLIER.name)

    def _keep(self, s: db.Session, kind: str, key: str, token: str, organisation: str) -> None:
        credentials.keep(
            s,
            key=KEY,
            kind=kind,
            object_id=key,
            token=token,
            contact_id=self.contact,
            organisation=organisation,
            tender=self.tender,
        )

    def publish_in_lots(self, *titles: str) -> str:
        """A tender with an item and a lot for each title, made at the core itself."""
        values = tender_values(self.client, currency="UAH")
        action = Action("publish_tender", BUYER, values=values)
        doing = Doing(Preview(action, self.client.now()), None, "lots", (), None)
        access = self.client._access
        owner = tenders._draft(access, doing)
        path = f"/tenders/{owner.object}"
        worth = {"amount": 3000, "currency": "UAH"}
        lots = [
            access.create(f"{path}/lots", {"title": title, "value": worth}, owner)[0]
            for title in titles
        ]
        item = access.data(path)["items"][0]
        items = [item | {"id": lot["id"], "relatedLot": lot["id"]} for lot in lots]
        access.change(path, {"items": items}, owner)
        access.change(path, {"status": "active.enquiries"}, owner)
        return self.client.tender(owner.object).number

    @property
    def filling(self) -> Filling | None:
        return Filling.of(self.memory.act)

    def _kept(self, told: tuple[list[Spoken], Memory]) -> Spoken:
        steps, self.memory = told
        return steps[0]

    def _now(self, text: str) -> Moment:
        at = clock.now()
        turn = Turn(self.id, text, self.language, at.date())
        return Moment(turn, text, self.language, self.words, at)


@pytest.fixture
def talk(sqlite_engine: Engine, language: Language) -> Iterator[Talk]:
    hands = Clock("Europe/Kyiv")
    rules = Rules({"broker": "broker", "bot": "bot", "reviewer": "reviewer"}, "c", signatures=False)
    door = FaultyDoor(create(Core(Store(None), hands, rules), demo=False))
    with served(door, date_header=False, lifespan="on") as url:  # type: ignore[arg-type]
        client = OpenProcurement(url, "broker", Profile(), sleep=lambda _: None, seconds=2)
        yield Talk(sqlite_engine, language, door, client, hands)
        client.close()


def test_an_unknown_number_is_told_and_the_right_one_goes_on(talk: Talk) -> None:
    told = talk.begins("question", UNKNOWN)
    assert talk.words("tender_unknown", number=UNKNOWN) in told.text
    assert talk.filling
    assert talk.filling.kind == "question"
    talk.says(talk.number)
    assert (talk.filling.asked, talk.filling.number) == ("text", talk.number)


def test_a_malformed_number_is_asked_for_again(talk: Talk) -> None:
    talk.begins("question", "")
    told = talk.says("UA-2026-11")
    assert told.act == "clarify"
    assert talk.filling
    assert talk.filling.asked == "tender"
    talk.says(talk.number)
    assert talk.filling.asked == "text"


def test_a_closed_period_is_told_by_the_clock_of_the_core(talk: Talk) -> None:
    """The desk's own clock says that there is time: it is the core's that counts."""
    talk.ahead(days=4)
    told = talk.begins("question", talk.number)
    ends = talk.client.tender(talk.tender).enquiry_ends
    assert ends
    assert ends > clock.now()
    assert day_and_time(ends, clock.now().tzinfo, talk.language) in told.text
    assert told.choices
    assert talk.memory.facts["tender_number"] == talk.number  # "that one" can still be spoken of


def test_a_price_over_the_limit_is_asked_for_again_with_the_limit(talk: Talk) -> None:
    talk.ahead(days=4)
    talk.begins("bid", talk.number)
    told = talk.says("999999 UAH")
    assert "6,000" in told.text
    assert talk.filling
    assert talk.filling.asked == "amount"
    assert isinstance(talk.says("5000 UAH"), Propose)


def test_who_holds_no_token_is_told_that_no_bid_of_theirs_is_known(talk: Talk) -> None:
    talk.ahead(days=4)
    told = talk.begins("withdraw_bid", talk.number)
    assert talk.words("none_bid", number=talk.number) in told.text
    assert told.choices


@pytest.mark.parametrize("fault", ["busy", "limited", "dropped"])
def test_a_core_that_is_away_keeps_the_wish_until_it_is_back(talk: Talk, fault: str) -> None:
    talk.door.reads = [fault] * 40
    told = talk.begins("question", talk.number)
    assert talk.words("core_away") in told.text
    assert talk.words("choice_go_on") in told.choices
    assert talk.filling
    assert (talk.filling.kind, talk.filling.number) == ("question", talk.number)
    talk.door.reads = []
    talk.says(talk.words("choice_go_on"))
    assert talk.filling.asked == "text"
    assert isinstance(talk.says("Do the chairs need armrests?"), Propose)
    assert talk.client.tender(talk.tender).questions == []  # nothing before a yes


def test_who_has_a_bid_is_not_led_to_a_second_one(talk: Talk) -> None:
    talk.ahead(days=4)
    bidder = Actor(talk.client, SUPPLIER)
    made = bidder.act("bid", talk.tender, amount="5000")
    assert made.credential
    talk.holds_bid(made.object, made.credential.token)
    told = talk.begins("bid", talk.number)
    assert talk.filling is None
    assert talk.words("choice_amend_bid") in told.choices
    assert "5,000 UAH" in told.text
    bidder.act("withdraw_bid", talk.tender, made.object)
    talk.begins("bid", talk.number)
    assert talk.filling
    assert talk.filling.asked == "amount"


def test_an_amount_in_another_currency_keeps_the_act(talk: Talk) -> None:
    talk.ahead(days=4)
    talk.begins("bid", talk.number)
    told = talk.says("5000 EUR")
    assert talk.words("refused_other_currency", currency="UAH") in told.text
    shown = talk.says("5000")
    assert isinstance(shown, Propose)
    assert "5,000 UAH" in shown.text


def test_a_deadline_moves_to_later_only_and_says_so(talk: Talk) -> None:
    talk.becomes_buyer()
    ends = talk.client.tender(talk.tender).tender_ends
    assert ends
    talk.begins("extend", talk.number)
    told = talk.says((ends - timedelta(days=1)).strftime("%Y-%m-%d 14:00"))
    shown = day_and_time(ends, clock.now().tzinfo, talk.language)
    assert talk.words("refused_only_longer", moment=shown) in told.text
    assert isinstance(talk.says((ends + timedelta(days=2)).strftime("%Y-%m-%d 14:00")), Propose)


def test_a_bid_for_a_tender_of_several_lots_names_its_lot(talk: Talk) -> None:
    number = talk.publish_in_lots("Lot A", "Lot B")
    talk.ahead(days=4)
    told = talk.begins("bid", number)
    assert told.text == talk.words("act_ask_lot")
    assert len(told.choices) == 2
    talk.says(told.choices[1])
    shown = talk.says("2000")
    assert isinstance(shown, Propose)
    assert "Lot B" in shown.text
    assert shown.payload["action"]["values"]["lot"]


def test_a_cancelled_tender_takes_nothing_more(talk: Talk) -> None:
    talk.buyer.act("cancel_tender", talk.tender, reason="The budget was cut")
    for kind in ("question", "bid"):
        told = talk.begins(kind, talk.number)
        assert talk.words("status_cancelled") in told.text
        assert talk.filling is None


def test_a_question_that_stands_there_is_not_published_again(talk: Talk) -> None:
    talk.begins("question", talk.number)
    assert isinstance(talk.says("Which colour are the chairs?"), Propose)
    Actor(talk.client, SUPPLIER).act("question", talk.tender, text="Which colour are the chairs?")
    talk.begins("question", talk.number)
    told = talk.says("Which colour are the chairs?")
    assert told.text == talk.words("question_stands", number=talk.number)
    talk.begins("question", talk.number)
    assert isinstance(talk.says("Which colour are the desks?"), Propose)
