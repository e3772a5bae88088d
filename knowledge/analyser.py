"""Words to index terms, per language: stems, morphemes, whole codes, and what carries no meaning."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import Stemmer

from knowledge.port import Language

# Content morphemes of the Sejong tag set; copulas (VCP), auxiliaries (VX) and the rest carry grammar.
KOREAN_CONTENT = re.compile(r"^(NN[GP]|NNB|NR|VV|VA|M[MAJ]?[A-Z]*|XR|XSN|SL|SN|SH|W_[A-Z]+)")
CODE = re.compile(r"\b(?=[\w./-]*\d)(?=[\w./-]*[A-Za-z-])[A-Za-z0-9]+(?:[-/.][A-Za-z0-9]+)+\b")
WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*", re.UNICODE)
NUMBER = re.compile(r"^\d+(?:[.,]\d+)*$")
HANGUL = re.compile(r"[가-힣]+")

STOP: dict[str, frozenset[str]] = {
    "en": frozenset(
        """a about above after again all also am an and any are as at be because been before being
        below between both but by can could did do does doing down during each few for from further
        get give had has have having he her here hers him his how i if in into is it its itself just
        know let like me more most much must my no nor not of off on once only or other our out over
        own please same shall she should so some such tell than that the their them then there these
        they this those through to too under until up us very was we were what when where which
        while who whom why will with would you your yours does's don't it's i'm what's""".split()
    ),
    "es": frozenset(
        """a al algo algun alguna alguno algunos ante antes aqui asi aun bajo bien cada como con cual
        cuales cualquier cuando cuanta cuantas cuanto cuantos de del desde donde dos e el ella ellas
        ellos en entonces entre era es esa esas ese eso esos esta estaba estan estar estas este esto
        estos estoy fue fueron ha haber habia hace hacer hacia han has hasta hay he la las le les lo
        los mas me mi mis mucho muy nada ni no nos nuestra nuestro o os otra otro otros para pero por
        porque pues puede pueden puedo que quien quienes saber se sea segun ser si sido sin sobre son
        soy su sus tal tambien tan tanto te tengo tiene tienen todo todos tu tus un una unas uno unos
        usted ustedes va vamos voy y ya yo quiero quisiera necesito dime digame favor""".split()
    ),
    "ko": frozenset(
        """것 거 수 때 때문 등 및 어떻 어떠하 어떤 무엇 뭐 무슨 어디 언제 누구 왜 얼마 몇 이 그 저
        있 없 하 되 알 알리 알려주 주 싶 궁금 말 좀 더 또 및 대하 관하 위하 통하 따르 의하 같 이것
        그것 여기 거기 경우 안 못 데 바 줄 중 내 제 나 저희 우리 해주""".split()
    ),
}


@dataclass(frozen=True, slots=True)
class Term:
    """An index term and the folded word of the text that it came from."""

    key: str
    surface: str


def fold(text: str) -> str:
    """Case and accents away, Hangul kept whole, compatibility forms (full-width) made plain."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


def terms(text: str, language: Language) -> list[Term]:
    """The terms of `text` in order. Codes such as 2024-113 stay whole beside their parts."""
    found = [Term(fold(code), fold(code)) for code in CODE.findall(text)]
    return found + (_korean(text) if language == "ko" else _western(text, language))


def _western(text: str, language: Language) -> list[Term]:
    stop, stem = STOP[language], _stemmer(language)
    found = []
    for word in WORD.findall(text.casefold()):
        folded = fold(word)
        if folded in stop or (len(folded) == 1 and not folded.isdigit()):
            continue
        if NUMBER.match(folded):
            found.append(Term(number(folded), folded))
        elif HANGUL.match(folded):
            found += _pairs(folded)
        else:
            found.append(Term(fold(stem(word)), folded))
    return found


def _korean(text: str) -> list[Term]:
    found = []
    for token in _kiwi().tokenize(unicodedata.normalize("NFC", text)):
        form = fold(token.form)
        if not KOREAN_CONTENT.match(token.tag) or form in STOP["ko"]:
            continue
        found.append(Term(number(form) if NUMBER.match(form) else form, form))
    return found


def number(written: str) -> str:
    """A figure without its separators of thousands, its decimals after a point."""
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", written):
        return re.sub(r"[.,]", "", written)
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
def _stemmer(language: Language) -> Callable[[str], str]:
    name = {"en": "english", "es": "spanish"}[language]
    stem: Callable[[str], str] = Stemmer.Stemmer(name).stemWord
    return stem


@cache
def _kiwi() -> Any:
    from kiwipiepy import Kiwi  # noqa: PLC0415 - 300 MB and two seconds, only when Korean is met

    # The dictionary of names of works and people is of no use here and costs 180 MB.
    return Kiwi(num_workers=1, load_multi_dict=False, load_typo_dict=False)
