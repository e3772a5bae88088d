"""The items of a tender that a buyer tells: which words change one, and which do not."""

import pytest

from bot.acting import items

ITEMS = {
    "title": "Furniture", "code": "1", "quantity": "2", "unit": "piece", "more": items.ANOTHER,
    "item_1_title": "Chair", "item_2_title": "Desk", "item_2_code": "2", "item_2_quantity": "3",
    "item_2_unit": "piece", "item_2_more": items.THAT_IS_ALL,
}  # fmt: skip


@pytest.mark.parametrize(
    "words", ["what is item 2?", "¿qué es la partida 2?", "2번 품목은 뭐예요?"]
)
def test_a_question_about_an_item_changes_nothing(words: str) -> None:
    assert items.about(words, ITEMS) is None


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("remove item 2", True), ("without item 2", True), ("sin la partida 2", True),
        ("can you remove item 2?", True), ("item 2 without armrests", False),
        ("partida 2 sin brazos", False),
    ],
)  # fmt: skip
def test_an_item_without_something_stays(words: str, gone: bool) -> None:
    assert items.about(words, ITEMS) == 2
    assert items.leaves_out(words) is gone
