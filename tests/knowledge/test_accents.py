"""Spanish words that were typed without accents, found as if they had them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge import index
from knowledge.accents import Accents
from knowledge.encoder import HashEncoder
from knowledge.ingest import Taken
from knowledge.search import Library
from tests.knowledge.conftest import TRUSTING, silent, write

PROSE = (
    "La garantía de cumplimiento se devuelve después de un año en México.",
    "Una licitación pública se publica en el sistema, que la empresa llevó.",
    "¿Qué garantías hay?",
)
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("la garantia en mexico", "la garantía en méxico"),
        ("Licitacion LICITACION", "Licitación LICITACIÓN"),
        ("pagan cada ano", "pagan cada año"),
        ("¿cuantas garantias?", "¿cuántas garantías?"),
        ("Que pasa despues", "Qué pasa después"),
        # What is a word with and without, or is spelt already, or is another person's verb.
        ("lo que la publica", "lo que la publica"),
        ("lo llevo a la garantía", "lo llevo a la garantía"),
        ("", ""),
    ],
)
def test_bare_words_are_accented_as_the_base_has_them(typed: str, meant: str) -> None:
    assert Accents(PROSE).mend(typed) == meant


def test_a_word_that_the_base_spells_in_two_ways_is_left_alone() -> None:
    assert Accents([*PROSE, "garantia"]).mend("la garantia") == "la garantia"


def test_a_question_finds_the_same_with_and_without_accents(
    engine: Engine, articles: Path, take_in: Callable[[], Taken], tmp_path: Path
) -> None:
    body = "## ¿Cuánto dura la garantía técnica? {#term}\nLa garantía técnica dura un año.\n"
    (articles / "bond.es.md").write_text(write("bond", body, "es", "Garantía técnica"))
    take_in()
    index.build(engine, HashEncoder(), tmp_path / "index", silent)
    tongue = Library(tmp_path / "index", HashEncoder(), TRUSTING).tongues()["es"]
    spelt, bare = (
        tongue.scores(asked, HashEncoder())
        for asked in ("¿Cuánto dura la garantía técnica?", "¿Cuanto dura la garantia tecnica?")
    )
    assert bare.fused.tolist() == spelt.fused.tolist()
    assert bare.asked == spelt.asked
