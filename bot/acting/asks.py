"""What a tender asks of its bidders, as questions of the talk. Pure.

A criterion with several groups is answered by the group that is true of the bidder, so that is
asked first, and once for all criteria that have the same groups. Grounds for exclusion are read
and confirmed together. Each question is a slot of the form.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

from bot.acting import consent, places, values
from bot.procurement.port import Criterion, Requirement, RequirementGroup

SLOT = "said_"
ALL = f"{SLOT}all"
NUMBER = f"{SLOT}number:"
MOST = 40  # requirements that a talk asks for
MOST_HEARD = 6  # the same where they can only be heard
MOST_CHOICES = 40
LONGEST_TITLE = 600  # characters: nobody confirms what they were not shown whole
MOST_SIGNS = 40_000  # characters of all criteria, as the state of the talk holds them
LONGEST = 2000
_NEGATIVE = re.compile(
    r"(?<![\w.,\-])[-−](?=\d)|\b(?:minus|menos)\s(?=\d)|(?:마이너스|영하)\s?(?=\d)", re.IGNORECASE
)
_BELOW = re.compile(
    r"\b(?:less|fewer|lower|under|below|up to|at most|no more|menos de|por debajo|hasta"
    r"|como m[aá]ximo)\b|미만|이하|이내",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:(?<!no )more|over|above|at least|m[aá]s de|al menos|como m[ií]nimo|por encima)\b"
    r"|이상|초과|넘",
    re.IGNORECASE,
)

Form = Literal["group", "all", "yes_no", "number", "choice", "text"]
Fault = Literal["", "needed", "needed_not", "range", "choices"]


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
    if not all(_fits_a_talk(one) for one in rows) or len(str(criteria)) > MOST_SIGNS:
        return False
    if any(len(set(_names(one))) < len(one.groups) for one in criteria):
        return False
    if heard:
        return len(rows) <= MOST_HEARD and all(one.form != "string" for one in rows)
    return len(rows) <= MOST


def _fits_a_talk(one: Requirement) -> bool:
    """Whether it can be shown whole; a choice of several lines could not be kept as one."""
    if one.form == "other" or len(one.choices) > MOST_CHOICES:
        return False
    long = any(len(text) > LONGEST_TITLE for text in (_statement(one), *one.choices))
    return not long and not any("\n" in choice for choice in one.choices)


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
    """What a bid says now, by slot; left out is what it does not say, and what the tender no
    longer takes.
    """
    slots: dict[str, str] = {}
    for key, ask in _choices(criteria).items():
        same = [one for one in criteria if _key(one) == key]
        for name in ask.options:
            if _is_answered(same, name, given):
                slots[ask.slot] = name
    for ask in asks_of(criteria, slots):
        taken = all(_takes(one, given.get(one.id, ())) for one in ask.requirements)
        if ask.form != "group" and taken:
            slots[ask.slot] = "\n".join(given[ask.one.id])
    return slots


def _takes(one: Requirement, given: Sequence[str]) -> bool:
    if one.wanted is not None:
        return list(given) == [one.wanted]
    if one.choices:
        most = one.greatest or len(given)
        return set(given) <= set(one.choices) and one.fewest <= len(given) <= most
    if one.form in ("integer", "number"):
        return len(given) == 1 and _in_range(one, Decimal(given[0]))
    return bool(given)


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


def alike(some: Sequence[Criterion], others: Sequence[Criterion]) -> bool:
    """Whether both ask the same, one of them from a kept state."""
    first, second = (json.dumps(to_json(criteria)) for criteria in (some, others))
    return first == second


def _group_of(kept: Mapping[str, Any]) -> RequirementGroup:
    return RequirementGroup(kept["title"], [_requirement(one) for one in kept["requirements"]])


def _requirement(kept: Mapping[str, Any]) -> Requirement:
    limits = {n: Decimal(kept[n]) if kept[n] is not None else None for n in ("least", "most")}
    return Requirement(**{**kept, **limits})


# --- groups -------------------------------------------------------------------------------------


def _choices(criteria: Sequence[Criterion]) -> dict[tuple[str, ...], Ask]:
    """One question for each criterion with several groups, and one for all grounds for exclusion
    whose groups have the same names.
    """
    asks: dict[tuple[str, ...], Ask] = {}
    for criterion in criteria:
        if len(criterion.groups) > 1:
            slot = f"{SLOT}group:{criterion.id}"
            names = [_name(criterion, group) for group in criterion.groups]
            asks.setdefault(_key(criterion), Ask(slot, "group", criterion.title, (), names))
    return asks


def _key(criterion: Criterion) -> tuple[str, ...]:
    own = () if criterion.exclusion else (criterion.id,)
    return (*own, *_names(criterion))


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
    name = slots.get(choices[_key(criterion)].slot)
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
    said = "true" if consent.agrees(text) else "false" if consent.is_plain_no(text) else None
    if said is None:
        return Said()
    no = ask.one.form == "boolean" and ask.one.wanted == "false"  # else what is wanted holds
    if ask.one.wanted is not None and said != ("false" if no else "true"):
        return Said(fault="needed_not" if no else "needed")
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
    """The number; "less than 90" is none where 90 is the least."""
    one = ask.one
    bounds = (one.least is not None and _BELOW.search(text)) or (
        one.most is not None and _ABOVE.search(text)
    )
    bare, signs = _NEGATIVE.subn(" ", text)
    figure = None if bounds else values.figure(bare)
    if figure is None:
        return Said()
    said = f"-{figure}" if signs else figure
    return Said(said) if _in_range(one, Decimal(said)) else Said(fault="range")


def _in_range(one: Requirement, number: Decimal) -> bool:
    if one.form == "integer" and number != number.to_integral_value():
        return False
    return (one.least is None or number >= one.least) and (one.most is None or number <= one.most)


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
    yield from (_statement(one) for one in ask.requirements)


def _statement(one: Requirement) -> str:
    wanted = one.wanted if one.form != "boolean" else None
    return f"{one.title}: {wanted} {one.unit}".strip() if wanted else one.title
