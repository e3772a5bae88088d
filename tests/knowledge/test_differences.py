"""What changed between two texts: nothing of either is ever left out, whatever they are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.differences import any_change, between

TEXTS = st.lists(
    st.sampled_from(["a fee of 10", "a fee of 20", "", "another line", "가격은 10원", "¿cuánto?"]),
    max_size=7,
).map("\n".join)


def side(lines, gone: str) -> str:
    """One of the two texts, put together from the differences without what the other has."""
    kept = []
    for line in lines:
        if line.kind == gone:
            continue
        kept.append("".join(piece.text for piece in line.pieces if piece.kind != gone))
    return "\n".join(kept)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_their_differences(old, new):
    lines = between(old, new)
    assert side(lines, "added") == old
    assert side(lines, "removed") == new
    assert any_change(lines) == (old != new)


def test_a_reworded_line_is_one_line_and_an_unlike_one_is_two():
    (reworded,) = between("The fee is 10 units.", "The fee is 12 units.")
    assert reworded.kind == "changed"
    assert [(p.kind, p.text) for p in reworded.pieces if p.kind != "same"] == [
        ("removed", "10"),
        ("added", "12"),
    ]
    assert [x.kind for x in between("The fee is 10 units.", "Nobody pays")] == ["removed", "added"]


def test_a_very_long_line_is_told_whole_and_quickly():
    lines = between("word " * 20_000, "word " * 20_000 + "end")
    assert [line.kind for line in lines] == ["removed", "added"]
