"""What a message gives for an act: the tender it names, and values for the slots."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot import amounts
from bot.acting import consent, values
from bot.acting.items import ANOTHER, MORE, THAT_IS_ALL
from bot.acting.state import Filling
from bot.acting.table import ACCOUNTS, AMOUNTS, CHOICES, FREE_TEXT, MOMENTS, SECRET, plain
from bot.spotting import EMAIL, PHONE, TENDER, tender_number

LONGEST = 2000
SHORT = frozenset({"unit", "contract_number"})
DONE = frozenset({"signed_at", "paid_at", "starts"})
_SAME = re.compile(
    r"\b(?:that|this|the same|the|our|my) (?:one|tender|notice|contract|bid|offer|deadline)\b"
    r"|\bthe one i (?:asked|spoke|wrote)\b"
    r"|\b(?:es[ea]|est[ea]|la misma|la|el|nuestr[oa]|mi) (?:licitaci[oó]n|contrato|oferta)\b"
    r"|\bla que (?:pregunt[eé]|mencion[eé])\b"
    r"|\b(?:[eé]sa|[eé]sta|la misma)\b"
    r"|(?:그|이|해당|우리|저희|제|내|아까(?: 그)?|방금(?: 그)?)\s?(?:입찰|공고|건|계약"
    r"|투찰)|아까\s?(?:물어|말)|그거|같은\s?(?:거|공고)",
    re.IGNORECASE,
)
# What stands around the words that tell which tender is meant.
_AROUND = re.compile(
    r"\b(?:i|want|would|like|to|please|the|a|an|my|our|for|on|about|of|in|it|is|it's|bid|offer"
    r"|submit|send|place|make|draft|prepare|follow|unfollow|watch|ask|question|clarification"
    r"|withdraw|tender|tenders|notice|buyer|buyers|one|that|this|from|by|stop|following|put|change|amend|at)\b"
    r"|\b(?:quiero|quisiera|deseo|por|favor|la|el|los|las|un|una|mi|nuestra|para|sobre|de|del|en|es"
    r"|oferta|presentar|enviar|hacer|preparar|seguir|preguntar|pregunta|aclaraci[oó]n|retirar"
    r"|licitaci[oó]n|licitaciones|comprador(?:a|es)?|que|a|con|dejar)\b"
    r"|(?:을|를|에|에서|의|은|는|이|가|으로|로)(?=\s|$)"
    r"|하고\s?싶(?:어요|습니다)|입찰(?:서|을|에)?|공고|투찰"
    r"|발주처|발주기관|수요기관|구매기관|제출|해\s?주세요|할게요|팔로우|관심|질의|질문|철회"
    r"|건(?:이에요|입니다|요)?|입니다|이에요|예요",
    re.IGNORECASE,
)
_MALFORMED = re.compile(r"(?<![a-z0-9])UA-[\d-]{3,}", re.IGNORECASE)
_AFTER_COLON = re.compile(r"[:：]\s*(?P<said>.+)$", re.DOTALL)
_QUOTED = re.compile(r"[\"“«'](?P<said>[^\"”»']{8,})[\"”»']")
_IBAN = re.compile(
    r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){10,30}(?![A-Z0-9])|(?<!\d)[\d-]{8,30}(?!\d)"
)


def volunteered(filling: Filling, text: str, now: datetime) -> Filling:
    """The act with what its opening words already say, and nothing that they might only seem to."""
    number = tender_number(text)
    if number:
        filling = replace(filling, number=number)
    slots = filling.act.slots
    sums = [slot for slot in slots if slot in AMOUNTS]
    plain = TENDER.sub(" ", text)
    if sums and "quantity" not in slots:
        value = values.amount(plain) if filling.kind in SECRET else values.sum_of_money(plain)
        if value:
            filling = filling.with_slot(sums[0], value)
            money = amounts.currency(plain)
            filling = filling.with_slot("currency", money) if money else filling
    moments = [slot for slot in slots if slot in MOMENTS]
    if len(moments) == 1:
        moment = read_value(moments[0], plain, now)
        filling = filling.with_slot(moments[0], moment) if moment else filling
    free = next((slot for slot in slots if slot in FREE_TEXT), None)
    if free and free != "title":
        said = _QUOTED.search(text) or _AFTER_COLON.search(text)
        if said and len(said["said"].split()) >= 2:
            filling = filling.with_slot(free, said["said"].strip()[:LONGEST])
    return filling


def named_tender(
    filling: Filling, text: str, last: str | None, *, any_words: bool = False
) -> Filling:
    """The act with the tender that the words mean: its number, the last one spoken of, a search.

    Without `any_words` the search words must stand beside the word tender, as openings hold more.
    """
    number = tender_number(text)
    if number:
        return replace(filling, number=number, words="")
    if last and (_SAME.search(text) or (any_words and consent.is_plain_yes(text))):
        return replace(filling, number=last, words="")
    if filling.number or _MALFORMED.search(text):
        return filling
    words = _search_words(text)
    if any_words:
        return replace(filling, words=words)
    about = re.search(
        r"\b(?:tender|notice) (?:for|of|about|called|named) (?P<en>[^.,:;?!]{4,80})"
        r"|\b(?:the|on) (?P<before>(?:\w+ ){1,5})tender\b"
        r"|\blicitaci[oó]n (?:de|del|para|sobre|llamada) (?P<es>[^.,:;?!]{4,80})"
        r"|(?P<ko>(?:\S+ ){1,4}\S+)\s?(?:공고|입찰)(?=에|의|을|를|\s|$)",
        text,
        re.IGNORECASE,
    )
    if about is None:
        return filling
    found = next((part for part in about.groups() if part), "")
    return replace(filling, words=_search_words(found))


def read_value(slot: str, text: str, now: datetime, *, correcting: bool = False) -> str | None:
    """The value for a slot, or None when the words give none. A correction must be plainly one."""
    slot = plain(slot)
    if slot in MOMENTS:
        return _moment(slot, text, now)
    reader = _READERS.get(slot)
    if reader is not None:
        return reader(text)
    if slot in CHOICES:
        return values.one_of(text, CHOICES[slot])
    if correcting:
        said = _QUOTED.search(text) or _AFTER_COLON.search(text)
        return said["said"].strip()[:LONGEST] if said else None
    return _free(text, 1 if slot in SHORT else 2)


def _moment(slot: str, text: str, now: datetime) -> str | None:
    moment = values.moment(text, now)
    if slot in DONE and (ago := values.day_past(text, now)) is not None:
        return ago
    # "Today" ends at midnight for a deadline; what was done today was done before now.
    past = slot in DONE and moment is not None and moment > now.isoformat()
    same_day = moment is not None and moment[:10] == now.isoformat()[:10]
    return now.replace(microsecond=0).isoformat() if past and same_day else moment


def _account(text: str) -> str | None:
    account = _IBAN.search(text.upper())
    return account.group().replace(" ", "") if account else None


def _more(text: str) -> str | None:
    """Whether there is another item: "no more" has the words of both."""
    if values.one_of(text, (THAT_IS_ALL,)) or consent.is_plain_no(text):
        return THAT_IS_ALL
    return ANOTHER if consent.is_plain_yes(text) else values.one_of(text, (ANOTHER,))


def also_said(filling: Filling, text: str) -> Filling | None:
    """The act with the other values that an answer to something else plainly gives; None for none.

    Only what cannot be mistaken for another slot's: money with its currency, a code, an address.
    """
    given: dict[str, str] = {}
    for slot in filling.act.slots:
        if slot == filling.asked:
            continue
        value = values.sum_of_money(text) if slot in AMOUNTS else None
        if slot in ("code", "email"):
            value = values.code(text) if slot == "code" else address(text)
        if value:
            given[slot] = value
    money = amounts.currency(text) if AMOUNTS & given.keys() else None
    if money:
        given["currency"] = money
    if given and filling.asked.endswith(MORE):  # who goes on to the value has no more items
        given[filling.asked] = THAT_IS_ALL
    return replace(filling, slots={**filling.slots, **given}) if given else None


def address(text: str) -> str | None:
    """The first e-mail address of the text."""
    found = EMAIL.search(text)
    return found.group() if found else None


def is_typed(slot: str) -> bool:
    """Whether the slot takes a value of a fixed form, and not the person's own words."""
    slot = plain(slot)
    typed = AMOUNTS | MOMENTS | CHOICES.keys() | {"quantity", "code", "email"}
    return slot in typed or slot in ACCOUNTS


def is_malformed_number(text: str) -> bool:
    return TENDER.search(text) is None and _MALFORMED.search(text) is not None


def _free(text: str, least: int) -> str | None:
    text = text.strip()[:LONGEST]
    if consent.is_plain_yes(text) or consent.is_plain_no(text):
        return None
    return text if sum(c.isalnum() for c in text) >= least else None


_READERS: Mapping[str, Callable[[str], str | None]] = {
    "quantity": values.quantity,
    "code": values.code,
    "email": address,
    MORE: _more,
    **dict.fromkeys(AMOUNTS, values.amount),
    **dict.fromkeys(ACCOUNTS, _account),
}


def _search_words(text: str) -> str:
    plain = PHONE.sub(" ", EMAIL.sub(" ", TENDER.sub(" ", text)))
    return " ".join(re.sub(r"[^\w\s-]", " ", _AROUND.sub(" ", plain)).split())[:100]
