import pytest

from knowledge import analyser, asked_for, postings
from knowledge.facts import holds, invented
from knowledge.lexicon import Lexicon
from knowledge.port import Language


def keys(text: str, language: Language) -> list[str]:
    return [term.key for term in analyser.terms(text, language)]


def test_words_are_stemmed_and_folded_and_empty_ones_go() -> None:
    assert keys("What are the contracts?", "en") == keys("contract", "en")
    assert keys("¿Cuáles son las LICITACIONES?", "es") == keys("licitación", "es")
    assert keys("licitacion", "es") == keys("licitación", "es")
    assert "입찰" in keys("입찰에서는 어떻게 하나요?", "ko")


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_codes_stay_whole(language: Language) -> None:
    assert "ua-2024-113-a" in keys("UA-2024-113-a", language)


def test_figures_are_read_as_the_language_writes_them() -> None:
    assert keys("1,058", "en") == keys("1.058", "es") == keys("1058", "ko") == ["1058"]
    assert keys("35.5", "en") == keys("35,5", "es") == ["35.5"]


def test_a_slip_is_put_as_the_base_spells_it() -> None:
    lexicon = Lexicon(postings.of([analyser.terms("the surrogate payment", "en")]))
    (asked,) = lexicon.asked(analyser.terms("suroggate", "en"))
    assert asked.corrected == "surrogate"
    assert asked.weight < 1
    (strange,) = lexicon.asked(analyser.terms("zebra", "en"))
    assert not lexicon.knows(strange.key)


def test_lexical_scores_are_shares_of_the_most() -> None:
    documents = [analyser.terms(text, "en") for text in ("advance payment", "network loan")]
    lexicon = Lexicon(postings.of(documents))
    scores = lexicon.scores(lexicon.asked(analyser.terms("network loan", "en")))
    assert scores[1] > scores[0] == 0
    assert scores[1] <= 1


@pytest.mark.parametrize(
    ("question", "language", "kind"),
    [
        ("What percentage is paid?", "en", "percent"),
        ("¿Cuánto cuesta?", "es", "money"),
        ("며칠 걸리나요?", "ko", "duration"),
        ("When was it founded?", "en", "date"),
        ("Who decides?", "en", None),
    ],
)
def test_the_asked_kind_is_seen(question: str, language: Language, kind: str | None) -> None:
    assert asked_for.kind(question, language) == kind


def test_countries_are_met_in_every_language() -> None:
    assert (
        asked_for.places("in Japan") == asked_for.places("en Japón") == asked_for.places("일본에서")
    )


def test_a_fact_is_found_however_its_figure_is_written() -> None:
    assert holds("Son 1.058 personas y 88 %.", [["1,058"], ["88%", "88 percent"]])
    assert not holds("Son 1.058 personas.", [["1,059"]])
    assert invented("70% of 14", ["70% for 14 banks"]) == []
    assert invented("71%", ["70%"]) == ["71"]
