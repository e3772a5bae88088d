import pytest

from bot.personal_numbers import MASK, masked


@pytest.mark.parametrize(
    "number",
    [
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "378282246310005",
        "900101-1234567",
        "9001011234567",
        "123-45-67890",
        "GODE561231GR8",
        "ABC 680524 P76",
        "GODE561231HVZRMN09",
        "12345678Z",
        "X-1234567-L",
        "032180000118359719",
    ],
)
def test_personal_numbers_are_hidden_in_any_sentence(number: str) -> None:
    for sentence in (
        f"my number is {number}.",
        f"제 번호는 {number}입니다",
        f"es {number}, gracias",
    ):
        hidden = masked(sentence)
        assert number not in hidden
        assert MASK in hidden


@pytest.mark.parametrize(
    "public",
    [
        "UA-2026-11-22-000008-a",
        "UA-P-2026-11-26-000003-a",
        "fe35a69fe0ee45cea56018ac130972e4",
        "R26BK01510407",
        "20261122001234567890",
        "20261122001-00",
        "KRW 35.545 trillion",
        "1,234,567,890 won",
        "2021-01-01",
        "02-1234-5678",
        "010-1234-5678",
        "+52 55 1234 5678",
        "in 2019 there were 57734 bodies",
    ],
)
def test_public_numbers_stay_readable(public: str) -> None:
    assert masked(f"about {public} please") == f"about {public} please"
