"""A search for tenders as people say it: words, value, closing and kind, out of one sentence.

"cleaning services in Example Town under 50,000, closing in two weeks" asks for the words cleaning,
Example and Town, for services, for at most 50,000 and for a closing within two weeks. Pure.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from bot import amounts
from bot.acting import values
from bot.amounts import FACTORS
from bot.moments import due, moments

_FACTOR = "|".join(sorted(FACTORS, key=len, reverse=True))
_MONEY = (
    r"(?:원|wones|won|pesos?|d[oó]lares|dollars?|euros?|hryvnias?|grivnas?|(?-i:[A-Z]{3})|페소|달러|유로"
    r"|₩|€|₴)"
)
_NO_UNIT = (
    r"(?!\s?(?:\d|days?|weeks?|hours?|months?|d[ií]as?|semanas?|horas?|mes(?:es)?|일|주(?!의)|개월|시간"
    r"|units?|pieces?|unidades|piezas|개|대|명)(?![a-z]))"
)
_SUM = (
    r"(?:[$₩€₴]\s?)?\d[\d.,\u00a0]*(?:\s?(?:" + _FACTOR + r")(?![a-záéíóúñ]))?"
    r"(?:\s?\d[\d,]*\s?(?:천만|백만|만|천))?(?:\s?(?:de\s)?" + _MONEY + r"(?![A-Za-z]))?" + _NO_UNIT
)
_BETWEEN = re.compile(
    rf"\b(?:between|from|entre|de|desde)\s(?P<low>{_SUM})\s(?:and|to|y|a|hasta)\s(?P<high>{_SUM})"
    rf"|(?P<low_>{_SUM})\s?(?:에서|부터|~|-)\s?(?P<high_>{_SUM})\s?(?:사이|까지)?",
    re.IGNORECASE,
)
_AT_MOST = re.compile(
    r"\b(?:under|below|less than|up to|at most|no more than|not more than|maximum(?: of)?|max"
    r"|cheaper than|within|menos de|por debajo de|hasta|m[aá]ximo(?: de)?|no m[aá]s de"
    rf"|inferior(?:es)? a|menor(?:es)? (?:a|de|que))\s(?P<sum>{_SUM})"
    rf"|(?P<sum_>{_SUM})\s?(?:이하|미만|아래|밑|을?\s?(?:안\s?)?넘지\s?않는|까지(?=\s?(?:예산|금액)))",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    r"\b(?:over|above|more than|at least|minimum(?: of)?|worth|exceeding|from|bigger than"
    r"|larger than"
    r"|m[aá]s de|por encima de|superior(?:es)? a|m[ií]nimo(?: de)?|al menos|a partir de|desde"
    rf"|mayor(?:es)? (?:a|de|que))\s(?P<sum>{_SUM})"
    rf"|(?P<sum_>{_SUM})\s?(?:이상|초과|넘는|부터)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\b(?:clos(?:e|es|ing)|end(?:s|ing)?|due|deadline|expir\w+|still open"
    r"|cierr[ae]n?|cierre|cerrar|venc\w+|termin\w+|plazo|fecha l[ií]mite)\b|마감|끝나",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\b(?:before|antes de(?:l)?)\b|\s전에?(?![가-힣])|이전", re.IGNORECASE)
_AFTER = re.compile(
    r"\b(?:after|later than|despu[eé]s de(?:l)?|a partir de)\b|이후|(?:후|뒤)에\s?마감",
    re.IGNORECASE,
)
_COMING = re.compile(
    r"\b(?:the )?(?:next|coming|following)\s+(?P<en>\d{1,3}|few|couple of|two|three|four|five"
    r"|six|ten)"
    r"\s+(?P<unit>days?|weeks?|months?)"
    r"|\b(?:las? |los? )?pr[oó]xim[oa]s\s+(?P<es>\d{1,3}|dos|tres|cuatro|cinco|seis|diez)?\s*"
    r"(?P<unidad>d[ií]as?|semanas?|mes(?:es)?)"
    r"|(?P<ko>\d{1,3}|한|두|세|네)\s?(?P<단위>일|주(?:일)?|개월|달)\s?(?:안|이내|내)",
    re.IGNORECASE,
)
_THIS = re.compile(
    r"\b(?P<week>this week|esta semana)\b|\b(?P<month>this month|este mes)\b"
    r"|\b(?P<next>(?<!day )next week|la (?:pr[oó]xima semana|semana que viene))\b"
    r"|(?P<주>이번\s?주|금주)(?!\s?[월화수목금토일]요일)|(?P<달>이번\s?달|이달|금월)"
    r"|(?P<다음>다음\s?주|차주)(?!\s?[월화수목금토일]요일)",
    re.IGNORECASE,
)
_COUNTS = {
    "few": 3, "couple of": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "diez": 10, "한": 1, "두": 2, "세": 3,
    "네": 4, "": 1,
}  # fmt: skip
_KINDS = {
    "goods": r"\bgoods\b|\bsuppl(?:y|ies)(?= (?:tenders?|notices?|contracts?))|\bbienes\b"
    r"|\bsuministros\b|물품",
    "services": r"\bservices?\b|\bservicios?\b|용역",
    "works": r"\bworks\b|\bconstruction(?= (?:works?|tenders?|notices?))|\bobras?\b|공사",
}
_OPEN = re.compile(
    r"\b(?:open|active|current(?:ly)?|live|running|ongoing|right now|at the moment|abiert[oa]s?"
    r"|vigentes?|activ[oa]s?|en curso|actual(?:es|mente)?)\b|진행\s?중(?:인)?|열려\s?있는|현재"
    r"|지금",
    re.IGNORECASE,
)
# What a sentence is made of beside what it looks for.
_FILLERS = re.compile(
    r"\b(?:tenders?|notices?|opportunit\w+|calls? for (?:bids|tenders)|calls|bids|bidding"
    r"|procurement"
    r"|contracts?|budgets?|value[ds]?|prices?|amounts?|worth|find|show|search(?:ing)?|list|look(?:ing)?"
    r"|see|get|give|tell|want|need|would|like|could|can|you|your|please|hi|hello|hey|thanks?|me|us|i|im"
    r"|i'm|am|we|our|my|is|are|was|be|(?-i:it|It)|its|there|any|some|all|every|which|what|whats|that|those|these"
    r"|this|the|a|an|of|for|on|in|by|from|with|at|to|about|around|near|and|or|new|now|out|do|does|did"
    r"|have|has|buying|buys|buy|purchasing|procuring|published|issued|posted|available|related"
    r"|something|anything|things?|stuff|where|who|under|over|before|after|until|right|moment|up|days?"
    r"|weeks?|months?|next|coming|got|going|anyone|anybody|someone|somebody|currently|just|latest|recent|interested)\b"
    r"|\b(?:licitaci[oó]n(?:es)?|convocatorias?|concursos?|oportunidad(?:es)?|contratos?|avisos?"
    r"|presupuestos?|valor|precios?|importes?|montos?|busc\w+|b[uú]sc\w+|mu[eé]str\w+|ens[eé][nñ]\w+"
    r"|mostrar|ver|encontrar|encu[eé]ntr\w+|list\w+|dime|dame|quiero|quisiera|necesito|me|nos|puedes?"
    r"|podr[ií]as?|por|favor|hola|gracias|hay|alg[uú]n\w*|qu[eé]|cu[aá]les|cu[aá]l|que|es|est[aá]n?"
    r"|son|ser|el|la|los|las|un|una|unos|unas|de|del|en|para|sobre|con|a|al|y|o|e|u|se|su|sus|ese|esa"
    r"|nuev[oa]s?|ahora|ya|tiene|tienen|compra\w*|licitando|publicad[oa]s?|disponibles?|relacionad[oa]s?"
    r"|cerca|mis|mi|momento|algo|antes|despu[eé]s|d[ií]as?|semanas?|mes(?:es)?|pr[oó]xim[oa]s?"
    r"|recientes?|alguien|mismo|ahorita|[uú]ltim[oa]s?|interesan?)\b"
    r"|입찰\s?공고|입찰|공고|발주(?:하는|한|하고)?|건(?=\s|$)|찾(?:아|고|는|을|습니다)\S*|보여\s?\S*|검색\S*|목록"
    r"|알려\s?\S*|있(?:나요|어요?|습니까|는지|을까요|는)\S*|뭐(?:가|\s|$)\S*|무슨|어떤|관련(?:된|한)?|새로|나온"
    r"|올라온|낸|나왔\S*|하고\s?싶\S*|궁금\S*|지역|예산|금액|추정가격|가격|규모|짜리|싶\S*|주세요|줘|좀|혹시|모든|전부|최근"
    r"|중인|되는|된|하는|사는|데(?=\s)|까지|인(?=\s|$)|것|거(?=\s|$)|구매(?:하는|하고|중)?|[을를에의은는이가](?=\s|$)"
    r"|(?<=[a-zA-Z])(?:에서|으로|로|에|의|을|를|은|는|이|가)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search asks for; what is None or empty does not matter. Amounts in `currency`, if any.

    Kinds are the core's: goods, services, works.
    """

    words: str = ""
    kind: str | None = None
    currency: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    closes_after: datetime | None = None
    closes_before: datetime | None = None
    open_only: bool = False

    @property
    def empty(self) -> bool:
        return self == Sought(open_only=self.open_only)

    def looser(self) -> "list[Sought]":
        """The same search with one word less each; none where no word would be left."""
        words = self.words.split()
        left = [words[:n] + words[n + 1 :] for n in range(len(words))] if len(words) > 1 else []
        return [replace(self, words=" ".join(some)) for some in left]


