"""Published question sets as they lie in a folder: what to learn, what to ask, what is foreign.

BANKING77 (Casanueva et al. 2020, CC BY 4.0), HWU64 (Liu et al. 2019, CC BY 4.0), CLINC150 (Larson
et al. 2019, CC BY 3.0), BANKING77-OOS (Zhang et al. 2022); languages from XQuAD (Artetxe et al.
2020) and ParaKQC (Cho et al. 2020), both CC BY-SA 4.0. None of their text is kept here.
"""

import csv
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.port import Language

Labelled = tuple[Sequence[str], Sequence[str]]  # texts, and the label of each

_FEW = "fewshot_intent"


class MissingSets(ValueError):
    """The folder does not hold the sets; the message names what is looked for."""


@dataclass(frozen=True, slots=True)
class IntentSet:
    """`outside` are texts of no trained intent, by how far they are from all of them."""

    name: str
    train: Labelled
    test: Labelled
    outside: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LanguageSet:
    name: str
    language: Language
    texts: Sequence[str]


def intent_sets(folder: Path) -> Iterator[IntentSet]:
    """All of them, the quickest to learn first. Raises MissingSets."""
    check(folder)
    few = folder / _FEW
    banking = few / "BANKING77"
    yield IntentSet("BANKING77 10-shot", _pair(banking / "train_10"), _pair(banking / "test"))
    yield _banking_outside(few / "BANKING77-OOS")
    yield IntentSet("HWU64", _pair(few / "HWU64" / "train"), _pair(few / "HWU64" / "test"))
    full = folder / "banking77" / "banking_data"
    yield IntentSet("BANKING77 full", _rows(full / "train.csv"), _rows(full / "test.csv"))
    yield _clinc(folder / "clinc150" / "data_full.json")


def language_sets(folder: Path) -> Iterator[LanguageSet]:
    """Questions whole, their first three words, and Latin ones as typed without any mark."""
    check(folder)
    questions: dict[Language, Sequence[str]] = {
        "en": _xquad(folder / "xquad" / "xquad.en.json"),
        "es": _xquad(folder / "xquad" / "xquad.es.json"),
        "ko": _korean(folder / "paraKQC" / "data" / "paraKQC_v1.txt"),
    }
    ways: dict[str, Callable[[str], str]] = {
        "questions": str,
        "three words": _three_words,
        "no accents": _bare,
    }
    for name, way in ways.items():
        for language, texts in questions.items():
            if not (name == "no accents" and language == "ko"):
                yield LanguageSet(name, language, [way(text) for text in texts])


def check(folder: Path) -> None:
    """Raises MissingSets unless every set is there."""
    wanted = (_FEW, "banking77", "clinc150", "xquad", "paraKQC")
    missing = [name for name in wanted if not (folder / name).is_dir()]
    if missing:
        raise MissingSets(
            f"{folder} lacks {', '.join(missing)}. The folder must hold the published sets "
            f"{', '.join(wanted)}, each in its own layout."
        )


def _banking_outside(folder: Path) -> IntentSet:
    outside = {
        "near": _lines(folder / "id-oos" / "test" / "seq.in"),
        "far": _lines(folder / "ood-oos" / "test" / "seq.in"),
    }
    return IntentSet("BANKING77-OOS", _pair(folder / "train"), _pair(folder / "test"), outside)


def _clinc(path: Path) -> IntentSet:
    sets = json.loads(path.read_text(encoding="utf-8"))

    def pair(name: str) -> Labelled:
        return [text for text, _ in sets[name]], [label for _, label in sets[name]]

    return IntentSet("CLINC150", pair("train"), pair("test"), {"any": pair("oos_test")[0]})


def _pair(folder: Path) -> Labelled:
    return _lines(folder / "seq.in"), _lines(folder / "label")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _rows(path: Path) -> Labelled:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["category"] for row in rows]


def _xquad(path: Path) -> list[str]:
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    return [q["question"] for a in articles for p in a["paragraphs"] for q in p["qas"]]


def _korean(path: Path) -> list[str]:
    """One sentence of each group of ten paraphrases."""
    rows = [line.split("\t") for line in _lines(path)]
    return [row[2].strip() for row in rows if len(row) == 3][::10]


def _three_words(text: str) -> str:
    return " ".join(text.split()[:3])


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in apart if not unicodedata.combining(c) and c not in "¿?¡!")
