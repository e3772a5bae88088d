"""The Korean particle behind an inserted word."""

import pytest

from bot.particles import particle
from bot.phrases import catalogue


@pytest.mark.parametrize(
    ("word", "obj", "by"),
    [
        ("UA-2026-11-22-000008-a", "를", "로"),
        ("R26BK01510400", "을", "으로"),
        ("R26BK01510407", "을", "로"),
        ("1,000원", "을", "으로"),
        ("부산시", "를", "로"),
        ("서울", "을", "로"),
        ("Ficticia Ltd.", "를", "로"),
        ("Park", "을", "으로"),
        ("S.A.", "를", "로"),
        ("", "를", "로"),
    ],
)
def test_a_particle_fits_the_sound_before_it(word: str, obj: str, by: str) -> None:
    assert (particle(word, "을(를)"), particle(word, "(으)로")) == (obj, by)


def test_a_sentence_is_filled_with_the_particle_that_fits() -> None:
    told = catalogue()("ko", "tender_unknown", number="UA-2026-11-22-000008-a")
    assert told == "공고번호 UA-2026-11-22-000008-a를 찾을 수 없습니다."
