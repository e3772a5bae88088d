"""A plain plea for a person is heard in whatever message it stands."""

import pytest

from bot.plain_words import pleads_for_person


@pytest.mark.parametrize(
    "text",
    [
        "My bid closes today at 18:00 and the upload fails, get me a person",
        "the page is broken again. I want to talk to a human being",
        "Se cayó el sistema y cierro hoy, necesito hablar con una persona",
        "No me deja firmar, páseme con un asesor por favor",
        "업로드가 안 되고 오늘 마감이에요. 상담원 연결해 주세요",
    ],
)
def test_a_plea_is_heard(text: str) -> None:
    assert pleads_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "Does a person have to visit PPS for the fingerprint?",
        "I need the certificate of a person who left the firm",
        "¿Puede una persona física registrarse?",
        "Quiero registrar una persona moral como proveedor",
        "상담원은 몇 명인가요?",
        "How many counselors does the call centre have?",
    ],
)
def test_a_word_about_persons_is_no_plea(text: str) -> None:
    assert not pleads_for_person(text)
