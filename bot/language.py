"""The language of one message; what has none keeps the language of the conversation."""

import re
from functools import cache

from lingua import Language as Lingua
from lingua import LanguageDetector, LanguageDetectorBuilder

from bot.spotting import EMAIL, TENDER
from knowledge.port import Language

# Names of systems and words that people of all three languages type.
_SHARED_WORDS = (
    "koneps compranet sinmungo sme kpi pps korea mexico ok okay okey no bot chat email"
    " e-mail mail internet web pdf url iva rfc curp xml csv error login online api app pc"
    " id menu"
)
# Words that say their language; a statistical detector cannot be sure of two or three words.
_ENGLISH_WORDS = (
    "hi hello hey thanks thank bye goodbye yes yeah yep please help why how what when"
    " where who the my it's its to of is are it at do does did you your we our they not"
    " with and this that i'm i've can't cant don't want need would have has get from about"
    " much many sure human person operator agent counselor there some any out open send"
    " call leave report cancel stop ask which whose whom if in on or by as be am was were been"
    " being can will would shall should may might must than then their them these those she his"
    " him her us our into onto over under after before between through during each both other"
    " another such more most because while until unless however since make made set start give"
    " show tell let put take again back up down off here soon next first last whether yet"
)
_SPANISH_WORDS = (
    "hola gracias adiós adios sí si claro ayuda por qué que cómo como cuándo cuando dónde"
    " donde quién cuánto cuanto el la los las de del mi mis su sus un una unos en es son"
    " está esta esto eso ese para con se lo le nos ya muy más mas pero porque desde hasta"
    " hoy ayer quiero persona asesor humano operador puedo necesito tengo hay favor buenas"
    " buenos días dias tardes noches porfa vale fue era eran ser sido ha han hasta entre sobre"
    " cada otro otra otros otras todos todas tiene tienen hacer hace cual cuál cuáles cuales"
    " quien aunque mientras sino según segun ante tras durante también tambien aquí aqui allí"
    " ahora luego antes después despues qué quiénes quienes ella ellos nosotros usted ustedes"
)
_NO_LANGUAGE = frozenset(_SHARED_WORDS.split())
_TELLING: dict[str, Language] = {
    **dict.fromkeys(_ENGLISH_WORDS.split(), "en"),
    **dict.fromkeys(_SPANISH_WORDS.split(), "es"),
}
_SPANISH_MARKS = re.compile(r"[¿¡ñÑ]")
_HANGUL_WORD = re.compile(r"[\uac00-\ud7a3\u3131-\u318e]+")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-zÀ-ÖØ-öø-ÿ'-]*")
_SURE_SHORT, _SURE = 0.85, 0.65  # chance needed for up to three words, and for more


def language_of(text: str, current: Language) -> Language:
    """English, Spanish or Korean; `current` when the text does not say."""
    plain = TENDER.sub(" ", EMAIL.sub(" ", text))
    hangul = _HANGUL_WORD.findall(plain)
    words = [word.lower() for word in _LATIN_WORD.findall(plain) if len(word) > 1]
    latin = [word for word in words if word not in _NO_LANGUAGE]
    if hangul and len(hangul) >= len(latin) - 1:
        return "ko"
    if _SPANISH_MARKS.search(plain):
        return "es"
    if not latin:
        return "ko" if hangul else current
    return _of_words(latin, current)


def _of_words(words: list[str], current: Language) -> Language:
    votes = [_TELLING[word] for word in words if word in _TELLING]
    spanish, english = votes.count("es"), votes.count("en")
    if spanish != english and min(spanish, english) == 0:
        return "es" if spanish else "en"
    chances = _detector().compute_language_confidence_values(" ".join(words))
    best = chances[0]
    if best.value < (_SURE_SHORT if len(words) <= 3 else _SURE):
        return current
    return "es" if best.language == Lingua.SPANISH else "en"


@cache
def _detector() -> LanguageDetector:
    # Korean is told by its script; two languages keep the models small.
    return LanguageDetectorBuilder.from_languages(Lingua.ENGLISH, Lingua.SPANISH).build()
