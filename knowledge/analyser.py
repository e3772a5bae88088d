"""Words to index terms, per language: stems, morphemes, whole codes; words without content go."""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import Stemmer

from knowledge.port import Language

# Content morphemes of the Sejong tag set; copulas, auxiliaries and the rest carry grammar.
KOREAN_CONTENT = re.compile(r"^(NN[GP]|NNB|NR|VV|VA|M[MAJ]?[A-Z]*|XR|XSN|SL|SN|SH|W_[A-Z]+)")
CODE = re.compile(r"(?a:\b(?=[\w/-]*\d)(?=[\w/-]*[A-Za-z-])\w+(?:[-/]\w+)*\b)")
WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*", re.UNICODE)
NUMBER = re.compile(r"^\d+(?:[.,]\d+)*$")
ALIASES = Path(__file__).with_name("aliases.toml")
STOP_WORDS = Path(__file__).with_name("stopwords")
HANGUL = re.compile(r"[가-힣]+")
WORDS_KEPT = (
    32_768  # words whose terms are remembered; most of a language's are said again and again
)
PLAIN = re.compile(r"[\x00-\x7f가-힣]*")  # what folding leaves as it is: most of what is folded


@dataclass(frozen=True, slots=True)
class Term:
    """An index term and the folded word of the text that it came from."""

    key: str
    surface: str


def fold(text: str) -> str:
    """Case and accents away, Hangul kept whole, compatibility forms (full-width) made plain."""
    lower = text.casefold()
    if PLAIN.fullmatch(lower):
        return lower
    plain = unicodedata.normalize("NFKD", lower)
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


def terms(text: str, language: Language) -> list[Term]:
    """The terms of `text` in order. Codes such as 2024-113 stay whole beside their parts."""
    found = [Term(fold(code), fold(code)) for code in CODE.findall(text)]
    return found + (_korean(text) if language == "ko" else _western(text, language))


def _western(text: str, language: Language) -> list[Term]:
    words = WORD.findall(text.casefold())
    return [term for spelt in words for term in _of_word(spelt, language)]


@lru_cache(WORDS_KEPT)
def _of_word(spelt: str, language: Language) -> tuple[Term, ...]:
    """What a word in lower case gives, nothing where it has no content."""
    word = aliases(language).get(fold(spelt), spelt)
    folded = fold(word)
    if folded in stop_words(language) or (len(folded) == 1 and not folded.isdigit()):
        return ()
    if NUMBER.match(folded):
        return (Term(number(folded, language), folded),)
    if HANGUL.match(folded):
        return tuple(_pairs(folded))
    return (Term(fold(_stemmer(language)(word)), folded),)


def _korean(text: str) -> list[Term]:
    stop, same = stop_words("ko"), aliases("ko")
    found = []
    for token in _kiwi().tokenize(unicodedata.normalize("NFC", text)):
        form = same.get(fold(token.form), fold(token.form))
        if not KOREAN_CONTENT.match(token.tag) or form in stop:
            continue
        found.append(Term(number(form, "ko") if NUMBER.match(form) else form, form))
    return found


def number(written: str, language: Language) -> str:
    """A figure as `language` writes it, without separators of thousands, with a decimal point."""
    thousands, decimal = (".", ",") if language == "es" else (",", ".")
    if re.fullmatch(rf"\d{{1,3}}(\{thousands}\d{{3}})+(\{decimal}\d+)?", written):
        written = written.replace(thousands, "")
    return written.replace(",", ".")


def pairs(text: str) -> list[str]:
    """Overlapping pairs of Hangul syllables: what is left to compare when words are misspelt."""
    found: list[str] = []
    for run in HANGUL.findall(text.replace(" ", "")):
        found += [run[at : at + 2] for at in range(len(run) - 1)] or [run]
    return found


def _pairs(text: str) -> list[Term]:
    return [Term(pair, pair) for pair in pairs(text)]


@cache
def fingerprint() -> str:
    """Changes whenever a text might give other terms: with this code, its word lists, its parts."""
    digest = hashlib.sha256()
    for path in (Path(__file__), ALIASES, *sorted(STOP_WORDS.glob("*.txt"))):
        digest.update(path.read_bytes())
    for package in ("kiwipiepy", "kiwipiepy_model", "PyStemmer"):
        digest.update(f"{package} {metadata.version(package)}".encode())
    return digest.hexdigest()


@cache
def stop_words(language: Language) -> frozenset[str]:
    """Folded words that say nothing about the subject of a question."""
    return frozenset((STOP_WORDS / f"{language}.txt").read_text(encoding="utf-8").split())


@cache
def aliases(language: Language) -> dict[str, str]:
    """Folded words and the word that stands for them in the index."""
    same: dict[str, str] = tomllib.loads(ALIASES.read_text(encoding="utf-8"))[language]
    return same


@cache
def _stemmer(language: Language) -> Callable[[str], str]:
    name = {"en": "english", "es": "spanish"}[language]
    stem: Callable[[str], str] = Stemmer.Stemmer(name).stemWord
    return stem


@cache
def _kiwi() -> Any:
    from kiwipiepy import Kiwi  # noqa: PLC0415 - 300 MB and two seconds, only when Korean is met

    # The dictionary of names of works and people is of no use here and costs 180 MB.
    return Kiwi(num_workers=1, load_multi_dict=False, load_typo_dict=False)
