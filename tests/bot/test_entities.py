"""What people write in three languages, and what it comes to: one table a kind."""

from datetime import datetime

import pytest

from bot.amounts import amounts
from bot.company_numbers import is_korean, is_mexican
from bot.moments import due
from bot.spotting import spot

AMOUNTS = [
    ("our budget is 2 million pesos", "2000000 MXN"),
    ("two million pesos at most", "2000000 MXN"),
    ("half a million won", "500000 KRW"),
    ("KRW 35.545 trillion in 2024", "35545000000000 KRW"),
    ("USD 1.5m", "1500000 USD"),
    ("it costs $2,500.00", "2500"),
    ("EUR 12 000 net", "12000 EUR"),
    ("three hundred dollars", "300 USD"),
    ("UAH 45000", "45000 UAH"),
    ("son 2 millones de pesos", "2000000 MXN"),
    ("medio millón de pesos", "500000 MXN"),
    ("quinientos mil pesos más IVA", "500000 MXN"),
    ("1.250.000,50 euros", "1250000.5 EUR"),
    ("mil millones de pesos", "1000000000 MXN"),
    ("un billón de pesos", "1000000000000 MXN"),
    ("MX$ 2,500", "2500 MXN"),
    ("예산은 3억 원입니다", "300000000 KRW"),
    ("3억원짜리 공사", "300000000 KRW"),
    ("1억 2천만 원", "120000000 KRW"),
    ("1억2,500만원에서", "125000000 KRW"),
    ("삼억 원 미만", "300000000 KRW"),
    ("오천만원", "50000000 KRW"),
    ("1.5억원", "150000000 KRW"),
    ("50만 달러", "500000 USD"),
    ("₩35,545,000", "35545000 KRW"),
]

# The table's now is Sunday, 22 November 2026, 14:00.
TIMES = [
    ("next Monday", "2026-11-23T23:59"),
    ("this Friday at 5 pm", "2026-11-27T17:00"),
    ("at ten tomorrow", "2026-11-23T10:00"),
    ("the day after tomorrow at noon", "2026-11-24T12:00"),
    ("in 3 business days", "2026-11-25T23:59"),
    ("within two weeks", "2026-12-06T23:59"),
    ("by the 25th", "2026-11-25T23:59"),
    ("December 3, 2026", "2026-12-03T23:59"),
    ("by the end of the month", "2026-11-30T23:59"),
    ("it closes at 3", "2026-11-22T15:00"),
    ("within 48 hours", "2026-11-24T14:00"),
    ("mañana a las 10", "2026-11-23T10:00"),
    ("pasado mañana", "2026-11-24T23:59"),
    ("el lunes de la próxima semana", "2026-11-23T23:59"),
    ("el próximo martes", "2026-11-24T23:59"),
    ("el viernes a las 3 y media de la tarde", "2026-11-27T15:30"),
    ("hoy antes de las seis", "2026-11-22T18:00"),
    ("en 3 días hábiles", "2026-11-25T23:59"),
    ("dentro de dos semanas", "2026-12-06T23:59"),
    ("a fin de mes", "2026-11-30T23:59"),
    ("el 24 de diciembre de 2026 a las 10:00", "2026-12-24T10:00"),
    ("내일 오후 3시까지", "2026-11-23T15:00"),
    ("오후 3시 30분까지", "2026-11-22T15:30"),
    ("오늘 5시 반까지", "2026-11-22T17:30"),
    ("모레 자정까지", "2026-11-24T23:59"),
    ("다음 주 화요일까지", "2026-11-24T23:59"),
    ("5영업일 이내", "2026-11-27T23:59"),
    ("사흘 안에", "2026-11-25T23:59"),
    ("2주 안에", "2026-12-06T23:59"),
    ("25일까지", "2026-11-25T23:59"),
    ("이번 달 말까지", "2026-11-30T23:59"),
    ("2027년 1월 5일", "2027-01-05T23:59"),
]

NUMBERS = [
    ("about UA-2026-11-22-000008-a", "tender_number", "UA-2026-11-22-000008-a"),
    ("공고R26BK01510407-000입니다", "tender_number", "R26BK01510407-000"),
    ("la LA-006000998-E12-2026", "tender_number", "LA-006000998-E12-2026"),
    ("see notice 2026/S 123-456789", "notice_number", "2026/S 123-456789"),
    ("notice number is ABC-2026/15", "notice_number", "ABC-2026/15"),
    ("공고번호: 제2026", "notice_number", None),
    ("우리 사업자등록번호는 111-22-33333 입니다", "company_number", "111-22-33333"),
    ("business number 1112233333", "company_number", "111-22-33333"),
    ("our number 123-45-67891", "company_number", "123-45-67891"),
    ("our number 123-45-67890", "company_number", None),
    ("RFC ABC 680524 P76", "company_number", "ABC680524P76"),
    ("call me on 0212345678", "company_number", None),
]


@pytest.mark.parametrize(("text", "comes_to"), AMOUNTS)
def test_amounts_in_figures_and_words(text: str, comes_to: str) -> None:
    assert [one.written() for one in amounts(text)] == [comes_to]
    assert [one.means for one in spot(text) if one.kind == "amount"] == [comes_to]


@pytest.mark.parametrize(
    "text",
    ["in 2019 there were 57734", "원칙 3가지", "3 원하는 것", "45 chairs", "article 12", "a m", ""],
)
def test_other_numbers_are_no_money(text: str) -> None:
    assert amounts(text) == []


@pytest.mark.parametrize(("text", "at"), TIMES)
def test_days_and_relative_deadlines(text: str, at: str, now: datetime) -> None:
    when = due(text, now)
    assert when is not None
    assert when.isoformat().startswith(at)


@pytest.mark.parametrize(("text", "at"), TIMES)
def test_a_day_and_its_clock_are_one_time(text: str, at: str, now: datetime) -> None:
    found = [one for one in spot(text, now) if one.kind == "time"]
    if len(found) == 1:
        assert found[0].means.startswith(at)
    else:
        assert len(found) == 2  # "hoy antes de las seis": words between them
        assert {one.means[:10] for one in found} == {at[:10]}


def test_next_monday_on_a_monday_is_a_week_away(now: datetime) -> None:
    monday = now.replace(day=23)
    days = [due(text, monday) for text in ("Monday", "next Monday", "el próximo lunes")]
    assert [when.day for when in days if when] == [23, 30, 30]


@pytest.mark.parametrize(("text", "kind", "value"), NUMBERS)
def test_numbers_of_tenders_notices_and_firms(text: str, kind: str, value: str | None) -> None:
    found = [one.value for one in spot(text) if one.kind == kind]
    assert found == ([value] if value else [])


def test_check_digits() -> None:
    assert is_korean("1234567891")
    assert not is_korean("1234567890")
    assert is_mexican("GODE561231GR8")  # the tax authority's own example
    assert not is_mexican("GODE561231GR9")
