"""Sections as search takes them."""

from knowledge import passages, sentences

LONG = " ".join(f"Screw {at} of the wheel is tightened by hand." for at in range(250))


def test_a_section_that_is_read_whole_is_one_passage() -> None:
    (opening, tools) = passages.of("Wheels", "They turn.\n## Tools\nA key.\n")
    assert (opening.anchor, opening.heading, opening.text) == ("part-1", "Wheels", "They turn.")
    assert (tools.anchor, tools.heading, tools.text) == ("part-2", "Tools", "A key.")


def test_headings_within_a_section_are_lines_of_it() -> None:
    (found,) = passages.of("Wheels", "They turn.\n\n### Sizes ###\n\n28 inches.\n")
    assert found.text == "They turn.\n\n**Sizes**\n\n28 inches."


def test_a_section_of_two_thousand_words_is_found_by_all_of_them() -> None:
    found = passages.of("Wheels", f"## How is it built? {{#built}}\n? wheel building\n{LONG}\n")
    assert [one.anchor for one in found[:3]] == ["built", "built.2", "built.3"]
    assert max(sentences.words(one.text) for one in found) <= 120
    assert {one.heading for one in found} == {"How is it built?"}
    assert all(f"Screw {at} " in " ".join(one.text for one in found) for at in range(250))
