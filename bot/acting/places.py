"""Which of the things in a list is meant: "the second", "number 3", "el último", "두 번째 거".

Pure, three languages. A number alone is a place only where nothing else was asked for, so whoever
asks for a value reads that first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LAST = -1
_WORDS: Sequence[tuple[str, str]] = (
    (r"first|1st|primer[oa]?|1[.]?[oa]|1[ºª]", "첫"),
    (r"second|2nd|segund[oa]|2[ºª]", "두|둘"),
    (r"third|3rd|tercer[oa]?|3[ºª]", "세|셋"),
    (r"fourth|4th|cuart[oa]|4[ºª]", "네|넷"),
    (r"fifth|5th|quint[oa]|5[ºª]", "다섯"),
    (r"sixth|6th|sext[oa]|6[ºª]", "여섯"),
    (r"seventh|7th|s[eé]ptim[oa]|7[ºª]", "일곱"),
    (r"eighth|8th|octav[oa]|8[ºª]", "여덟"),
    (r"ninth|9th|noven[oa]|9[ºª]", "아홉"),
    (r"tenth|10th|d[eé]cim[oa]|10[ºª]", "열"),
)
_LAST = (
    r"\blast(?! (?:week|month|year|day|time))|\b[uú]ltim[oa]\b|맨\s?(?:끝|마지막|뒤)|마지막"
    r"(?!\s?(?:날|주|달))"
)
_THING_EN = r"(?:tenders?|bids?|offers?|contracts?|questions?|items?|lots?|lines?|prices?|ones?)"
_THING_ES = (
    r"(?:licitaci[oó]n|oferta|contrato|pregunta|partida|art[ií]culo|rengl[oó]n|l[ií]nea|lote|precio"
    r"|[ií]tem)"
)
_THING_KO = r"(?:공고|입찰|투찰|계약|질문|질의|품목|항목|로트|가격|단가|건|거|것|걸로|걸|번)"
_NUMBERED = re.compile(
    rf"\b(?:number|no\.?|item|lot|line|option|{_THING_EN})\s?#?(?P<en>\d{{1,2}})(?![\d.,]*\d)\b"
    rf"|\b(?:n[uú]mero|n[.º°]+|opci[oó]n|{_THING_ES})\s?(?P<es>\d{{1,2}})(?![\d.,]*\d)\b"
    r"|(?<![\w#])#(?P<sign>\d{1,2})(?![\d.,]*\d)\b"
    rf"|(?<![\d.,])(?P<ko>\d{{1,2}})\s?번(?:째)?(?:\s?{_THING_KO})?"
    r"|^\s*(?P<list>\d{1,2})\s?[:=)]\s?(?=\d)"
    r"|(?:품목|항목|로트)\s?(?P<item>\d{1,2})(?![\d.,]*\d)(?!\s?[개대원])",
    re.IGNORECASE,
)
_ORDINALS: Sequence[re.Pattern[str]] = tuple(
    re.compile(
        rf"\b(?:the |el |la |los |las )?(?:{latin})(?!\w)"
        rf"(?: (?:{_THING_EN}|{_THING_ES})(?!\w))?"
        rf"|(?:{hangul})\s?번\s?째(?:\s?{_THING_KO})?",
        re.IGNORECASE,
    )
    for latin, hangul in _WORDS
)
_LAST_ONE = re.compile(
    rf"(?:\b(?:the|el|la)\s)?(?:{_LAST})(?: (?:{_THING_EN}|{_THING_ES})(?!\w))?(?:\s?{_THING_KO})?",
    re.IGNORECASE,
)
# A figure that an article makes a place: "the 3", "el 3", "la 2".
_WITH_ARTICLE = re.compile(r"(?:the|el|la)\s(\d{1,2})", re.IGNORECASE)
_CARDINALS = (
    "one|uno|una|하나|일", "two|dos|둘|이", "three|tres|셋|삼", "four|cuatro|넷|사",
    "five|cinco|다섯|오", "six|seis|여섯|육", "seven|siete|일곱|칠", "eight|ocho|여덟|팔",
    "nine|nueve|아홉|구", "ten|diez|열|십",
)  # fmt: skip
# What may stand around a choice without saying anything more.
_AROUND = re.compile(
    r"\b(?:i(?:'d|'ll|'m)?|would|will|want|take|choose|pick|mean|meant|like|interested|in|please|show|tell|me"
    r"|about|give|details?|more|of|on|open|see|let's|let|ok|okay|yes|and|what|which|one|that|this"
    r"|the|it|is|thanks|thank you|number"
    r"|quiero|quisiera|ver|me|interesa|d[ií]me|dame|mu[eé]str[ae]me|de|del|sobre|por favor|esa|ese"
    r"|la|el|y|s[ií]|ok|vale|bueno|pues|elijo|escojo|m[aá]s|detalles?|abre|qu[eé]|gracias|n[uú]mero)\b"
    r"|(?:으로|로|을|를|은|는|이|가|도|에|에\s?대해서?|의)(?=\s|$)"
    r"|(?:이?요|이에요|예요|입니다|이죠|보여\s?(?:줘|주세요)|알려\s?(?:줘|주세요)|할게요|주세요|볼게요|좀"
    r"|자세히|더|네|그럼|요)(?=\s|$)",
    re.IGNORECASE,
)
# Nothing but figures, which one word may say what they count.
_FIGURES = re.compile(
    rf"(?:(?:the |los )?(?:numbers?|n[uú]meros?|{_THING_EN}|{_THING_ES}s?|{_THING_KO})\s?)?"
    r"\d(?:[\d\s,.;&]|and|y|와|과|하고|번)*",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Place:
    """`index` counts from 0 and may lie behind the list's end; `rest` is what else was said."""

    index: int
    rest: str


