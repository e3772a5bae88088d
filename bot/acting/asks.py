"""What a tender asks of its bidders, as questions of the talk. Pure.

A criterion with several groups is answered by the group that is true of the bidder, so that is
asked first, and once for all criteria that have the same groups. Grounds for exclusion are read
and confirmed together. Each question is a slot of the form.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

from bot.acting import consent, places, values
from bot.procurement.port import Criterion, Requirement, RequirementGroup

SLOT = "said_"
OWN_WORDS = f"{SLOT}text"
ALL = f"{SLOT}all"
MOST = 40  # requirements that a talk asks for
MOST_HEARD = 6  # the same where they can only be heard
LONGEST = 2000

Form = Literal["group", "all", "yes_no", "number", "choice", "text"]
Fault = Literal["", "needed", "range", "choices"]


@dataclass(frozen=True, slots=True)
class Ask:
    """`options` are what can be chosen; `requirements` what the answer is given to."""

    slot: str
    form: Form
    title: str
    requirements: Sequence[Requirement] = ()
    options: Sequence[str] = ()

    @property
    def one(self) -> Requirement:
        return self.requirements[0]


@dataclass(frozen=True, slots=True)
class Said:
    """A value for the slot, or why the core would not take what was said; neither: nothing."""

    value: str | None = None
    fault: Fault = ""


def is_slot(slot: str) -> bool:
    return slot.startswith(SLOT)


def can_be_asked(criteria: Sequence[Criterion], *, heard: bool) -> bool:
    """Whether a talk can ask all of it; what is heard only is short, and needs nothing written."""
    rows = [one for criterion in criteria for g in criterion.groups for one in g.requirements]
    if any(one.form == "other" for one in rows):
        return False
    if heard:
        return len(rows) <= MOST_HEARD and all(one.form != "string" for one in rows)
    return len(rows) <= MOST


def asks_of(criteria: Sequence[Criterion], slots: Mapping[str, str]) -> list[Ask]:
    """The questions in their order; what a group asks comes once it is chosen."""
    choices = _choices(criteria)
    grounds: list[Requirement] = []
    single: list[Ask] = []
    for criterion in criteria:
        group = _group(criterion, choices, slots)
        for requirement in group.requirements if group else ():
            if criterion.exclusion and requirement.wanted == "true":
                grounds.append(requirement)
            else:
                single.append(_ask(requirement))
    together = [Ask(ALL, "all", "", grounds)] if grounds else []
    return [*choices.values(), *together, *single]


def answers(criteria: Sequence[Criterion], slots: Mapping[str, str]) -> dict[str, list[str]]:
    """The values of the act (`Action.values["answers"]`) that the slots make."""
    found: dict[str, list[str]] = {}
    for ask in asks_of(criteria, slots):
        value = slots.get(ask.slot)
        if value is None or ask.form == "group":
            continue
        for one in ask.requirements:
            given = one.wanted or value if ask.form in ("all", "yes_no") else value
            found[one.id] = given.split("\n") if ask.form == "choice" else [given]
    return found


def slots_of(criteria: Sequence[Criterion], given: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What a bid says now, by slot; left out is what it does not say."""
    slots: dict[str, str] = {}
    for names, ask in _choices(criteria).items():
        same = [one for one in criteria if _names(one) == names]
        for name in ask.options:
            if _is_answered(same, name, given):
                slots[ask.slot] = name
    for ask in asks_of(criteria, slots):
        if ask.form != "group" and all(one.id in given for one in ask.requirements):
            slots[ask.slot] = "\n".join(given[ask.one.id])
    return slots


def read(ask: Ask, text: str) -> Said:
    """What the words say to it."""
    if len(text) > LONGEST or consent.calls_off(text):
        return Said()
    return _READERS[ask.form](ask, text.strip())


