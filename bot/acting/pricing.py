"""Prices as people give them for the lines of a bid: one, several at once, or another for one of
them ("no, the second is 350"). Pure, three languages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bot import amounts
from bot.acting import places, values
from bot.acting.lines import Line, slot_of
from bot.acting.state import Filling
from bot.plain_words import is_question

_BETWEEN = re.compile(r"\n+|;|,\s+|\s/\s|\s(?:and|y|e)\s|\s?(?:그리고|,)\s")
_IN_ALL = re.compile(
    r"\b(?:in total|in all|altogether|total|for all(?: of them)?|en total|por todo|por tod[oa]s"
    r"|el total)\b|총|합계|전부|모두\s?합|전체",
    re.IGNORECASE,
)
_WITH_VAT = re.compile(
    r"\b(?:incl(?:\.|uding|usive of)?|with|includes?) (?:the )?(?:vat|tax)\b"
    r"|\b(?:vat|tax) incl(?:uded|usive|\.)?"
    r"|\b(?:con|incluye|incluido)(?: el)? iva\b|(?<!no )\biva inclu[ií]do\b"
    r"|(?:부가(?:가치)?세|vat)[를가도]?\s?포함(?!하지|되지|\s?안)",
    re.IGNORECASE,
)
_WITHOUT_VAT = re.compile(
    r"(?:\bplus|\+|\b(?:excl(?:\.|uding|usive of)?|without|before|ex|net of|no)) (?:the )?"
    r"(?:vat|tax)\b"
    r"|(?:\b(?:not|without|never)|n't) (?:incl(?:\.|ud\w+)|with) (?:the )?(?:vat|tax)\b"
    r"|\b(?:vat|tax) (?:(?:is )?(?:not|n't) included|isn't included|excluded|excl\.?|extra)\b"
    r"|(?:\bm[aá]s|\+|\bsin(?: incluir)?|\bantes del?|\bno (?:incluye|incluido)) (?:el )?iva\b"
    r"|\biva (?:no (?:est[aá] )?incluido|aparte|excluido)\b"
    r"|(?:부가(?:가치)?세|vat)[는를은가]?\s?(?:별도|제외|미포함|빼|뺀|없이|포함하지|포함되지|포함\s?안)",
    re.IGNORECASE,
)
LONGEST = 12  # words: what is longer may be about something else
MOST_SIGNS = 2000  # of a list of prices


@dataclass(frozen=True, slots=True)
class Given:
    """Prices by slot; `meant` is a line named without a price; `fault` is the phrase that says
    why a price cannot be taken."""

    prices: Mapping[str, str] = field(default_factory=dict)
    meant: str | None = None
    fault: str | None = None


def vat(text: str) -> bool | None:
    """Whether the words say that a price holds VAT; None where they do not speak of it."""
    if _WITHOUT_VAT.search(text):
        return False
    return True if _WITH_VAT.search(text) else None


def given(text: str, filling: Filling) -> Given | None:
    """What the words give for the lines; None when they give nothing, ask, or ask for a moment."""
    if len(text) > MOST_SIGNS or "?" in text or "？" in text or values.is_hesitation(text):
        return None
    text = values.with_cents(text)
    listed = _listed(text, filling)
    if listed is not None:
        return _checked(text, filling, listed)
    if any(values.has_parts_of_cents(part) for part in _BETWEEN.split(text)):
        return Given(fault="act_invalid_cents")
    return _one(text, filling) if len(text.split()) <= LONGEST else None


def _one(text: str, filling: Filling) -> Given | None:
    """A price for the line that is named, or for the one that is asked for."""
    place = _line_in(text, filling.lines)
    if place and place.index >= len(filling.lines):
        return Given(fault="act_invalid_line")
    slot, said = (slot_of(place.index), place.rest) if place else (filling.asked, text)
    price = values.amount(_WITHOUT_VAT.sub(" ", _WITH_VAT.sub(" ", said)))
    if price is None:
        names = place is not None and not re.search(r"\d", said) and not is_question(text)
        return Given(meant=slot) if names else None
    # "no, 350" about several names none of them.
    return _checked(text, filling, {slot: price}) if slot in filling.wanted else None


def _listed(text: str, filling: Filling) -> dict[str, str] | None:
    """Several prices at once: each for a line that it names, or all that are open, in order."""
    lines = text.split("\n")
    with_numbers = [line for line in lines if re.search(r"\d", line)]
    # A letter greets, explains and signs beside its prices.
    text = "\n".join(with_numbers) if len(with_numbers) > 1 else text
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    if len(parts) < 2:
        return None
    named: dict[str, str] = {}
    plain: list[str] = []
    for part in parts:
        place = _line_in(part, filling.lines)
        price = values.amount(place.rest if place else part)
        if price is None or (place and place.index >= len(filling.lines)):
            return None
        if place:
            named[slot_of(place.index)] = price
        else:
            plain.append(price)
    if named and not plain:
        return named if len(named) == len(parts) else None
    slots = [slot_of(n) for n in range(len(filling.lines))]
    still = [slot for slot in slots if not filling.slots.get(slot)]
    fitting = next((open_ for open_ in (still, slots) if len(open_) == len(plain)), None)
    return dict(zip(fitting, plain, strict=True)) if fitting and not named else None


def _checked(text: str, filling: Filling, prices: Mapping[str, str]) -> Given:
    """Prices in the tender's currency, with VAT or without it as it is asked for, of one unit."""
    money = amounts.currency(text)
    if money and filling.currency and money != filling.currency:
        return Given(fault="refused_other_currency")
    taxed = vat(text)
    units = {}
    for slot, price in prices.items():
        line = filling.line(slot)
        wanted = filling.with_vat and (line is None or line.item is None)
        if taxed is not None and taxed != wanted:
            return Given(fault="act_invalid_with_vat" if wanted else "act_invalid_without_vat")
        one = _of_one(text, line, price)
        if one is None:
            return Given(fault="act_invalid_price_of_one")
        units[slot] = one
    return Given(units)


def _of_one(text: str, line: Line | None, price: str) -> str | None:
    """The price of one unit; what was said for all is shared out, if it can be without a rest."""
    if line is None or line.item is None or line.quantity == "1" or not _IN_ALL.search(text):
        return price
    each = Decimal(price) / Decimal(line.quantity)
    even = each == each.quantize(Decimal("0.01"))
    return format(each.normalize(), "f") if even else None


def _line_in(text: str, lines: Sequence[Line]) -> places.Place | None:
    """The line that the words name: by its place, or by a word that no other line has."""
    place = places.within(text, len(lines))
    return place if place is not None else _by_name(text, lines)


def _by_name(text: str, lines: Sequence[Line]) -> places.Place | None:
    words = [_telling(line.title) for line in lines]
    meant: set[int] = set()
    rest = text
    for said in re.findall(r"[^\W\d]+", text.casefold()):
        found = [n for n, own in enumerate(words) if any(_alike(said, word) for word in own)]
        if len(found) == 1:
            meant.add(found[0])
            rest = re.sub(re.escape(said), " ", rest, flags=re.IGNORECASE)
    return places.Place(meant.pop(), rest) if len(meant) == 1 else None


def _telling(name: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d]+", name.casefold()) if _tells(word)}


def _tells(word: str) -> bool:
    return len(word) >= (2 if word >= "가" else 4)


def _alike(said: str, word: str) -> bool:
    """The same word with another ending or particle: "chairs" and "chair", "의자는" and "의자"."""
    return _tells(said) and (said.startswith(word) or word.startswith(said))
