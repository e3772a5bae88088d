"""What a request's body may hold. A shape cleans a value or says, as the API would, what is wrong.

Shapes know the fields that the sandbox works with; what it only keeps (`kept`) passes unread.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.procurement.sandbox.errors import Several, Trouble

Clean = Callable[[Any], Any]
REQUIRED = ["This field is required."]
TRANSLATED = re.compile(r"_(en|es|ko|ru|uk)$")


class Bad(Exception):
    def __init__(self, description: Any) -> None:
        super().__init__(str(description))
        self.description = description


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise Bad([f"Couldn't interpret '{value}' as string."])
    return value


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Bad([f"Number '{value}' is not a decimal."])
    if value < 0:
        raise Bad(["Float value should be greater than 0."])
    return float(value)


def moment(value: Any) -> str:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Bad([f"Could not parse {value}. Should be ISO8601."]) from None
    written: str = value
    return written


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Bad(["Must be either true or false."])
    return value


def kept(value: Any) -> Any:
    return value


def mapping(value: Any) -> dict[str, Any]:
    """Any fields at all, but a mapping."""
    if not isinstance(value, dict):
        raise Bad(["Please use a mapping for this field."])
    return value


def with_lists(*names: str) -> Clean:
    """A mapping in which these fields, where they are there, are lists of mappings."""

    def clean(value: Any) -> dict[str, Any]:
        whole = mapping(value)
        return whole | {name: many(mapping)(whole[name]) for name in names if name in whole}

    return clean


def one_of(*choices: str) -> Clean:
    def clean(value: Any) -> str:
        if value not in choices:
            raise Bad([f"Value must be one of {list(choices)}."])
        chosen: str = value
        return chosen

    return clean


def many(clean: Clean) -> Clean:
    def cleaned(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Bad(["Please use a list."])
        good, faults = [], []
        for each in value:
            try:
                good.append(clean(each))
            except Bad as bad:
                faults.append(bad.description)
        if faults:
            raise Bad(faults)
        return good

    return cleaned


@dataclass(frozen=True)
class Shape:
    fields: Mapping[str, Clean]
    required: tuple[str, ...] = ()

    def __call__(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Bad(["Please use a mapping for this field."])
        clean, faults = self.sort(value)
        if faults:
            raise Bad(faults)
        return clean

    def sort(self, value: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The clean fields, and what is wrong with the others."""
        clean: dict[str, Any] = {}
        faults: dict[str, Any] = {n: REQUIRED for n in self.required if value.get(n) is None}
        for name, given in value.items():
            known = self.fields.get(name) or self.fields.get(TRANSLATED.sub("", name))
            if known is None:
                faults[name] = "Rogue field"
                continue
            if given is None:
                continue
            try:
                clean[name] = known(given)
            except Bad as bad:
                faults[name] = bad.description
        return clean, faults

    def partly(self) -> "Shape":
        """The same without its required fields, as a PATCH is read."""
        return Shape(self.fields)


def read(shape: Shape, data: Any) -> dict[str, Any]:
    """The clean data of a request; raises the API's 422."""
    if not isinstance(data, dict):
        raise Trouble(422, "body", "data", "Data not available")
    clean, faults = shape.sort(data)
    if faults:
        raise Several(faults)
    return clean


MONEY = Shape(
    {"amount": number, "currency": text, "valueAddedTaxIncluded": flag, "amountNet": number},
    ("amount",),
)
PERIOD = Shape({"startDate": moment, "endDate": moment})
ADDRESS = Shape(
    {
        "streetAddress": text,
        "locality": text,
        "region": text,
        "postalCode": text,
        "countryName": text,
    },
    ("countryName",),
)
IDENTIFIER = Shape({"scheme": text, "id": text, "legalName": text, "uri": text}, ("scheme", "id"))
CONTACT = Shape(
    {
        "name": text,
        "email": text,
        "telephone": text,
        "faxNumber": text,
        "url": text,
        "availableLanguage": text,
    },
    ("name",),
)
SIGNER = Shape(
    {
        "name": text,
        "telephone": text,
        "email": text,
        "iban": text,
        "authorizedBy": text,
        "position": text,
        "basisOf": text,
    },
    ("name", "telephone", "email", "iban", "authorizedBy", "position"),
)
_ORGANISATION: Mapping[str, Clean] = {
    "name": text,
    "identifier": IDENTIFIER,
    "additionalIdentifiers": kept,
    "address": ADDRESS,
    "contactPoint": CONTACT,
    "kind": text,
    "scale": one_of("micro", "sme", "mid", "large", "not specified"),
    "signerInfo": SIGNER,
    "id": text,
}
AUTHOR = Shape(_ORGANISATION, ("name", "identifier", "address", "contactPoint"))
BUYER = Shape(_ORGANISATION, ("name", "identifier", "address", "contactPoint", "kind"))
PLANNER = Shape(_ORGANISATION, ("name", "identifier", "address", "kind"))
TENDERER = Shape(_ORGANISATION, ("name", "identifier", "address", "contactPoint", "scale"))
CLASS = Shape({"scheme": text, "id": text, "description": text, "uri": text}, ("scheme", "id"))
UNIT = Shape({"name": text, "code": text, "value": MONEY})
ITEM = Shape(
    {
        "id": text,
        "description": text,
        "classification": CLASS,
        "additionalClassifications": kept,
        "unit": UNIT,
        "quantity": number,
        "deliveryDate": PERIOD,
        "deliveryAddress": kept,
        "deliveryLocation": kept,
        "relatedLot": text,
        "relatedBuyer": text,
        "attributes": kept,
        "category": text,
        "profile": text,
    },
    ("description",),
)
DOCUMENT = Shape(
    {
        "id": text,
        "title": text,
        "description": text,
        "url": text,
        "hash": text,
        "format": text,
        "documentType": text,
        "documentOf": text,
        "relatedItem": text,
        "confidentiality": text,
        "confidentialityRationale": text,
        "language": text,
    },
    ("title", "url", "hash", "format"),
)
