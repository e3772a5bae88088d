"""What is left of a message without the words that only ask for a person."""

import pytest

from routing.causes import cause


@pytest.mark.parametrize(
    "text",
    [
        "a person please",
        "I want to talk to a human being!",
        "Could you get me an agent right now",
        "I need help",
        "Quiero hablar con una persona, por favor",
        "Necesito que me atienda alguien",
        "Páseme con un asesor",
        "상담원 연결해 주세요",
        "상담사와 통화하고 싶어요",
        "담당자 바꿔 주세요",
        "",
    ],
)
def test_a_wish_for_a_person_is_no_cause(text: str) -> None:
    assert cause(text) == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I want to talk to a person about my locked account", "locked account"),
        ("my bid can not be uploaded, a person please", "my bid can not be uploaded"),
        ("No me deja firmar, páseme con un asesor por favor", "No me deja firmar"),
        (
            "업로드가 안 되고 오늘 마감이에요. 상담원 연결해 주세요",
            "업로드가 안 되고 오늘 마감이에요",
        ),
        ("인증서 오류로 로그인이 안 됩니다", "인증서 오류로 로그인이 안 됩니다"),
        ("Sign-in fails: certificate error 12", "Sign-in fails: certificate error 12"),
    ],
)
def test_the_cause_is_left_as_it_was_said(text: str, left: str) -> None:
    assert cause(text) == left
