"""What a search for tenders asks for, out of one sentence, in three languages."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.acting.searching import Sought, sought

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=ZoneInfo("Asia/Seoul"))


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=NOW.tzinfo)


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("find tenders for office chairs", "office chairs", None),
        ("looking for goods tenders in Example Town", "Example Town", "goods"),
        ("¿hay licitaciones de servicios de limpieza?", "limpieza", "services"),
        ("muéstrame las licitaciones de Town of Examples", "Town Examples", None),
        ("Town of Examples에서 낸 공고 보여주세요", "Town Examples", None),
        ("청소용역 공고 찾아 주세요", "청소", "services"),
        ("any tenders about IT equipment?", "IT equipment", None),
    ],
)
def test_words_and_kind(text: str, words: str, kind: str | None) -> None:
    found = sought(text, NOW)
    assert (found.words, found.kind) == (words, kind)


@pytest.mark.parametrize(
    ("text", "least", "most", "currency"),
    [
        ("tenders under 10,000", None, 10_000, None),
        ("tenders worth more than 5 million won", 5_000_000, None, "KRW"),
        ("tenders between 1,000 and 20,000 UAH", 1_000, 20_000, "UAH"),
        ("licitaciones de menos de 10 mil", None, 10_000, None),
        ("licitaciones de más de 1,2 millones de pesos", 1_200_000, None, "MXN"),
        ("licitaciones entre 1.000 y 20.000", 1_000, 20_000, None),
        ("350만 원 이하 공고", None, 3_500_000, "KRW"),
        ("1억 2천만 원 이상 3억 이하 공고", 120_000_000, 300_000_000, "KRW"),
        ("tenders closing in less than 2 weeks", None, None, None),
    ],
)
def test_values(text: str, least: int | None, most: int | None, currency: str | None) -> None:
    found = sought(text, NOW)
    wanted = tuple(None if one is None else Decimal(one) for one in (least, most))
    assert (found.at_least, found.at_most, found.currency) == (*wanted, currency)


@pytest.mark.parametrize(
    ("text", "after", "before"),
    [
        ("which tenders close in the next two weeks?", NOW, at("2026-12-10T15:00")),
        ("tenders closing before tomorrow", NOW, at("2026-11-27T00:00")),
        ("tenders closing this month", NOW, at("2026-12-01T00:00")),
        ("tenders closing after 10 December", at("2026-12-11T00:00"), None),
        ("licitaciones que cierran en las próximas dos semanas", NOW, at("2026-12-10T15:00")),
        ("concursos que cierran la próxima semana", at("2026-11-30"), at("2026-12-07")),
        ("2주 안에 마감되는 공고", NOW, at("2026-12-10T15:00")),
        ("내일까지 마감인 공고", NOW, at("2026-11-27T23:59")),
    ],
)
def test_closings(text: str, after: datetime, before: datetime | None) -> None:
    found = sought(text, NOW)
    assert (found.closes_after, found.closes_before) == (after, before)
    assert found.words == ""


def test_a_looser_search_leaves_one_word_out() -> None:
    words = [one.words for one in Sought(words="red office chairs").looser()]
    assert words == ["office chairs", "red chairs", "red office"]
    assert Sought(words="chairs").looser() == []
