"""Sums of money in words, and words that only look like them."""

import pytest

from bot import amounts
from bot.acting import values

LONG = 20_000


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("1억 2천만원", ["120000000 KRW"]),
        ("1천2백3십만 4천원", ["12304000 KRW"]),
        ("천만원", ["10000000 KRW"]),
        ("2천 5백만원", ["25000000 KRW"]),
    ],
)
def test_korean_signs_are_read_together(text: str, sums: list[str]) -> None:
    assert [one.written() for one in amounts.amounts(text)] == sums


@pytest.mark.parametrize("sign", ["천", "천만", "1천 ", "이천", "백백만", "1,", "US$", "mil "])
def test_signs_without_end_are_read_once(sign: str) -> None:
    """What reads them again for each sign does not end before the run of tests does."""
    text = sign * (LONG // len(sign))
    assert amounts.amounts(text) == []
    assert values.sum_of_money(text) is None
