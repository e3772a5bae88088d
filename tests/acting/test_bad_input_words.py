"""Bad input and a bad core, in each language: told what happened and what to do, and the wish kept.

The dialogue over a core that runs; nothing is sent before a yes, so nothing can be sent twice here
(`test_once.py` is about that).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import Engine

from bot.acting.filling import Acting
from bot.acting.state import Filling
from bot.answering import Moment
from bot.dates import day_and_time
from bot.memory import Memory
from bot.phrases import catalogue
from bot.port import Propose, Spoken, Turn
from bot.procurement.openprocurement import OpenProcurement, Profile
from bot.procurement.port import Wanted
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
from tests.procurement.cores import BUYER, SUPPLIER, Actor, published, tender_values

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

    def holds_bid(self, bid: str, token: str, tender: str | None = None) -> None:
        with db.transaction(self.engine) as s:
            self._keep(s, "bid", bid, token, SUPPLIER.name, tender)

    def _keep(
        self,
        s: db.Session,
        kind: str,
        key: str,
        token: str,
        organisation: str,
        tender: str | None = None,
    ) -> None:
        credentials.keep(
            s,
            key=KEY,
            kind=kind,
            object_id=key,
            token=token,
            contact_id=self.contact,
            organisation=organisation,
            tender=tender or self.tender,
        )

    def publish(self, *items: tuple[str, int, str], **more: Any) -> str:
        """A tender of several items, made at the core itself."""
        return published(self.client, items, **more)[0]

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
    items = (("Chair", 6, "piece"), ("Desk", 2, "piece"))
    number = talk.publish(*items, lots={"Lot A": [0], "Lot B": [1]}, worth=3000)
    talk.ahead(days=4)
    told = talk.begins("bid", number)
    assert told.text == talk.words("act_ask_lot")
    assert len(told.choices) == 3
    talk.says(told.choices[1])
    shown = talk.says("2000")
    assert isinstance(shown, Propose)
    assert "Lot B" in shown.text
    [worth] = shown.payload["action"]["values"]["amounts"].values()
    assert worth == "2000"


def test_each_item_has_its_price_and_one_can_be_changed(talk: Talk) -> None:
    number = talk.publish(("Chair", 60, "piece"), ("Desk", 10, "piece"), ("Lamp", 5, "piece"))
    talk.ahead(days=4)
    told = talk.begins("bid", number)
    assert talk.words("act_prices_needed", count="3") in told.text
    assert "Chair" in told.text
    assert "60 piece" in told.text
    assert "Desk" in talk.says("50").text
    assert "Lamp" in talk.says("200 UAH").text
    shown = talk.says("20.50")
    assert isinstance(shown, Propose)
    for part in ("3,000 UAH", "2,000 UAH", "102.50 UAH", "5,102.50 UAH"):
        assert part in shown.text
    assert talk.words("without_vat") in shown.text
    changed = {"en": "no, the second is 150", "es": "no, la segunda es 150",
               "ko": "아니요, 두 번째는 150"}  # fmt: skip
    shown = talk.says(changed[talk.language])
    assert isinstance(shown, Propose)
    assert "4,602.50 UAH" in shown.text
    values = shown.payload["action"]["values"]
    assert values["amount"] == "4602.5"
    assert sorted(values["prices"].values()) == ["150", "20.50", "50"]


def test_several_prices_in_one_message(talk: Talk) -> None:
    number = talk.publish(("Chair", 60, "piece"), ("Desk", 10, "piece"), ("Lamp", 5, "piece"))
    talk.ahead(days=4)
    talk.begins("bid", number)
    shown = talk.says("50, 150, 20")
    assert isinstance(shown, Propose)
    assert "4,600 UAH" in shown.text
    asked = talk.says({"en": "change item 2", "es": "cambia la partida 2",
                       "ko": "2번 품목을 바꿔 주세요"}[talk.language])  # fmt: skip
    assert "Desk" in asked.text
    assert talk.filling
    assert talk.filling.asked == "price_2"
    assert "4,700 UAH" in talk.says("160").text
    unclear = {"en": "no, 170", "es": "no, 170", "ko": "아니요, 170"}[talk.language]
    which = talk.says(unclear)
    assert talk.words("act_ask_line") in which.text
    assert len(which.choices) == 3
    last = {"en": "the last one, 30", "es": "el último, 30", "ko": "마지막은 30"}[talk.language]
    assert "4,750 UAH" in talk.says(last).text


def test_prices_over_the_limit_in_other_money_and_with_tax(talk: Talk) -> None:
    number = talk.publish(("Chair", 60, "piece"), ("Desk", 10, "piece"))
    talk.ahead(days=4)
    talk.begins("bid", number)
    assert talk.words("refused_other_currency", currency="UAH") in talk.says("90 EUR").text
    taxed = {"en": "90 VAT included", "es": "90 con IVA", "ko": "90 부가세 포함"}[talk.language]
    assert talk.words("act_invalid_without_vat") in talk.says(taxed).text
    uneven = {"en": "100 in total", "es": "100 en total", "ko": "총 100"}[talk.language]
    assert talk.words("act_invalid_price_of_one") in talk.says(uneven).text
    whole = {"en": "5400 in total", "es": "5400 en total", "ko": "총 5400"}[talk.language]
    assert "5,400 UAH" in talk.says(whole).text
    over = talk.says("100")
    assert "6,000 UAH" in over.text
    assert len(over.choices) == 2
    asked = talk.says(over.choices[1])
    assert "Desk" in asked.text
    assert isinstance(talk.says("60"), Propose)


def test_a_bid_for_all_lots_has_an_amount_for_each(talk: Talk) -> None:
    items = (("Chair", 6, "piece"), ("Lamp", 4, "piece"), ("Desk", 2, "piece"))
    number = talk.publish(*items, lots={"Lot A": [0, 1], "Lot B": [2]}, worth=1000)
    talk.ahead(days=4)
    told = talk.begins("bid", number)
    told = talk.says(told.choices[-1])
    assert "Lot A · Chair" in told.text
    over = talk.says("100, 50, 600")
    assert "Lot B: " in over.text
    assert "1,000 UAH" in over.text
    shown = talk.says({"en": "the third, 400", "es": "la tercera, 400", "ko": "세 번째, 400"}
                      [talk.language])  # fmt: skip
    assert isinstance(shown, Propose)
    assert sorted(shown.payload["action"]["values"]["amounts"].values()) == ["800", "800"]


def test_where_amounts_hold_vat_the_prices_do_not(talk: Talk) -> None:
    number = talk.publish(("Chair", 60, "piece"), ("Desk", 10, "piece"), vat=True)
    talk.ahead(days=4)
    talk.begins("bid", number)
    talk.says("50")
    told = talk.says("100")
    assert talk.filling
    assert told.text.endswith(talk.words("act_ask_whole_with_vat", name="Sixty office chairs"))
    refused = talk.says("6000")  # 4,000 without tax: no tax is that high
    assert talk.words("act_label_prices") in refused.text
    shown = talk.says({"en": "number 3: 4800", "es": "número 3: 4800", "ko": "3번 4800"}
                      [talk.language])  # fmt: skip
    assert isinstance(shown, Propose)
    assert f"4,800 UAH, {talk.words('with_vat')}" in shown.text


def test_who_changes_a_bid_says_which_price(talk: Talk) -> None:
    number = talk.publish(("Chair", 60, "piece"), ("Desk", 10, "piece"))
    talk.ahead(days=4)
    tender = talk.client.find_tenders(Wanted(number=number))[0]
    prices = {i.id: price for i, price in zip(tender.items, ("50", "150"), strict=True)}
    made = Actor(talk.client, SUPPLIER).act("bid", tender.id, amount="4500", prices=prices)
    assert made.credential
    talk.holds_bid(made.object, made.credential.token, tender.id)
    told = talk.begins("amend_bid", number)
    assert "150 UAH" in told.choices[1]
    shown = talk.says("2: 160") if talk.language != "ko" else talk.says("2번 160")
    assert isinstance(shown, Propose), shown.text
    assert "4,600 UAH" in shown.text


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
