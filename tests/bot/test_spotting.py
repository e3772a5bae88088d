from itertools import pairwise

import pytest

from bot.spotting import spot, tender_number


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("no, the e-mail is x@y.z", "email", "x@y.z"),
        ("kim@company.co.kr으로 보내주세요", "email", "kim@company.co.kr"),
        ("전화는010-1234-5678로 주세요", "phone", "01012345678"),
        ("call +52 55 1234 5678 please", "phone", "+525512345678"),
        ("mi tel es 55 1234 5678", "phone", "5512345678"),
        ("call +82 2 1234 5678", "phone", "+82212345678"),
        ("공고UA-2026-11-22-000008-a입니다", "tender_number", "UA-2026-11-22-000008-a"),
        ("R26BK01510407 공고", "tender_number", "R26BK01510407"),
        ("tender 20261122001234567890", "tender_number", "20261122001234567890"),
        ("a contract of 100 million won", "amount", "100 million won"),
        ("mañana a las 10", "time", "mañana a las 10"),
        ("두 시간 후", "time", "두 시간"),
    ],
)
def test_fixed_forms_are_found_beside_particles_and_words(text: str, kind: str, value: str) -> None:
    assert (kind, value) in [(found.kind, found.value) for found in spot(text)]


@pytest.mark.parametrize("text", ["555", "error 403", "in 2019", "12 30", "not an email", "a@b"])
def test_short_numbers_are_no_phone_and_half_addresses_no_email(text: str) -> None:
    assert not [found for found in spot(text) if found.kind in ("phone", "email")]


def test_what_one_kind_took_is_not_taken_twice() -> None:
    found = spot("UA-2026-11-22-000008-a, 010-1234-5678, a1234567@b.co")
    spans = [(one.start, one.end) for one in found]
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert [one.kind for one in found] == ["tender_number", "phone", "email"]


def test_tender_numbers_are_written_the_usual_way() -> None:
    assert tender_number("about ua-2026-11-22-000008-A") == "UA-2026-11-22-000008-a"
    assert tender_number("nothing here") is None