def sought(text: str, now: datetime) -> Sought:
    """What the sentence looks for; `now` is what its days are counted from."""
    found, rest = _valued(text)
    found, rest = _closing(found, rest, now)
    for kind, form in _KINDS.items():
        if re.search(form, rest, re.IGNORECASE):
            found = replace(found, kind=kind)
            rest = re.sub(form, " ", rest, flags=re.IGNORECASE)
            break
    if _OPEN.search(rest):
        found, rest = replace(found, open_only=True), _OPEN.sub(" ", rest)
    return replace(found, words=_words(rest))


def _valued(text: str) -> tuple[Sought, str]:
    between = _BETWEEN.search(text)
    if between is not None:
        low = _sum(between["low"] or between["low_"])
        high = _sum(between["high"] or between["high_"])
        if low is not None and high is not None and low <= high:
            both = Sought(at_least=low, at_most=high, currency=amounts.currency(between.group()))
            return both, _without(text, between.span())
    bounds: dict[str, Decimal] = {}
    currency: str | None = None
    for name, form in (("at_most", _AT_MOST), ("at_least", _AT_LEAST)):
        match = form.search(text)
        value = _sum(match["sum"] or match["sum_"]) if match else None
        if match is not None and value is not None:
            bounds[name] = value
            currency = amounts.currency(match.group()) or currency
            text = _without(text, match.span())
    found = Sought(
        at_least=bounds.get("at_least"), at_most=bounds.get("at_most"), currency=currency
    )
    return found, text