def to_json(criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    def plain(fields: list[tuple[str, Any]]) -> dict[str, Any]:
        return {n: str(v) if isinstance(v, Decimal) else v for n, v in fields}

    return [asdict(one, dict_factory=plain) for one in criteria]


def of_json(kept: Sequence[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    """From a kept state; raises KeyError or TypeError where it is none of this kind."""
    return tuple(
        Criterion(**{**one, "groups": [_group_of(group) for group in one["groups"]]})
        for one in kept
    )


def _group_of(kept: Mapping[str, Any]) -> RequirementGroup:
    return RequirementGroup(kept["title"], [_requirement(one) for one in kept["requirements"]])


def _requirement(kept: Mapping[str, Any]) -> Requirement:
    limits = {n: Decimal(kept[n]) if kept[n] is not None else None for n in ("least", "most")}
    return Requirement(**{**kept, **limits})


# --- groups -------------------------------------------------------------------------------------


def _choices(criteria: Sequence[Criterion]) -> dict[tuple[str, ...], Ask]:
    """One question for all criteria whose groups have the same names."""
    asks: dict[tuple[str, ...], Ask] = {}
    for criterion in criteria:
        if len(criterion.groups) > 1:
            slot = f"{SLOT}group:{criterion.id}"
            names = [_name(criterion, group) for group in criterion.groups]
            asks.setdefault(_names(criterion), Ask(slot, "group", criterion.title, (), names))
    return asks


def _names(criterion: Criterion) -> tuple[str, ...]:
    return tuple(sorted(_name(criterion, group) for group in criterion.groups))


def _name(criterion: Criterion, group: RequirementGroup) -> str:
    """A group's own words; what it asks where they do not tell it from the others."""
    same = [one for one in criterion.groups if one.title == group.title]
    return group.title if group.title and len(same) == 1 else group.requirements[0].title


def _group(
    criterion: Criterion, choices: Mapping[tuple[str, ...], Ask], slots: Mapping[str, str]
) -> RequirementGroup | None:
    """The one that is true of the bidder; None while nobody has said which."""
    if len(criterion.groups) < 2:
        return criterion.groups[0]
    name = slots.get(choices[_names(criterion)].slot)
    return next((g for g in criterion.groups if _name(criterion, g) == name), None)


def _is_answered(
    criteria: Sequence[Criterion], name: str, given: Mapping[str, Sequence[str]]
) -> bool:
    groups = [g for one in criteria for g in one.groups if _name(one, g) == name]
    return any(one.id in given for group in groups for one in group.requirements)


def _ask(requirement: Requirement) -> Ask:
    form: Form = "text"
    if requirement.wanted is not None or requirement.form == "boolean":
        form = "yes_no"
    elif requirement.choices:
        form = "choice"
    elif requirement.form in ("integer", "number"):
        form = "number"
    slot = f"{SLOT}{form}:{requirement.id}"
    return Ask(slot, form, requirement.title, (requirement,), tuple(requirement.choices))


# --- what is said -------------------------------------------------------------------------------


def _yes_no(ask: Ask, text: str) -> Said:
    """Yes or no, as the core wants it where it wants one of them."""
    said = "true" if consent.is_plain_yes(text) else "false" if consent.is_plain_no(text) else None
    if said is None:
        return Said()
    wanted = {"false": "false"}.get(ask.one.wanted or "", "true")  # else what is wanted holds
    if ask.one.wanted is not None and said != wanted:
        return Said(fault="needed")
    return Said(said)


def _chosen_group(ask: Ask, text: str) -> Said:
    place = values.picked(text, ask.options)
    return Said() if place is None else Said(ask.options[place])


def _chosen(ask: Ask, text: str) -> Said:
    """One choice or several, by their words or their places."""
    found = _named(ask.options, text)
    found = found or [ask.options[n] for n in places.several(text, len(ask.options))]
    if not found:
        place = places.alone(text, len(ask.options))
        found = [ask.options[place.index]] if place and place.index < len(ask.options) else []
    most = ask.one.greatest or len(found)
    if found and not ask.one.fewest <= len(found) <= most:
        return Said(fault="choices")
    return Said("\n".join(found)) if found else Said()


def _named(options: Sequence[str], text: str) -> list[str]:
    """The choices that the words hold, in their order; a word of a longer one is not a shorter."""
    rest, found = text, set()
    for one in sorted(options, key=len, reverse=True):
        word = re.compile(rf"(?<!\w){re.escape(one)}(?!\w)", re.IGNORECASE)
        if word.search(rest):
            found.add(one)
            rest = word.sub(" ", rest)
    return [one for one in options if one in found]


def _number(ask: Ask, text: str) -> Said:
    said = values.figure(text)
    if said is None:
        return Said()
    number, least, most = Decimal(said), ask.one.least, ask.one.most
    whole = ask.one.form != "integer" or number == number.to_integral_value()
    if not whole or (least is not None and number < least) or (most is not None and number > most):
        return Said(fault="range")
    return Said(said)


def _text(ask: Ask, text: str) -> Said:
    del ask
    bare = consent.is_plain_yes(text) or consent.is_plain_no(text)
    return Said() if bare or not any(c.isalnum() for c in text) else Said(text)


_READERS = {
    "group": _chosen_group,
    "all": _yes_no,
    "yes_no": _yes_no,
    "number": _number,
    "choice": _chosen,
    "text": _text,
}


def statements(ask: Ask) -> Iterator[str]:
    """What is confirmed, one line each."""
    for one in ask.requirements:
        wanted = one.wanted if one.form != "boolean" else None
        yield f"{one.title}: {wanted} {one.unit}".strip() if wanted else one.title
