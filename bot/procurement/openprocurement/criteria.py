"""What a tender wants to know of its bidders, and what they say to it, as the API writes both."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from bot.procurement.port import Criterion, Form, Refused, Requirement, RequirementGroup

Doc = Mapping[str, Any]
Answers = Mapping[str, Sequence[str]]
FORMS: Mapping[Any, Form] = {form: form for form in get_args(Form)}
BIDDERS = frozenset({"tenderer", "winner"})  # the core wants both answered in the bid
EXCLUSION = "CRITERION.EXCLUSION."
LONGEST = 1000  # characters of a statement


def criteria_of(tender: Doc) -> list[Criterion]:
    """The criteria that bidders answer; a requirement that was cancelled is none."""
    lots = {item["id"]: item.get("relatedLot") for item in tender.get("items", [])}
    found = []
    for doc in tender.get("criteria", []):
        groups = [group for one in doc.get("requirementGroups", []) if (group := _group(one))]
        about = doc.get("relatedItem", "")
        gone = doc.get("relatesTo") == "item" and about not in lots
        if not groups or gone or doc.get("source", "tenderer") not in BIDDERS:
            continue
        kind = doc.get("classification", {}).get("id", "")
        lot = {"lot": about, "item": lots.get(about)}.get(doc.get("relatesTo", ""))
        found.append(
            Criterion(doc.get("id", ""), doc.get("title", ""), groups, EXCLUSION in kind, lot)
        )
    return found


def answers_of(bid: Doc) -> dict[str, tuple[str, ...]]:
    """What a bid says now, by requirement."""
    found = {}
    for doc in bid.get("requirementResponses", []):
        key = doc["requirement"].get("id") if isinstance(doc.get("requirement"), dict) else None
        given = doc.get("values") or ([doc["value"]] if "value" in doc else [])
        if key and isinstance(given, list):
            found[key] = tuple(_text(one) for one in given)
    return found


def check(criteria: Sequence[Criterion], answers: Answers) -> None:
    """Raise Refused where the core would: one group of each criterion is answered, and whole."""
    if criteria and not answers:
        raise Refused("not_offered", "the tender asks bidders to answer criteria")
    for criterion in criteria:
        begun = [g for g in criterion.groups if any(r.id in answers for r in g.requirements)]
        if len(begun) != 1 or any(r.id not in answers for r in begun[0].requirements):
            raise Refused("incomplete", criterion.title, field="answers")
        for requirement in begun[0].requirements:
            if not _fits(requirement, answers[requirement.id]):
                raise Refused("malformed", requirement.title, field="answers")


def written(criteria: Sequence[Criterion], answers: Answers) -> list[dict[str, Any]]:
    """The answers as the API takes them, in the order of the criteria."""
    return [
        {"requirement": {"id": one.id}} | _value(one, answers[one.id])
        for one in _requirements(criteria)
        if one.id in answers
    ]


def _requirements(criteria: Sequence[Criterion]) -> Iterator[Requirement]:
    for criterion in criteria:
        for group in criterion.groups:
            yield from group.requirements


def _group(doc: Doc) -> RequirementGroup | None:
    rows = [
        one
        for one in doc.get("requirements", [])
        if one.get("id") and one.get("status", "active") == "active"
    ]
    return (
        RequirementGroup(doc.get("description", ""), [_read(one) for one in rows]) if rows else None
    )


def _read(doc: Doc) -> Requirement:
    wanted, choices = doc.get("expectedValue"), doc.get("expectedValues")
    return Requirement(
        id=doc["id"],
        title=doc.get("title", "")[:LONGEST],
        form=FORMS.get(doc.get("dataType"), "other"),
        unit=doc.get("unit", {}).get("name", ""),
        wanted=None if wanted is None else _text(wanted),
        least=_decimal(doc.get("minValue")),
        most=_decimal(doc.get("maxValue")),
        choices=tuple(_text(one) for one in choices) if isinstance(choices, list) else (),
        fewest=_count(doc.get("expectedMinItems")) or 1,
        greatest=_count(doc.get("expectedMaxItems")),
    )


def _fits(requirement: Requirement, given: Sequence[str]) -> bool:
    if not given or any(_json(requirement, one) is None for one in given):
        return False
    if requirement.wanted is not None and not _same(requirement, given):
        return False
    if requirement.choices:
        most = requirement.greatest or len(given)
        known = set(given) <= set(requirement.choices)
        return known and requirement.fewest <= len(set(given)) <= most
    return len(given) == 1 and _within(requirement, given[0])


def _same(requirement: Requirement, given: Sequence[str]) -> bool:
    wanted = _json(requirement, requirement.wanted or "")
    return [_json(requirement, one) for one in given] == [wanted]


def _within(requirement: Requirement, given: str) -> bool:
    if requirement.form not in ("integer", "number"):
        return True
    number, least, most = Decimal(given), requirement.least, requirement.most
    return (least is None or number >= least) and (most is None or number <= most)


def _value(requirement: Requirement, given: Sequence[str]) -> dict[str, Any]:
    values = [_json(requirement, one) for one in given]
    return {"values": values} if requirement.choices else {"value": values[0]}


def _json(requirement: Requirement, given: str) -> Any:
    """What was said in the kind that the requirement takes; None where it is of another."""
    if requirement.form == "boolean":
        return {"true": True, "false": False}.get(given)
    if requirement.form == "string":
        return given.strip() or None
    number = _decimal(given)
    if number is None or requirement.form == "other":
        return None
    if requirement.form == "number":
        return float(number)
    return int(number) if number == number.to_integral_value() else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return format(Decimal(str(value)).normalize(), "f")
    return str(value)


def _decimal(value: Any) -> Decimal | None:
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
