"""The items of a tender that a buyer puts up, said one after the other. Pure.

The first is in the act's own slots; those that follow are numbered, "item_2_title" and on. Only
where there are several has the first a name of its own beside the tender's title.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.acting import places, values
from bot.plain_words import is_question

SLOT = "item_"
PARTS = ("title", "code", "quantity", "unit")
MORE = "more"
ANOTHER, THAT_IS_ALL = "another", "that_is_all"
MOST = 30
_NUMBERED = re.compile(rf"{SLOT}(?P<n>\d+)_(?P<part>\w+)")
_NAMED = re.compile(
    r"\b(?:item|number|partida|art[ií]culo|rengl[oó]n|n[uú]mero)\b|#\d|품목|\d\s?번", re.IGNORECASE
)
_ONE_MORE = re.compile(
    r"\b(?:another|one more|a further|add(?:itional)?(?: an| one)?) (?:\w+ )?item\b"
    r"|\b(?:otra|una m[aá]s|agreg\w+|añad\w+)\b.*\bpartida\b|\bpartida m[aá]s\b"
    r"|품목.{0,6}추가|추가.{0,6}품목|품목.{0,4}하나 더",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:remove|delete|drop|take out|quit(?:a|ar|e)|elimin(?:a|ar|e)|borr(?:a|ar|e)"
    r"|sac(?:a|ar)|saque)\b|빼|삭제|지워|제외"
    # "Item 2 without armrests" stays an item.
    r"|\b(?:without|sin) (?:the |el |la )?(?:\w+ )?(?:item|partida|art[ií]culo|rengl[oó]n)\b",
    re.IGNORECASE,
)


def slot_of(n: int, part: str) -> str:
    """`n` counts from 1."""
    return part if n == 1 and part != "title" else f"{SLOT}{n}_{part}"


def part_of(slot: str) -> tuple[int, str] | None:
    found = _NUMBERED.fullmatch(slot)
    return (int(found["n"]), found["part"]) if found else None


def count(slots: Mapping[str, str]) -> int:
    n = 1
    while n < MOST and slots.get(slot_of(n, MORE)) == ANOTHER:
        n += 1
    return n


def wanted(slots: Mapping[str, str]) -> Iterator[str]:
    """What is asked for beyond the act's own slots, once there is more than one item."""
    several = count(slots)
    if several > 1:
        yield slot_of(1, "title")
    for n in range(2, several + 1):
        yield from (slot_of(n, part) for part in PARTS)
        if n < MOST:
            yield slot_of(n, MORE)


def values_of(slots: Mapping[str, str]) -> list[dict[str, Any]]:
    """The items of the act (`bot.procurement.port.VALUES`); none where there is only one."""
    several = count(slots)
    if several == 1:
        return []
    names = {"title": "description"}
    return [
        {names.get(part, part): slots[slot_of(n, part)] for part in PARTS}
        for n in range(1, several + 1)
    ]


def one_more(slots: Mapping[str, str]) -> dict[str, str] | None:
    """The slots with a further item that is not told yet; None when there are enough."""
    last = count(slots)
    return {**slots, slot_of(last, MORE): ANOTHER} if last < MOST else None


def untold(slots: Mapping[str, str], n: int) -> dict[str, str]:
    """The slots without what was said of one item, which is asked for again."""
    gone = {slot_of(n, part) for part in PARTS}
    return {slot: value for slot, value in slots.items() if slot not in gone}


def without(slots: Mapping[str, str], n: int) -> dict[str, str]:
    """The slots without one item; those after it move up."""
    several = count(slots)
    kept = {s: v for s, v in slots.items() if part_of(s) is None and s not in (*PARTS[1:], MORE)}
    left = [one for one in range(1, several + 1) if one != n]
    for place, one in enumerate(left, start=1):
        more = ANOTHER if place < len(left) else THAT_IS_ALL
        kept |= {slot_of(place, p): v for p in PARTS if (v := slots.get(slot_of(one, p)))}
        kept[slot_of(place, MORE)] = more
    return kept


def adds(text: str) -> bool:
    """Whether the words want one more item."""
    return _ONE_MORE.search(text) is not None and not leaves_out(text)


def about(text: str, slots: Mapping[str, str]) -> int | None:
    """The item that the words name by its number to change it; "the 2nd" alone may be a day."""
    several = count(slots)
    asking = is_question(text) and not (values.wants_change(text) or leaves_out(text))
    named = several > 1 and _NAMED.search(text) is not None and not asking
    place = places.within(text, several) if named else None
    return place.index + 1 if place and place.index < several else None


def changed(text: str, slots: Mapping[str, str]) -> dict[str, str] | None:
    """The slots with one item left out, told anew, or put right, or with one more; None when there
    are enough.
    """
    n = about(text, slots)
    if n is None:
        return one_more(slots)
    if leaves_out(text):
        return without(slots, n)
    said = {slot_of(n, part): value for part, value in said_of(text, slots).items()}
    return {**slots, **said} if said else untold(slots, n)


def leaves_out(text: str) -> bool:
    return _LESS.search(text) is not None


def said_of(text: str, slots: Mapping[str, str]) -> dict[str, str]:
    """Parts of an item that the words give behind its number: its code, or how many."""
    place = places.within(text, count(slots))
    rest = place.rest if place else text
    code = values.code(rest)
    quantity = None if code else values.quantity(rest)
    return {"code": code} if code else {"quantity": quantity} if quantity else {}
