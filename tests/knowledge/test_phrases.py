"""Words that stand side by side as they were asked: in pages of documents, in their language."""

from pathlib import Path

import pytest

from knowledge import index, snapshot
from knowledge.encoder import HashEncoder
from knowledge.port import Language
from knowledge.proof.measuring import DAY
from knowledge.search import Library
from tests.knowledge.conftest import TRUSTING


@pytest.mark.parametrize(
    ("language", "asked", "together", "apart"),
    [
        ("en", "tax return", "Send the tax return of this year.", "Return the tax of this year."),
        ("es", "plazo firme", "Este es un plazo firme y breve.", "Este es un firme y breve plazo."),
    ],
)
def test_a_passage_that_says_them_together_comes_first(
    language: Language, asked: str, together: str, apart: str, tmp_path: Path
) -> None:
    # The same words, so the same vector and the same share of words.
    records = [
        snapshot.plain(name, language, text)
        for name, text in (("apart", apart), ("together", together))
    ]
    texts = index.texts_of(records)
    encoder = HashEncoder()
    rows = encoder.passages([text for _, text in texts.values()])
    vectors = dict(zip(texts.values(), rows, strict=True))
    index.stand(tmp_path, encoder, records, texts, vectors)
    found = Library(tmp_path, encoder, TRUSTING).hits(asked, language, DAY)
    assert [hit.article for hit in found] == ["together", "apart"]
    assert found[0].score > found[1].score