def _closing(found: Sought, text: str, now: datetime) -> tuple[Sought, str]:
    """A time counts only beside a word for the closing, or where the days ahead are named."""
    coming, this = _COMING.search(text), _THIS.search(text)
    if not (_CLOSING.search(text) or coming or this):
        return found, text
    if coming is not None:
        between: tuple[datetime, datetime | None] = (now, now + _span(coming))
        text = _without(text, coming.span())
    elif this is not None:
        between = _this(this, now)
        text = _without(text, this.span())
    else:
        at = due(text, now)
        if at is None:
            return replace(found, open_only=True), _CLOSING.sub(" ", text)
        between, text = _around(at, text, now)
    rest = _AFTER.sub(" ", _BEFORE.sub(" ", _CLOSING.sub(" ", text)))
    return replace(found, closes_after=between[0], closes_before=between[1]), rest


def _around(at: datetime, text: str, now: datetime) -> tuple[tuple[datetime, datetime | None], str]:
    """Between which moments a closing "by", "before" or "after" a moment lies; the words left."""
    rest = text
    for moment in reversed(moments(text)):
        rest = _without(rest, (moment.start, moment.end))
    whole_day = at.time() >= time(23, 59)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if _AFTER.search(text):
        return (midnight + timedelta(days=1) if whole_day else at, None), rest
    return (now, midnight if whole_day and _BEFORE.search(text) else at), rest


def _span(coming: re.Match[str]) -> timedelta:
    count = (coming["en"] or coming["es"] or coming["ko"] or "").lower()
    number = int(count) if count.isdigit() else _COUNTS[count]
    unit = (coming["unit"] or coming["unidad"] or coming["단위"]).lower()
    if unit.startswith(("w", "s", "주")):
        return timedelta(weeks=number)
    return timedelta(days=number * (30 if unit.startswith(("m", "개월", "달")) else 1))


def _this(this: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    """What is left of this week or month, or the whole of the next week, which begins on Monday."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight + timedelta(days=7 - now.weekday())
    if this["week"] or this["주"]:
        return now, monday
    if this["next"] or this["다음"]:
        return monday, monday + timedelta(days=7)
    return now, (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)


def _sum(said: str) -> Decimal | None:
    value = values.amount(said.strip(" ,."))
    return Decimal(value) if value else None


def _words(text: str) -> str:
    plain = _FILLERS.sub(" ", re.sub(r"[^\w\s'-]", " ", text))
    return " ".join(word for word in plain.split() if any(c.isalnum() for c in word))[:100]


def _without(text: str, span: tuple[int, int]) -> str:
    return f"{text[: span[0]]} {text[span[1] :]}"
