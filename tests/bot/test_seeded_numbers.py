"""Numbers made up by the rules of each kind, sown into sentences: how many come out unmasked."""

import random
import string
from collections.abc import Callable

import pytest

from bot.company_numbers import is_korean, is_mexican
from bot.personal_numbers import masked, nameless

SENTENCES = (
    "My number is {}, can you check?",
    "{} is what they asked me for",
    "Mi número es {} y no me deja entrar.",
    "adjunto: {}; gracias",
    "제 번호는 {}입니다",
    "번호 {} 로 등록이 안 돼요",
)
EACH = 40


def digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice(string.digits) for _ in range(count))


def letters(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("BCDFGHJKLMNPQRSTVW") for _ in range(count))


def birthday(chance: random.Random) -> str:
    return f"{chance.randint(50, 99)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"


def card(chance: random.Random) -> str:
    start = "4" + digits(chance, 14)
    doubled = [int(d) * (1 if i % 2 else 2) for i, d in enumerate(start)]
    total = sum(n - 9 if n > 9 else n for n in doubled)
    number = start + str(-total % 10)
    gap = chance.choice(("", " ", "-", "\u00a0"))
    return gap.join(number[at : at + 4] for at in range(0, 16, 4))


def resident(chance: random.Random) -> str:
    return f"{birthday(chance)}{chance.choice(('-', '', ' - '))}{chance.randint(1, 8)}" + digits(
        chance, 6
    )


def korean_firm(chance: random.Random) -> str:
    number = next(
        n for _ in range(999) if is_korean(n := str(chance.randint(1, 9)) + digits(chance, 9))
    )
    return f"{number[:3]}-{number[3:5]}-{number[5:]}"


def curp(chance: random.Random) -> str:
    return (
        f"{letters(chance, 1)}A{letters(chance, 2)}{birthday(chance)}"
        f"{chance.choice('HM')}{letters(chance, 5)}{digits(chance, 2)}"
    )


def rfc(chance: random.Random) -> str:
    start = letters(chance, chance.choice((3, 4))) + birthday(chance) + letters(chance, 2)
    return start + next(end for end in "0123456789A" if is_mexican(start + end))


def nif(chance: random.Random) -> str:
    number = digits(chance, 8)
    return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def nie(chance: random.Random) -> str:
    number = digits(chance, 7)
    return "X" + number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def clabe(chance: random.Random) -> str:
    return digits(chance, 18)


def iban(chance: random.Random) -> str:
    account = digits(chance, 20)
    check = 98 - int(account + "142800") % 97  # E and S are 14 and 28
    gap = chance.choice(("", " "))
    whole = f"ES{check:02}{account}"
    return gap.join(whole[at : at + 4] for at in range(0, 24, 4))


def phone(chance: random.Random) -> str:
    forms = ("010-####-####", "+82 10 #### ####", "02-###-####", "+52 55 #### ####", "55 #### ####")
    return "".join(digits(chance, 1) if c == "#" else c for c in chance.choice(forms))


def email(chance: random.Random) -> str:
    name = "".join(chance.choice(string.ascii_lowercase) for _ in range(7))
    return f"{name}.{digits(chance, 2)}@{letters(chance, 5).lower()}.example"


Maker = Callable[[random.Random], str]
NUMBERS: tuple[Maker, ...] = (
    card, resident, korean_firm, curp, rfc, nif, nie, clabe, iban,
)  # fmt: skip
REACHED: tuple[Maker, ...] = (phone, email)


def sown(make: Maker) -> list[tuple[str, str]]:
    chance = random.Random(make.__name__)
    numbers = [make(chance) for _ in range(EACH)]
    return [(one, SENTENCES[n % len(SENTENCES)].format(one)) for n, one in enumerate(numbers)]


@pytest.mark.parametrize("make", NUMBERS)
def test_no_seeded_number_is_shown(make: Maker) -> None:
    shown = [number for number, sentence in sown(make) if number in masked(sentence)]
    assert shown == []


@pytest.mark.parametrize("make", REACHED)
def test_where_to_reach_somebody_is_kept_here_and_hidden_from_others(make: Maker) -> None:
    for number, sentence in sown(make):
        assert number in masked(sentence)
        assert number not in nameless(sentence)


@pytest.mark.parametrize("make", NUMBERS)
def test_what_leaves_the_house_holds_none_either(make: Maker) -> None:
    assert [n for n, sentence in sown(make) if n in nameless(sentence)] == []


@pytest.mark.parametrize(
    "text",
    [
        "The tender UA-2026-11-22-000008-a closes on 2026-12-24 at 10:00",
        "공고 R26BK01510407 예산은 3억 5천만원입니다",
        "el contrato de 2 500 000 pesos vence el 24 de diciembre de 2026",
    ],
)
def test_what_is_public_is_left_alone(text: str) -> None:
    assert masked(text) == text
    assert nameless(text) == text


def test_codes_that_no_check_digit_makes_a_number_of_somebody_stay() -> None:
    text = "class 30125120-6, 45 chairs, section B12345678"
    assert masked(text) == text