def alone(text: str, count: int) -> Place | None:
    """The place where the words name one and say hardly more; its index may be too great."""
    if len(text) > LONGEST or "?" in text.rstrip("?？ "):
        return None
    bare = _bare(text)
    figure = re.fullmatch(r"#?(\d{1,2})[.)]?", bare)
    if figure:
        return _of(int(figure.group(1)) - 1, "")
    for n, names in enumerate(_CARDINALS):
        if re.fullmatch(rf"(?:(?:the|el|la) )?(?:{names})", bare):
            return Place(n, "")
    article = _WITH_ARTICLE.fullmatch(bare)
    if article:
        return _of(int(article.group(1)) - 1, "")
    place = within(bare, count)
    if place is None or re.search(r"\w", _AROUND.sub(" ", place.rest)):
        return None
    return place


def within(text: str, count: int) -> Place | None:
    """The one place that is named among other words: "follow the second one", "no, item 2 is 350".

    Two different places name none.
    """
    found = [
        (n, match) for n, form in enumerate(_ORDINALS) for match in form.finditer(text)
    ]  # fmt: skip
    found += [(int(next(g for g in m.groups() if g)) - 1, m) for m in _NUMBERED.finditer(text)]
    found += [(count - 1, m) for m in _LAST_ONE.finditer(text)]
    if not found or len({n for n, _ in found}) > 1 or found[0][0] < 0:
        return None
    rest = text
    for _, match in sorted(found, key=lambda one: one[1].start(), reverse=True):
        rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    return Place(found[0][0], rest)


def several(text: str, count: int) -> list[int]:
    """All places that the words name, in the list's order: "the first and the third", "1, 3"."""
    if len(text) <= LONGEST and _FIGURES.fullmatch(_bare(text)):
        return sorted({int(n) - 1 for n in _FIGURE.findall(text) if 0 < int(n) <= count})
    named = {n for n, form in enumerate(_ORDINALS) if form.search(text)}
    named |= {int(next(g for g in m.groups() if g)) - 1 for m in _NUMBERED.finditer(text)}
    named |= {count - 1} if _LAST_ONE.search(text) else set()
    return sorted(n for n in named if 0 <= n < count)


def _of(index: int, rest: str) -> Place | None:
    return Place(index, rest) if index >= 0 else None


def _bare(text: str) -> str:
    stripped = re.sub(r"^[\s¡¿\"'«]+|[\s.!?？。…\"'»]+$", "", text)
    return " ".join(stripped.split()).casefold()
