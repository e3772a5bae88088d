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
    text = (
        write("a", ADVANCE)
        .replace("topic: payment", "topic: Cooking")
        .replace("{#bond}", "{#A Bond}")
    )
    assert [line for line, _ in problems(text)] == [5, 19]
    assert "topic must be at most 40" in problems(text)[0][1]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("2021-01-01", "soon", "valid-from must be a day"),
        ("language: en", "language: fr", "language must be one of en, es, ko"),
        ("id: a", "id: A B", "id must be lower-case"),
        ("owner: knowledge-editors", "owner:", "owner must not be empty"),
        ("owner: knowledge-editors\n", "", "the field owner is missing"),
        ("language: en\n", "", "the field language is missing"),
        ("title: Paying\n", "", "the title is missing"),
        ("source: ", f"source: {'x' * 301}", "source must have at most 300 characters"),
        ("## How long", f"## {'x' * 301}", "a heading must have at most 300 characters"),
        (" {#share}", " {#part-2}\ntext\n## Unnamed", "the anchor part-2 is taken by line 15"),
        ("{#bond}", "{#share}", "the anchor share is taken by line 15"),
        ('law: ""', 'lore: x\nlaw: ""', "lore is not a field"),
    ],
)
def test_what_is_wrong_is_said(before: str, after: str, said: str) -> None:
    found = problems(write("a", ADVANCE).replace(before, after))
    assert any(said in problem for _, problem in found)


def test_a_text_without_front_matter_or_section_is_refused() -> None:
    assert problems("hello")[0][0] == 1
    assert problems(write("a", "# Paying\n? asked\n"))[0][1] == "there is no text"
    assert "no text" in problems(write("a", "## Empty? {#empty}\n? nothing\n"))[0][1]


LEAST = """\
---
id: puncture
language: en
topic: flat-tyres
audience: public
valid-from: 2024-01-01
source: Workshop handbook
owner: workshop
---
"""


def test_front_matter_of_another_trade_needs_no_more_than_it_has() -> None:
    found = article_text.parse(LEAST + "# Mending a  puncture #\n\nIt takes 20 minutes.\n")
    assert (found.title, found.topic, found.queue) == (
        "Mending a  puncture",
        "flat-tyres",
        "technical",
    )
    assert (found.law, found.valid_until) == ("", None)
    assert found.body == "It takes 20 minutes.\n"
    empty = article_text.parse(
        LEAST.replace("owner", 'law:\nqueue: ""\nvalid-until:\nowner') + "# T\nText\n"
    )
    assert (empty.law, empty.queue, empty.valid_until) == ("", "technical", None)


@pytest.mark.parametrize(
    ("topic", "queue"),
    [
        ("sme", "sme_support"),
        ("buyer", "buyer_support"),
        ("payment", "payment"),
        ("legal", "legal"),
        ("sme_support", "sme_support"),
        ("callcenter", "technical"),
        ("brakes", "technical"),
    ],
)
def test_a_queue_that_is_not_named_is_told_from_the_topic(topic: str, queue: str) -> None:
    found = article_text.parse(LEAST.replace("flat-tyres", topic) + "# T\nText\n")
    assert found.queue == queue


def test_a_title_in_the_text_stays_there_only_where_it_says_something_else() -> None:
    titled = LEAST.replace("topic", "title: Mending\ntopic")
    assert article_text.parse(titled + "\n# mending\nText\n").body == "Text\n"
    assert problems(f"{LEAST}# {'x' * 201}\nText\n") == [
        (10, "title must have at most 200 characters")
    ]
    assert article_text.parse(titled + "# A story\nText\n").body == "# A story\nText\n"


def test_plain_markdown_has_sections_named_after_their_place() -> None:
    body = "It is quick.\n? puncture\n\n## Tools ##\nTwo levers.\n### Sizes\nAny.\n\n"
    body += "## C#\nA tune.\n"
    opening, tools, tune = article_text.sections(body)
    assert (opening.anchor, opening.heading, opening.text) == ("part-1", "", "It is quick.")
    assert opening.alternates == ("puncture",)
    assert (tools.anchor, tools.heading) == ("part-2", "Tools")
    assert tools.text == "Two levers.\n### Sizes\nAny."
    assert (tune.anchor, tune.heading) == ("part-3", "C#")
    assert article_text.lead(body) == ""


def test_some_anchors_may_be_given_and_a_remark_above_anchored_sections_is_none() -> None:
    mixed = article_text.sections("## A {#a}\nText\n## B\nText\n")
    assert [section.anchor for section in mixed] == ["a", "part-2"]
    remark = "A remark.\n\n## A {#a}\nText\n"
    assert [section.anchor for section in article_text.sections(remark)] == ["a"]
    assert article_text.lead(remark).strip() == "A remark."


def test_code_holds_no_heading_and_no_question() -> None:
    (only,) = article_text.sections("Type:\n```\n## not one\n? neither\n```\n")
    assert only.text == "Type:\n```\n## not one\n? neither\n```"
    assert only.alternates == ()
