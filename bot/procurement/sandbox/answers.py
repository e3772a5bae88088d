"""What a bid says to the tender's criteria: kept with what it answers, checked when handed in."""

from collections.abc import Iterator
from typing import Any

from bot.procurement.sandbox import shapes
from bot.procurement.sandbox.core import new_id
from bot.procurement.sandbox.errors import wrong
from bot.procurement.sandbox.shapes import Shape, kept, many, text
from bot.procurement.sandbox.store import Doc

ANSWER = Shape(
    {
        "id": text,
        "requirement": Shape({"id": text, "title": text}, ("id",)),
        "value": kept,
        "values": many(kept),
        "title": text,
        "description": text,
        "evidences": kept,
        "unit": shapes.mapping,
        "classification": shapes.mapping,
        "dataSchema": text,
    },
    ("requirement",),
)
BIDDERS = frozenset({"tenderer", "winner"})
NAME = "requirementResponses"
FAILED = "failed for criteria"


def named(bid: Doc, tender: Doc) -> None:
    """Each answer with its id, and with the name, unit and class of what it answers."""
    known = {one["id"]: (one, criterion) for one, criterion in _requirements(tender)}
    for answer in bid.get(NAME, []):
        answer.setdefault("id", new_id())
        requirement, criterion = known.get(answer["requirement"]["id"], ({}, {}))
        if "title" in requirement:
            answer["requirement"]["title"] = requirement["title"]
        answer |= {n: requirement[n] for n in ("unit", "dataSchema") if n in requirement}
        answer |= {n: criterion[n] for n in ("classification",) if n in criterion}


def check(bid: Doc, tender: Doc) -> None:
    """As the core does when a bid is handed in; a draft may say anything."""
    answers = {answer["requirement"]["id"]: answer for answer in bid.get(NAME, [])}
    if len(answers) < len(bid.get(NAME, [])):
        raise wrong(NAME, [{"requirement": "Requirement id should be uniq for all requirement "
                            "responses"}])  # fmt: skip
    asked = {one["id"]: one for one, criterion in _requirements(tender) if _of_bidders(criterion)}
    for key, answer in answers.items():
        if key not in asked:
            words = "Requirement should be one of criteria requirements"
            raise wrong(NAME, [{"requirement": [words]}])
        _match(asked[key], answer)
    _check_coverage(bid, tender, set(answers))


def _check_coverage(bid: Doc, tender: Doc, answered: set[str]) -> None:
    """Every criterion of the lots bid for is answered by one of its groups, and that one whole."""
    none, several, parts = [], [], []
    for criterion in tender.get("criteria", []):
        if not _of_bidders(criterion) or not _concerns(criterion, bid, tender):
            continue
        groups = [{r["id"] for r in g["requirements"]} for g in criterion["requirementGroups"]]
        if not any(groups):
            continue
        begun = [group for group in groups if group & answered]
        none += [] if begun else [criterion["id"]]
        several += [criterion["id"]] if len(begun) > 1 else []
        parts += [criterion["id"]] if begun and begun[0] - answered else []
    for failed, words in (
        (none, "Responses are required for all criteria with source tenderer/winner"),
        (several, "Responses are allowed for only one group of requirements per criterion"),
        (parts, "Responses are required for all requirements in a requirement group"),
    ):
        if failed:
            raise wrong(NAME, [f"{words}, {FAILED} {', '.join(failed)}"])


def _concerns(criterion: Doc, bid: Doc, tender: Doc) -> bool:
    about, lot = criterion.get("relatedItem"), None
    if criterion.get("relatesTo") == "lot":
        lot = about
    if criterion.get("relatesTo") == "item":
        lot = next((i.get("relatedLot") for i in tender["items"] if i["id"] == about), None)
    return lot is None or lot in {value.get("relatedLot") for value in bid.get("lotValues", [])}


def _match(requirement: Doc, answer: Doc) -> None:
    value, values = answer.get("value"), answer.get("values")
    if value is None and not values:
        raise _fault('Response required at least one of field ["value", "values"]')
    if value is not None and values:
        raise _fault("Field 'value' conflicts with 'values'")
    given = [value] if value is not None else values
    assert given is not None  # noqa: S101 - narrows the type
    key = requirement["id"]
    for one in given:
        if not _is_a(requirement.get("dataType"), one):
            raise _fault(f"Value '{one}' is not of type {requirement.get('dataType')}")
        _match_one(requirement, one)
    fewest, most = (_limit(requirement, f"expected{end}Items") for end in ("Min", "Max"))
    if fewest is not None and len(given) < fewest:
        raise _fault(f"Count of items lower then minimal required {fewest} in requirement {key}")
    if most is not None and len(given) > most:
        raise _fault(f"Count of items higher then maximum required {most} in requirement {key}")
    known = requirement.get("expectedValues")
    if isinstance(known, list) and known and any(one not in known for one in given):
        raise _fault(f"Values are not in requirement {key}")


def _match_one(requirement: Doc, value: Any) -> None:
    key, wanted = requirement["id"], requirement.get("expectedValue")
    number = requirement.get("dataType") in ("integer", "number")
    least, most = (
        _limit(requirement, name) if number else None for name in ("minValue", "maxValue")
    )
    if wanted is not None and value != wanted:
        raise _fault(f'Value "{value}" does not match expected value "{wanted}" '
                     f"in requirement {key}")  # fmt: skip
    if least is not None and value < least:
        raise _fault(f"Value {value} is lower then minimal required {least} in requirement {key}")
    if most is not None and value > most:
        raise _fault(f"Value {value} is higher then required {most} in requirement {key}")


def _limit(requirement: Doc, name: str) -> float | None:
    """A limit that the requirement sets; none where it holds no number."""
    value = requirement.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _is_a(form: Any, value: Any) -> bool:
    if isinstance(value, bool) or form == "boolean":
        return isinstance(value, bool) and form == "boolean"
    if form == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, int | float) if form == "number" else isinstance(value, str)


def _fault(words: str) -> Exception:
    return wrong(NAME, [words])


def _requirements(tender: Doc) -> Iterator[tuple[Doc, Doc]]:
    for criterion in tender.get("criteria", []):
        for group in criterion["requirementGroups"]:
            for requirement in group["requirements"]:
                yield requirement, criterion


def _of_bidders(criterion: Doc) -> bool:
    return criterion.get("source", "tenderer") in BIDDERS
