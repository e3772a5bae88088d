"""Values as people write them: amounts, moments, codes, choices. Pure, three languages."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from bot import amounts, spelled_numbers
from bot.acting import places
from bot.amounts import FACTORS, decimal
from bot.days import day_in
from bot.moments import clock_in, due
from bot.spotting import EMAIL, TENDER

SHORT = 24  # characters of words that may only choose
MOST = Decimal(10) ** 15  # what is more is no amount
CENT = Decimal("0.01")
_COIN = r"(?:cents?|c[eé]ntimos?|centavos?|센트)(?!\w)"
_WITH_CENTS = re.compile(
    r"(?<![\d.,])(?P<whole>\d[\d.,]*)\s?"
    rf"(?P<money>{'|'.join(amounts.CURRENCIES.values())})\s?(?:,|and|with|y|con)?\s?"
    rf"(?P<cents>\d{{1,2}})\s?{_COIN}",
    re.IGNORECASE,
)
_CENTS = re.compile(rf"(?<![\d.,])(?P<cents>\d{{1,2}})\s?{_COIN}", re.IGNORECASE)
_FACTOR = "|".join(sorted(FACTORS, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![\w.,-])(?:[$₩€]\s?)?(?P<digits>\d[\d.,\u00a0]*\d|\d)\s?(?:(?P<factor>"
    + _FACTOR
    + r")(?![a-záéíóúñ]))?(?![\d-])",
    re.IGNORECASE,
)
_DAYS_ON = re.compile(r"(?P<days>\d{1,3})\s?일\s?(?:후|뒤|이후|있다가)")
_BARE_DAY = re.compile(
    r"(?<![\d월])(?<!월 )(?P<day>\d{1,2}일)(?=\W*(?:$|(?:이?요|로요?|입니다|오전|오후|저녁|아침"
    r"|정오"
    r"|\d{1,2}시)))"
)
_SHORT_DATE = re.compile(r"(?<![\d/])(?P<first>\d{1,2})/(?P<second>\d{1,2})(?![\d/])")
_HANGUL = re.compile(r"[가-힣]")
_DAY_ALONE = re.compile(
    r"\bthe \d{1,2}(?:st|nd|rd|th)\b(?! of)|\bel (?:d[ií]a )?\d{1,2}\b(?! de\s)"
    r"|(?<![월\d])(?<!월 )\d{1,2}일(?!\s?(?:후|뒤))",
    re.IGNORECASE,
)
# One day ago, and two: the second says the first's word too.
_YESTERDAYS = (
    r"(?<!before )\byesterday\b|\bayer\b|(?<!그)어제",
    r"\bday before yesterday\b|\bante?ayer\b|\bantier\b|그저께|그제|엊그제",
)
_AGO = re.compile(
    r"\b(\d{1,3}) days? ago\b|\bhace (\d{1,3}) d[ií]as?\b|(\d{1,3})\s?일\s?전", re.IGNORECASE
)
_LAST = re.compile(r"\blast\b|\bpasad[oa]\b|지난", re.IGNORECASE)
_CORRECTS = re.compile(
    r"^\W*(?:(?:h+m+|oh|ah|eh|uy|아+|음+|어),?\s*)?(?:no\b|not\b|nope|wrong|sorry|actually|wait|correct\w*|change|oops|perd[oó]n"
    r"|corrij\w*|corrige"
    r"|corregir|cambi\w+|mejor|en realidad|espera|make (?:it|that)|i meant?|rather|should be"
    r"|que sean?"
    r"|quise decir|digo|me equivoqu[eé]|아니|아뇨|정정|수정|바꿔|잘못|실은|잠깐|그게 아니라|다시)",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:change|correct|fix|edit|cambi\w+|corr[ei]\w+|modific\w+)\b|바꾸|바꿀|바꿔|고치|고칠|고쳐"
    r"|수정|변경",
    re.IGNORECASE,
)
_WAIT = (
    r"h+m+|u+h+m*|u+m+|er+m*|m+h*m+|oh|ah|eh+|pues|este|a ver|음+|어+|아|저기(?:요)?|그게"
    r"|(?:just )?(?:(?:a|one) )?(?:moment|second|sec|minute|min)(?: please)?|hold on|hang on"
    r"|wait(?: up)?"
    r"|(?:let me (?:think|check|see)|i(?:'m| am) thinking|not sure(?: yet)?|not yet)"
    r"|(?:un|deme un|dame un|espera un|espere un) (?:momento|momentito|segundo|minuto)|esper[ae]\w*"
    r"|(?:d[eé]j[ae]me (?:pensar|ver|revisar)|todav[ií]a no|a[uú]n no|no estoy segur[oa])"
    r"|(?:잠깐|잠시)(?:만)?(?:요)?|기다려\s?(?:줘|주세요|봐요?)|생각\s?좀\s?(?:해\s?볼게요?|할게요?)"
    r"|아직(?:이요|요|은)?|잘 모르겠\S*"
)
_WAITS = re.compile(
    rf"(?:{_WAIT})(?:[\s,.!…]+(?:{_WAIT}|please|por favor|a|for|on|yes|no|sí|네))*", re.IGNORECASE
)
_CODE = re.compile(r"(?<!\d)\d{8}(?:-\d)?(?!\d)")
_WORDS_OF = {
    "goods": r"\bgoods?\b|\bsupplies\b|\bbienes\b|\bsuministros?\b|물품|물건|제품",
    "services": r"\bservices?\b|\bservicios?\b|용역|서비스",
    "works": r"\bworks?\b|\bconstruction\b|\bobras?\b|공사|시공",
    "another": r"\b(?:another|one more|add|more|next)\b|\b(?:otr[oa]|añad\w*|agreg\w*|más)\b"
    r"|추가|더 있|하나 더|또 있",
    "that_is_all": r"\b(?:that(?:'s| is) (?:all|it)|no more|nothing else|only (?:this|that|one)"
    r"|just (?:this|that|one)|done|finished)\b|\b(?:es todo|nada m[aá]s|ninguna? m[aá]s"
    r"|no hay m[aá]s|s[oó]lo (?:es[ea]|un[oa])|ya est[aá])\b"
    r"|(?:그게|이게)\s?(?:다|전부)|더\s?(?:는\s?)?없|끝|하나뿐",
    "yes": r"(?<!not )(?<!no )(?<!no se )(?<!n't )\b(?:yes|accept(?:ed)?|pass(?:ed)?|complete"
    "|s[ií]|aceptad[oa]"
    r"|acepta|conforme|completa?)\b|^네|^예|(?<!불)합격(?!하지)|(?<!부)적합(?!하지)|인수(?!하지|\s?거부)",
    "no": r"\b(?:no|not|rejected|refused|failed|rechazad[oa]|rechaza)\b|n't\b|아니|불합격|부적합"
    r"|(?:합격|적합|인수)하지\s?않|거부|반려",
}


def wants_change(text: str) -> bool:
    """Whether the words, even those of a question, want something changed."""
    return _CHANGES.search(text) is not None


def is_correction(text: str) -> bool:
    """Whether the words begin as a correction does: "no, 45,000"."""
    return _CORRECTS.search(text) is not None


def amount(text: str) -> str | None:
    """The one amount of a text as a decimal string; None when there is none, or more than one."""
    number = _one_number(text)
    return _written(number) if number is not None else None


def has_parts_of_cents(text: str) -> bool:
    """Whether the one amount of a text is finer than the coins that it can be paid in."""
    number = _one_number(text)
    return number is not None and number != number.quantize(CENT)


def figure(text: str) -> str | None:
    """The one number of a text as a decimal string, which may be naught and as fine as it was said;
    None when there is none, or more than one.
    """
    number = _one_number(text)
    if number is None:
        number = _one_number(spelled_numbers.small_as_digits(text))
    return format(number.normalize(), "f") if number is not None else None


def with_cents(text: str) -> str:
    """The text with coins written behind their amount: "350 dollars and 20 cents" as "350.20"."""
    joined = _WITH_CENTS.sub(_joined, spelled_numbers.as_digits(text))
    if amounts.amounts(joined):
        return joined
    return _CENTS.sub(lambda m: f"0.{int(m['cents']):02d}", joined)


def _joined(match: re.Match[str]) -> str:
    whole = decimal(match["whole"])
    if whole is None or whole != whole.to_integral_value():
        return match.group()
    return f"{whole:f}.{int(match['cents']):02d} {match['money']}"


def _one_number(text: str) -> Decimal | None:
    plain = amounts.korean_as_digits(with_cents(TENDER.sub(" ", EMAIL.sub(" ", text))))
    named = amounts.amounts(plain)
    if len(named) == 1 and not _outside(plain, named[0]):
        return named[0].value
    if any(not re.search(r"\d", plain[one.start : one.end]) for one in named):
        return None  # "twenty dollars and 5" is neither of them
    total: Decimal | None = None
    last_end, last_factor = -9, 0
    for match in _NUMBER.finditer(plain):
        number = decimal(match["digits"])
        if number is None:
            return None
        factor = FACTORS.get((match["factor"] or "").casefold(), 1)
        if total is not None:
            # "1억 2천만" is one number; "45 chairs for 900" is two.
            joined = match.start() - last_end <= 1 and 1 < factor < last_factor
            if not joined:
                return None
        total = (total or Decimal(0)) + number * factor
        last_end, last_factor = match.end(), factor
    return total if total is None or total < MOST else None


def sum_of_money(text: str) -> str | None:
    """The one amount that the text names with its currency; "40 laptops" is none."""
    plain = amounts.korean_as_digits(with_cents(TENDER.sub(" ", text)))
    named = amounts.amounts(plain)
    return _written(named[0].value) if len(named) == 1 else None


def is_hesitation(text: str) -> bool:
    """Words that only ask for a moment: "hmm wait", "un momento", "잠깐만요"."""
    return len(text) <= 60 and _WAITS.fullmatch(_bare(text)) is not None


def _outside(text: str, amount: amounts.Amount) -> bool:
    """Whether another number stands beside the amount."""
    return re.search(r"\d", text[: amount.start] + text[amount.end :]) is not None


def _written(total: Decimal) -> str | None:
    """Nothing is rounded: who bids a tenth of a cent is asked for a price that can be paid."""
    if not 0 < total < MOST or total != total.quantize(CENT):
        return None
    return format(total.quantize(CENT), "f").removesuffix(".00")


def quantity(text: str) -> str | None:
    """How much of something, which may be as fine as it was said."""
    number = _one_number(text)
    return format(number.normalize(), "f") if number else None


def code(text: str) -> str | None:
    """A class of goods of eight digits, with its check digit if it was given."""
    match = _CODE.search(TENDER.sub(" ", text))
    return match.group() if match else None


def moment(text: str, now: datetime) -> str | None:
    """A moment in the agency's zone as ISO 8601."""
    plain = TENDER.sub(" ", text)
    # As an answer "23일" names the day of a month, which "까지" makes plain.
    plain = _BARE_DAY.sub(r"\g<day>까지 ", plain)
    short = _SHORT_DATE.search(plain)
    if short is not None:
        month, day = int(short["first"]), int(short["second"])
        if not _HANGUL.search(plain):
            if max(month, day) <= 12:
                return None  # "3/12" is one day to some and another to others
            month, day = sorted((month, day))
        plain = _SHORT_DATE.sub(f"{month}월 {day}일", plain)
    # "5일" alone is the fifth of a month; only "5일 후" is five days from now.
    days = _DAYS_ON.search(plain)
    if days and not clock_in(plain):
        at: datetime | None = now + timedelta(days=int(days["days"]))
    else:
        at = due(plain, now)
    return at.replace(microsecond=0).isoformat() if at else None


