"""Yes, no and "wait" in their many forms; what only sounds like one is none."""

import pytest

from bot.acting.consent import calls_off, is_plain_no, is_plain_yes
from bot.acting.values import is_correction, is_hesitation


@pytest.mark.parametrize(
    "text",
    [
        "go ahead", "ok, go ahead", "yes please, thank you", "sure, send it", "yeah do it",
        "confirmed, please proceed", "looks right, go ahead", "please go ahead and do so",
        "sí dale", "adelante", "sí, por favor", "sí, claro", "correcto, hazlo", "bueno, envíala",
        "hágalo por favor", "네 진행해 주세요", "네네 그렇게 해주세요", "네 부탁드립니다", "넵",
        "알겠습니다, 제출해 주세요", "네, 맞습니다", "좋아요, 올려 주세요",
    ],
)  # fmt: skip
def test_a_yes(text: str) -> None:
    assert is_plain_yes(text)


@pytest.mark.parametrize(
    "text",
    [
        "ok", "sure", "vale", "좋아요", "알겠습니다", "yes but", "yes?", "sounds good", "maybe yes",
        "yes no", "sí pero", "네 그런데", "yes, 5000", "confirm my bid is 5", "withdraw it", "등록",
    ],
)  # fmt: skip
def test_what_is_no_yes(text: str) -> None:
    assert not is_plain_yes(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("yes, withdraw it", "withdraw_bid"),
        ("sí, retírala", "withdraw_bid"),
        ("네, 철회해 주세요", "withdraw_bid"),
        ("yes, extend it", "extend"),
        ("sí, amplíalo", "extend"),
        ("네 연장해 주세요", "extend"),
    ],
)
def test_the_own_verb_of_an_act_is_a_yes_to_that_act_alone(text: str, kind: str) -> None:
    assert is_plain_yes(text, kind)
    assert not is_plain_yes(text, "publish_tender")
    assert not is_plain_yes(text.split(maxsplit=1)[1], kind)


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("no", False), ("no thanks", False), ("nah dont send it", True),
        ("never mind, forget it", True), ("mejor no, déjalo así", True), ("no la mandes", True),
        ("olvídalo, ya no", True), ("아니요", False), ("아니 보내지 마", True),
        ("아 됐어요 그만할게요", True),
    ],
)  # fmt: skip
def test_a_no_and_a_calling_off(text: str, *, off: bool) -> None:
    assert is_plain_no(text)
    assert calls_off(text) is off


@pytest.mark.parametrize("text", ["no, 5000", "cancel my bid", "no, make it 5", "no es eso"])
def test_what_is_no_no(text: str) -> None:
    assert not is_plain_no(text)


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("hmm wait", True), ("hold on a sec", True), ("mmm espera", True), ("un momento", True),
        ("음 잠깐만요", True), ("wait, not yet", True), ("wait for the delivery", False),
        ("espera hasta el lunes", False), ("the second", False),
    ],
)  # fmt: skip
def test_a_hesitation(text: str, *, waits: bool) -> None:
    assert is_hesitation(text) is waits


@pytest.mark.parametrize("text", ["hmm no, 5", "아 잘못 말했어요 5,120.50이요", "make that 5,120"])
def test_a_correction(text: str) -> None:
    assert is_correction(text)
