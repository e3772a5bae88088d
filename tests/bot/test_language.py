import pytest

from bot.language import language_of
from knowledge.port import Language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("how do I register", "en"),
        ("thanks", "en"),
        ("a person please", "en"),
        ("como me registro como proveedor", "es"),
        ("gracias", "es"),
        ("quiero hablar con alguien", "es"),
        ("¿KONEPS?", "es"),
        ("등록 어떻게 해요", "ko"),
        ("KONEPS가 뭐예요", "ko"),
        ("CompraNet과 KONEPS의 차이", "ko"),
        ("네", "ko"),
    ],
)
def test_a_message_is_answered_in_its_own_language(text: str, language: Language) -> None:
    for before in ("en", "es", "ko"):
        assert language_of(text, before) == language


@pytest.mark.parametrize(
    "text",
    ["ok", "12345", "kim@company.example", "UA-2026-11-22-000008-a", "KONEPS", "😀", "", "no"],
)
@pytest.mark.parametrize("before", ["en", "es", "ko"])
def test_what_has_no_language_keeps_the_conversations(text: str, before: Language) -> None:
    assert language_of(text, before) == before
