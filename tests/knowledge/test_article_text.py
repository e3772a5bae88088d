import pytest

from knowledge import article_text
from knowledge.article_text import BadArticle
from tests.knowledge.conftest import ADVANCE, write


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(BadArticle) as caught:
        article_text.parse(text)
    return caught.value.problems


def test_sections_keep_heading_alternates_and_text_apart() -> None:
    first, second = article_text.sections(article_text.parse(write("a", ADVANCE)).body)
    assert first.anchor == "share"
    assert first.heading == "How much of a contract can be paid in advance?"
    assert first.alternates == ("advance payment percent", "money up front")
    assert first.text == "Up to 70% of the contract amount can be paid in advance in Korea (2021)."
    assert second.anchor == "bond"


def test_every_problem_is_named_with_its_line() -> None:
    text = write("a", ADVANCE).replace("topic: payment", "topic: cooking").replace(" {#bond}", "")
    assert [line for line, _ in problems(text)] == [5, 19]
    assert "topic must be one of" in problems(text)[0][1]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("2021-01-01", "soon", "valid-from must be a day"),
        ("language: en", "language: fr", "language must be one of en, es, ko"),
        ("id: a", "id: A B", "id must be lower-case"),
        ("owner: knowledge-editors", "owner:", "owner must not be empty"),
        ('law: ""\n', "", "the field law is missing"),
        ("{#bond}", "{#share}", "the anchor share is taken by line 15"),
        ('law: ""', 'lore: x\nlaw: ""', "lore is not a field"),
    ],
)
def test_what_is_wrong_is_said(before: str, after: str, said: str) -> None:
    found = problems(write("a", ADVANCE).replace(before, after))
    assert any(said in problem for _, problem in found)


def test_a_text_without_front_matter_or_section_is_refused() -> None:
    assert problems("hello")[0][0] == 1
    assert "no section" in problems(write("a", "Only a lead."))[0][1]
    assert "no text" in problems(write("a", "## Empty? {#empty}\n? nothing\n"))[0][1]
