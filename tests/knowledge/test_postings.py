"""The arrays of the index beside the plain way: the formula, passage by passage."""

import math
from collections import Counter
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from knowledge import analyser, article_text, index, ingest, postings, snapshot
from knowledge.analyser import Term
from knowledge.lexicon import Asked, Lexicon
from knowledge.port import LANGUAGES, Language
from knowledge.postings import K1, B, Postings

ARTICLES = Path(article_text.__file__).with_name("articles")


def shipped(language: Language) -> tuple[list[list[Term]], list[str]]:
    """The terms of every section of the shipped base in a language, and questions on them."""
    sections = [
        (one.title, section)
        for one in ingest.read_folder(ARTICLES)
        if one.language == language
        for section in article_text.sections(one.body)
    ]
    records = [
        snapshot.plain("", language, section.text, title, section.heading)
        for title, section in sections
    ]
    return [index.index_terms(record) for record in records], [
        section.heading for _, section in sections[::25]
    ]


def plain(documents: list[list[Term]], asked: list[Asked]) -> list[float]:
    """BM25 as it is written down, as a share of the most that the terms could give."""
    counted = [Counter(term.key for term in document) for document in documents]
    usual = sum(map(len, documents)) / len(documents)

    def idf(key: str) -> float:
        said = sum(key in one for one in counted)
        return math.log(1 + (len(documents) - said + 0.5) / (said + 0.5))

    telling = {term.key: idf(term.key) for term in asked}
    mass = sum(telling.values()) * (K1 + 1)
    shares = []
    for document, one in zip(documents, counted, strict=True):
        norm = K1 * (1 - B + B * len(document) / usual)
        found = (
            term.weight * telling[term.key] * one[term.key] * (K1 + 1) / (one[term.key] + norm)
            for term in asked
        )
        shares.append(sum(found) / mass)
    return shares


def beside(documents: list[list[Term]], asked: list[Asked]) -> list[float]:
    """The same of pairs that stand side by side: each pair is a term of its own."""
    paired = [
        [Term(f"{one.key} {other.key}", "") for one, other in pairwise(document)]
        for document in documents
    ]
    pairs = [Asked(f"{one.key} {other.key}", "", "", 1.0) for one, other in pairwise(asked)]
    counted = [Counter(term.key for term in document) for document in paired]
    usual = sum(map(len, documents)) / len(documents)
    shares = np.zeros(len(documents))
    mass = 0.0
    for pair in pairs:
        said = sum(pair.key in one for one in counted)
        idf = math.log(1 + (len(documents) - said + 0.5) / (said + 0.5))
        mass += idf * (K1 + 1)
        for at, (document, one) in enumerate(zip(documents, counted, strict=True)):
            norm = K1 * (1 - B + B * len(document) / usual)
            shares[at] += idf * one[pair.key] * (K1 + 1) / (one[pair.key] + norm)
    return (shares / mass).tolist() if mass else shares.tolist()


def same(found: Postings, wanted: Postings) -> bool:
    """Whether two say the same of their documents, however their terms are numbered."""
    keys = {key for key in {*found.keys, *wanted.keys} if found.frequency(key)}
    return (
        keys == {key for key in wanted.keys if wanted.frequency(key)}
        and all((found.of(key)[0] == wanted.of(key)[0]).all() for key in keys)
        and all(np.allclose(found.of(key)[1], wanted.of(key)[1]) for key in keys)
        and all(
            np.array_equal(
                found.pairs.of(found.pair(*pair))[0], wanted.pairs.of(wanted.pair(*pair))[0]
            )
            and np.allclose(
                found.pairs.of(found.pair(*pair))[1], wanted.pairs.of(wanted.pair(*pair))[1]
            )
            for pair in product(keys, keys)
        )
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_scores_are_those_of_the_formula(language: Language, tmp_path: Path) -> None:
    documents, questions = shipped(language)
    postings.of(documents).write(tmp_path / "postings")
    lexicon = Lexicon(postings.read(tmp_path / "postings"))
    for question in [*questions, "contratc bidder zebra 계약 contrato"]:
        asked = lexicon.asked(analyser.terms(question, language))
        scores = lexicon.scores(asked)
        assert np.allclose(scores, plain(documents, asked), atol=1e-6)
        phrases = np.zeros(len(documents))
        for places, shares in lexicon.phrases(asked):
            phrases[places] += shares
        assert np.allclose(phrases, beside(documents, asked), atol=1e-6)
        best = np.argsort(-scores)[:3].tolist()
        present = [{term.key for term in documents[at]} for at in best]
        assert lexicon.said(asked, best) == [
            {term.key for term in asked if term.key in keys} for keys in present
        ]


def test_a_revised_base_is_the_one_built_of_the_same_documents() -> None:
    said = ["the bond runs", "advance payment bond", "network loan", "loan of a bank", "bond bond"]
    documents = [analyser.terms(text, "en") for text in said]
    added = [analyser.terms(text, "en") for text in ("payment by a bank", "a guarantee")]
    kept = [0, 2, 4]
    revised = postings.of(documents).revised(kept, postings.of(added))
    anew = postings.of([*(documents[at] for at in kept), *added])
    assert same(revised, anew)
    assert not Lexicon(revised).knows("advanc")
    assert Lexicon(revised).asked(analyser.terms("guarentee", "en"))[0].corrected == "guarantee"


def test_passages_without_a_word_are_no_trouble(tmp_path: Path) -> None:
    postings.of([[], []]).write(tmp_path / "postings")
    lexicon = Lexicon(postings.read(tmp_path / "postings"))
    asked = lexicon.asked(analyser.terms("bond", "en"))
    assert lexicon.scores(asked).tolist() == [0, 0]
    assert lexicon.said(asked, [1]) == [frozenset()]
