"""Words alone: amounts, moments, choices; act or question; content of a tender or not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.acting import places, pricing, values
from bot.acting.bidding import lots_in
from bot.acting.gate import is_act
from bot.acting.guard import asks_content, tells_content
from bot.acting.lines import Line
from bot.acting.reading import named_tender, read_value, volunteered
from bot.acting.state import Filling
from bot.answering import Moment
from bot.phrases import catalogue
from bot.port import Turn
from bot.turn import _is_value
from bot.wording import Wording

NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
NUMBER = "UA-2026-11-22-000008-a"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("45,000", "45000"),
        ("45.000,50 pesos", "45000.50"),
        ("45 000", None),  # two numbers, or one: it is asked about
        ("1.2 million", "1200000"),
        ("3만원", "30000"),
        ("1억 2천만 원", "120000000"),
        ("5,200.50", "5200.50"),
        ("between 5 and 6", None),
        ("0", None),
        ("-5", None),
        ("45 mil", "45000"),
        (f"on {NUMBER}", None),
        ("1,2 millones", "1200000"),
        ("350만원", "3500000"),
        ("5천4백 UAH", "5400"),
        ("1억 5천", "150000000"),
        ("twelve thousand five hundred", "12500"),
        ("cinco mil trescientos", "5300"),
        ("오천사백이요", "5400"),
        ("one of the two", None),
        ("12 500,00 €", None),
    ],
)
def test_amounts(text: str, amount: str | None) -> None:
    assert values.amount(text) == amount


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("in 5 days", "2026-11-30"),
        ("5일 후", "2026-11-30"),
        ("20 de diciembre", "2026-12-20"),
        ("in 10 days at noon", "2026-12-05T12:00"),
        ("the 15th at 6pm", "2026-12-15T18:00"),
        ("el 15 a las 18 h", "2026-12-15T18:00"),
        ("23일 오후 3시로요", "2026-12-23T15:00"),
        ("12/3 오후 2시", "2026-12-03T14:00"),
        ("25/1 a las 10", "2027-01-25T10:00"),
    ],
)
def test_moments(text: str, day: str) -> None:
    moment = values.moment(text, NOW)
    assert moment is not None
    assert moment.startswith(day)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("yesterday", "2026-11-24"),
        ("the day before yesterday", "2026-11-23"),
        ("anteayer", "2026-11-23"),
        ("ayer", "2026-11-24"),
        ("어제요", "2026-11-24"),
        ("hace 3 días", "2026-11-22"),
        ("last Friday", "2026-11-20"),
        ("el viernes pasado", "2026-11-20"),
        ("지난 금요일", "2026-11-20"),
        ("today", "2026-11-25"),
    ],
)
def test_what_was_done_was_done_on_a_day_of_the_past(text: str, day: str) -> None:
    moment = read_value("paid_at", text, NOW)
    assert moment is not None
    assert moment.startswith(day)


def test_a_date_that_could_be_two_is_asked_about() -> None:
    assert values.moment("3/12 at 10:00", NOW) is None


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("Accepted", "yes"), ("Not accepted", "no"), ("no se acepta", "no"), ("No aceptada", "no"),
        ("합격입니다", "yes"), ("불합격", "no"), ("네", "yes"), ("it did not pass", "no"),
    ],
)  # fmt: skip
def test_a_verdict_and_its_negation(text: str, accepted: str) -> None:
    assert values.one_of(text, ("yes", "no")) == accepted


def test_only_money_is_a_budget() -> None:
    asked = "I need to enter a purchase request for 40 laptops"
    assert volunteered(Filling("plan"), asked, NOW).slots == {}
    named = volunteered(Filling("plan"), f"{asked}, 1.2 million UAH", NOW)
    assert named.slots == {"amount": "1200000", "currency": "UAH"}
    paid = volunteered(Filling("payment"), "we paid 2,600.25 UAH today", NOW)
    assert paid.slots["amount"] == "2600.25"
    assert paid.slots["paid_at"].startswith("2026-11-25")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("the second one", 1),
        ("1", 0),
        ("el primero", 0),
        ("두 번째", 1),
        ("Beta", 1),
        ("what?", None),
    ],
)
def test_picks(text: str, place: int | None) -> None:
    assert values.picked(text, ("Alpha Ltd.", "Beta S.A.")) == place


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("the first one", 0), ("number 3", 2), ("3", 2), ("I'll take the third", 2), ("#2", 1),
        ("el último", 4), ("la segunda, por favor", 1), ("la dos", 1), ("¿y la tercera?", 2),
        ("두번째 거", 1), ("마지막", 4), ("2번 공고 보여줘", 1), ("the seventh", 6),
        ("first time bidding", None), ("the last week", None), ("90 each", None), ("0", None),
        ("the first or the second", None), ("who is the first bidder in Korea", None),
    ],
)  # fmt: skip
def test_a_place_in_a_list_of_five(text: str, index: int | None) -> None:
    place = places.alone(text, 5)
    assert (place.index if place else None) == index


@pytest.mark.parametrize(
    ("text", "taxed"),
    [
        ("90 plus VAT", False), ("90 VAT included", True), ("90, VAT not included", False),
        ("90 más IVA", False), ("90 con IVA", True), ("90 IVA no incluido", False), ("90", None),
        ("90 부가세 별도", False), ("90 부가세 포함", True), ("90 without tax", False),
    ],
)  # fmt: skip
def test_what_is_said_of_vat(text: str, taxed: bool | None) -> None:
    assert pricing.vat(text) is taxed


@pytest.mark.parametrize(
    ("text", "taxed"),
    [
        ("350 not including VAT", False),
        ("350, VAT is not included", False),
        ("350 más el IVA", False),
        ("350 sin incluir IVA", False),
        ("350 con el IVA", True),
        ("부가세 빼고 350", False),
        ("부가세를 제외하고 350", False),
        ("부가세가 포함된 350", True),
    ],
)
def test_vat_that_comes_on_top_is_not_in_the_price(text: str, *, taxed: bool) -> None:
    assert pricing.vat(text) is taxed


def priced(asked: str) -> Filling:
    lines = (Line("Chairs", "1", None, "", "30", "pc"), Line("Desks", "2", None, "", "10", "pc"))
    return Filling("bid", asked=asked, lines=lines, currency="UAH", looked_up=True)


@pytest.mark.parametrize(
    ("text", "prices"),
    [
        ("2", {"price_1": "2"}),
        ("the second is 350", {"price_2": "350"}),
        ("두 번째 350", {"price_2": "350"}),
        ("que sea 350", {"price_1": "350"}),
        ("9000 in total", {"price_1": "300"}),
    ],
)
def test_a_price_and_its_line(text: str, prices: dict[str, str]) -> None:
    given = pricing.given(text, priced("price_1"))
    assert given is not None
    assert given.prices == prices


@pytest.mark.parametrize(
    "text", ["one second", "un segundo", "how long do the chairs take", "천" * 20_000]
)
def test_what_gives_no_price_and_means_no_line(text: str) -> None:
    assert pricing.given(text, priced("price_1")) is None


@pytest.mark.parametrize(
    "text", ["0.125", "0.004 UAH", "50, 0.125", "12,3456", "la segunda, 0.125"]
)
def test_a_price_finer_than_coins_is_asked_back_and_not_rounded(text: str) -> None:
    assert pricing.given(text, priced("price_1")) == pricing.Given(fault="act_invalid_cents")


@pytest.mark.parametrize(
    ("text", "prices"),
    [
        ("350 dollars and 20 cents", {"price_1": "350.20"}),
        ("350 dólares con 5 centavos", {"price_1": "350.05"}),
        ("350달러 20센트", {"price_1": "350.20"}),
        ("number 2 is 50 cents", {"price_2": "0.50"}),
        ("el número 2 son 50 centavos", {"price_2": "0.50"}),
        ("350 dollars and 20 cents, 90", {"price_1": "350.20", "price_2": "90"}),
    ],
)
def test_coins_belong_to_their_price_where_two_are_open(text: str, prices: dict[str, str]) -> None:
    given = pricing.given(text, replace(priced("price_1"), currency="USD"))
    assert given is not None
    assert given.prices == prices


@pytest.mark.parametrize(
    ("text", "number"),
    [("ninety days", "90"), ("noventa días", "90"), ("0", "0"),
     ("23.5 inches", "23.5"), ("two or three", None), ("a hundred and twenty", "120"),
     ("uno", "1"), ("quiero hablar con una persona", None), ("no one does", None),
     ("once a month", None)],
)  # fmt: skip
def test_a_number_that_a_tender_asks_for(text: str, number: str | None) -> None:
    assert values.figure(text) == number


@pytest.mark.parametrize("text", ["both", "los dos", "ambas", "둘 다"])
def test_both_are_all_where_there_are_two(text: str) -> None:
    assert lots_in(text, (*LOTS[:2], LOTS[-1])) == {"1", "2"}


LOTS = (*((f"Lot {n} · 5 UAH", str(n)) for n in range(1, 13)), ("All lots", ""))


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("lot 1", {"1"}),
        ("lot 12", {"12"}),
        ("LOT 12", {"12"}),
        ("3", {"3"}),
        ("lots 1 and 3", {"1", "3"}),
        ("lot 1 and 3", {"1", "3"}),
        ("los lotes 1 y 3", {"1", "3"}),
        ("로트 1, 3", {"1", "3"}),
        ("both", set()),
        ("all of them", {key for _, key in LOTS[:-1]}),
        ("all but lot 2", set()),
        ("1" * 5_000, set()),
    ],
)
def test_which_lots_are_chosen(text: str, chosen: set[str]) -> None:
    assert lots_in(text, LOTS) == chosen


@pytest.mark.parametrize(
    ("label", "text", "act"),
    [
        ("withdraw_bid", "withdraw my bid", True),
        ("withdraw_bid", "how do I withdraw my bid?", False),
        ("withdraw_bid", "can I withdraw my bid after the deadline?", False),
        ("withdraw_bid", "could you withdraw my bid?", True),
        ("bid", "¿cómo presento una oferta?", False),
        ("bid", "quiero presentar una oferta", True),
        ("bid", "입찰서는 어떻게 제출하나요?", False),
        ("bid", "이 공고에 투찰할게요", True),
        ("question", f"ask on {NUMBER}: is delivery included?", True),
        ("tender_status", f"when does {NUMBER} close?", True),
        ("tender_status", "when does a tender usually close?", False),
        ("bid_status", "how do I see the status of my bid?", False),
        ("bid_status", "제 투찰 상태가 어떻게 되나요?", True),
        ("payment_status", "when am I paid?", False),
        ("complaint", "how do I file a complaint?", False),
    ],
)
def test_the_gate(label: str, text: str, *, act: bool) -> None:
    assert is_act(label, text) is act


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (f"Which material and dimensions does {NUMBER} ask for?", True),
        (f"¿Qué medidas pide la licitación {NUMBER}?", True),
        (f"{NUMBER} 규격이 어떻게 되나요?", True),
        (f"When does {NUMBER} close?", False),
        ("What are evaluation criteria in general?", False),
        ("How do I register as a supplier?", False),
        ("¿Qué documentos necesito para registrarme?", False),
        ("입찰 보증금은 얼마인가요?", False),
        (f"How do I submit a bid on {NUMBER}?", False),
    ],
)
def test_what_asks_for_the_content_of_a_tender(text: str, *, content: bool) -> None:
    assert asks_content(text) is content


@pytest.mark.parametrize(
    ("draft", "asked", "tells"),
    [
        ("Yes, an equivalent brand is fine.", "may it be an equivalent brand?", True),
        ("The seat must be 45 cm high.", "which dimensions?", True),
        ("Please post this as an official clarification.", "which dimensions?", False),
        ("You can register under Services > Registration.", "which dimensions?", False),
        ("No, un equivalente no se acepta.", "¿se acepta una marca equivalente?", True),
        ("네, 동등 제품도 가능합니다.", "동등 제품도 되나요?", True),
    ],
)
def test_what_a_draft_tells(draft: str, asked: str, *, tells: bool) -> None:
    assert tells_content(draft, asked) is tells


def test_an_opening_gives_what_it_says_and_no_more() -> None:
    filled = volunteered(Filling("bid"), f"I want to bid 45,000 pesos on {NUMBER}", NOW)
    assert (filled.number, filled.slots) == (NUMBER, {"amount": "45000", "currency": "MXN"})
    asked = volunteered(Filling("question"), f'ask on {NUMBER}: "is delivery included?"', NOW)
    assert asked.slots == {"text": "is delivery included?"}
    assert named_tender(Filling("follow"), "follow that tender", NUMBER).number == NUMBER
    assert named_tender(Filling("follow"), "the tender for office chairs", None).words


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 de diciembre de 2026 a las 14:00", True),
        ("on Thursday 3 December 2026 at 14:00", True),
        ("2026년 12월 3일 14시", True),
        ("the deadline of the other tender should rather be on 3 December", False),
        ("3 December at 14:00?", False),
    ],
)
def test_a_long_date_alone_answers_the_question_for_it(text: str, *, value: bool) -> None:
    turn = Turn("c", text, "en", NOW.date())
    now = Moment(turn, text, "en", Wording(catalogue(), "en"), NOW)
    assert _is_value(now, "tender_ends") is value
