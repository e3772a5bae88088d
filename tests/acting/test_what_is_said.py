"""How dates, money, refusals and receipts are put into words, in each language."""

from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from bot.acting.telling import receipt_text, refusal
from bot.dates import day, day_and_time
from bot.phrases import catalogue
from bot.procurement.port import Refused
from bot.wording import Wording
from knowledge.port import Language

SEOUL = ZoneInfo("Asia/Seoul")
in_each_language = pytest.mark.parametrize("language", get_args(Language))
AT = datetime(2026, 12, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "1 December 2026, 14:30 (KST)"),
        ("es", "1 de diciembre de 2026, 14:30 (KST)"),
        ("ko", "2026년 12월 1일 14:30 (KST)"),
    ],
)
def test_a_moment_is_written_as_people_write_it(language: str, written: str) -> None:
    assert day_and_time(AT, SEOUL, language) == written
    assert written.startswith(day(AT.astimezone(SEOUL), language))


@in_each_language
def test_the_state_that_stands_in_the_way_is_told_in_words(language: Language) -> None:
    words = Wording(catalogue(), language)
    said = refusal(words, Refused("wrong_state", "cancelled", field="tender"), SEOUL)
    assert words("status_cancelled") in said
    own = refusal(words, Refused("wrong_state", "mistaken", field="complaint"), SEOUL)
    assert own == words("refused_wrong_state_now")


@in_each_language
def test_a_field_that_nobody_was_asked_for_is_not_named_as_theirs(language: Language) -> None:
    words = Wording(catalogue(), language)
    said = refusal(words, Refused("malformed", "Rogue field", field="procuringEntity"), SEOUL)
    assert said == words("refused_refused", words="Rogue field")
    assert words("act_label_amount") in refusal(words, Refused("malformed", field="amount"), SEOUL)


@in_each_language
def test_what_waits_for_a_signature_is_not_told_as_done(language: Language) -> None:
    words = Wording(catalogue(), language)
    receipt = {"number": "UA-1", "at": AT.isoformat(), "state": "awaiting_signature"}
    for kind, waits in (("award", "other"), ("bid", "bid")):
        said = receipt_text(words, kind, receipt, SEOUL, None)
        assert said.startswith(words(f"awaiting_signature_{waits}"))
        assert words(f"act_done_{kind}", number="") not in said


@in_each_language
def test_a_fee_is_written_as_money(language: Language) -> None:
    words = Wording(catalogue(), language)
    receipt = {"number": "UA-1", "at": AT.isoformat(), "state": "awaiting_payment",
               "fee": "2000 UAH"}  # fmt: skip
    assert "2,000 UAH" in receipt_text(words, "complaint", receipt, SEOUL, None)