def names_a_day_alone(text: str) -> bool:
    """A day of a month that the words do not name: "the 29th", "el 29", "29일"."""
    return _DAY_ALONE.search(text) is not None


def day_past(text: str, now: datetime) -> str | None:
    """A day of the past that the words count back to, at its noon: "yesterday", "hace 3 días"."""
    for back, form in enumerate(_YESTERDAYS, start=1):
        if re.search(form, text, re.IGNORECASE):
            return _noon(now - timedelta(days=back))
    ago = _AGO.search(text)
    if ago is not None:
        return _noon(now - timedelta(days=int(next(n for n in ago.groups() if n))))
    day = day_in(text, now.date()) if _LAST.search(text) else None
    if day is None or day <= now.date():
        return None
    return _noon(datetime.combine(day, now.timetz()) - timedelta(days=7))


def _noon(at: datetime) -> str:
    return at.replace(hour=12, minute=0, second=0, microsecond=0).isoformat()


def one_of(text: str, options: Sequence[str]) -> str | None:
    """The one of fixed options that the words name."""
    named = [o for o in options if re.search(_WORDS_OF.get(o, re.escape(o)), text, re.IGNORECASE)]
    return named[0] if len(named) == 1 else None


def picked(text: str, shown: Sequence[str]) -> int | None:
    """Which of the choices shown is meant: its words, a part that no other has, or its place."""
    bare = _bare(text).casefold()
    exact = [n for n, one in enumerate(shown) if _bare(one).casefold() == bare]
    if exact:
        return exact[0]
    if len(bare) >= 3:
        part = [n for n, one in enumerate(shown) if bare in one.casefold()]
        if len(part) == 1:
            return part[0]
        inside = [n for n, one in enumerate(shown) if _bare(one).casefold() in bare]
        if len(inside) == 1:
            return inside[0]
    place = places.alone(text, len(shown)) or (
        places.within(text, len(shown)) if len(bare) <= SHORT else None
    )
    return place.index if place and place.index < len(shown) else None


def _bare(text: str) -> str:
    return " ".join(re.sub(r"^[\s¡¿\"'«]+|[\s.!?。…\"'»]+$", "", text).split())
