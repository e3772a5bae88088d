"""What every act works with: the link, the reader, and the checks that acts share."""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from bot.procurement.openprocurement.link import Link, same_file
from bot.procurement.openprocurement.profile import Profile
from bot.procurement.openprocurement.reading import Doc, Reader, money
from bot.procurement.port import (
    VALUES,
    Action,
    Attachment,
    Credential,
    Found,
    Keep,
    Money,
    Party,
    Preview,
    Receipt,
    Refused,
    Tender,
    Unknown,
    Unreachable,
)

log = logging.getLogger(__name__)

GRAIN = timedelta(seconds=2)
SIGNED = "application/pkcs7-signature"
ABSENT = Found("absent")
UNSURE = Found("unsure")
UNREAD = "the answer cannot be read"
CredentialKind = Literal["tender", "bid", "contract", "complaint", "plan"]


@dataclass(frozen=True, slots=True)
class Access:
    link: Link
    reader: Reader
    profile: Profile

    def data(self, path: str, credential: Credential | None = None) -> Doc:
        """One object of the core."""
        return _object(self.link.read(path, credential), Unreachable)

    def rows(self, path: str) -> list[Doc]:
        """All objects of a list."""
        body = self.link.read(path)
        listed = body.get("data") if isinstance(body, dict) else None
        if not isinstance(listed, list):
            raise Unreachable(UNREAD)
        return listed

    def tender(self, action: Action) -> tuple[Doc, Doc]:
        """The tender that an act is about, and its config."""
        if not action.tender:
            raise Refused("incomplete", field="tender")
        body = self.link.read(f"/tenders/{action.tender}")
        return _object(body, Unreachable), body.get("config", {})

    def contract(self, action: Action) -> Doc:
        return self.data(f"/contracts/{target(action)}")

    def create(
        self, path: str, data: Doc, credential: Credential | None = None, **beside: Any
    ) -> tuple[Doc, str | None]:
        """A new object and its owner token, if the core gave one."""
        body = self.link.write("POST", path, data, credential, **beside)
        return _object(body, Unknown), body.get("access", {}).get("token")

    def create_owned(
        self, kind: CredentialKind, path: str, data: Doc, **beside: Any
    ) -> Credential:  # fmt: skip
        """A new draft that is of use only with its owner token; without one it stays a draft."""
        doc, token = self.create(path, data, **beside)
        if token is None:
            log.warning("the core gave no owner token with a new %s", kind)
            raise Refused("refused")
        return Credential(kind, doc["id"], token)

    def change(self, path: str, data: Doc, credential: Credential | None) -> Doc:
        """The object after a PATCH; the API answers null to one that changes nothing."""
        body = self.link.write("PATCH", path, data, credential)
        if isinstance(body, dict) and isinstance(body.get("data"), dict):
            return _object(body, Unknown)
        try:
            return self.data(path, credential)
        except Unreachable as error:  # it stands so, only we cannot see it
            raise Unknown(str(error), late=False) from None

    def must_be_open(self, begins: datetime | None, ends: datetime | None) -> None:
        """The core's clock must stand inside a period; an end that is not named does not bind.

        It is known to the second only, so the core itself decides what is nearer than that.
        """
        now = self.link.now()
        if begins and now + GRAIN < begins:
            raise Refused("too_early", moment=begins)
        if ends and now >= ends:
            raise Refused("closed", moment=ends)

    def over(self, tender: Tender, ends: datetime | None) -> Refused:
        """Why a tender takes no more: its time is up, or it is cancelled or past that stage."""
        if ends is None or ends <= self.link.now():
            return Refused("closed", moment=ends)
        return Refused("wrong_state", tender.status, field="tender")

    def hand_in(
        self,
        path: str,
        files: Sequence[Attachment],
        credential: Credential | None,
        *,
        signed_as: str,
        beside: Sequence[Doc] = (),
    ) -> None:
        """Upload files and name them at `path`, each once; a signed one is of kind `signed_as`."""
        for file in files:
            if same_file(file, [dict(one) for one in beside]):
                continue
            document = self.link.upload(file)
            if file.media_type == SIGNED:
                document["documentType"] = signed_as
            self.link.write("POST", f"{path}/documents", document, credential)


@dataclass(frozen=True, slots=True)
class Doing:
    """One perform: the act, checked again just now, with what is needed to do it."""

    preview: Preview
    credential: Credential | None
    key: str
    files: Sequence[Attachment]
    keep: Keep | None

    @property
    def action(self) -> Action:
        return self.preview.action

    def kept(self, credential: Credential) -> Credential:
        """The owner token of a new object, handed over before anything else is sent."""
        if self.keep:
            self.keep(credential)
        return credential


Prepare = Callable[[Access, Action, Credential | None], Preview]
Perform = Callable[[Access, Doing], Receipt]
Match = Callable[[Access, Action, Credential | None, str, datetime], Found]


@dataclass(frozen=True, slots=True)
class Act:
    prepare: Prepare
    perform: Perform
    match: Match


def _object(body: Any, unread: type[Unknown | Unreachable]) -> Doc:
    doc = body.get("data") if isinstance(body, dict) else None
    if not isinstance(doc, dict) or "id" not in doc:
        raise unread(UNREAD)
    return doc


def target(action: Action) -> str:
    if not action.target:
        raise Refused("incomplete", field="target")
    return action.target


def must_have(action: Action) -> None:
    """Every value that the kind needs is there, and none is empty."""
    for name in VALUES[action.kind][0]:
        value = action.values.get(name)
        if value is None or not str(value).strip():
            raise Refused("incomplete", field=name)


def must_hold(credential: Credential | None) -> Credential:
    if credential is None:
        raise Refused("forbidden", "no owner token of this object is kept here")
    return credential


def text(action: Action, name: str, most: int = 10_000) -> str:
    value = str(action.values.get(name) or "").strip()
    if len(value) > most:
        raise Refused("malformed", field=name)
    return value


def amount(action: Action, currency: str, name: str = "amount") -> Money:
    """An amount of the act, in a currency that the tender allows."""
    try:
        value = Decimal(str(action.values[name]))
    except (KeyError, InvalidOperation):
        raise Refused("malformed", field=name) from None
    if not value.is_finite() or value <= 0 or value >= 10**15:
        raise Refused("malformed", field=name)
    said = action.values.get("currency") or currency
    if said != currency:
        allowed = Money(value, currency)
        raise Refused("other_currency", field=name, limit=allowed)
    return Money(value, currency)


def moment(action: Action, name: str) -> datetime:
    try:
        read = datetime.fromisoformat(str(action.values[name]))
    except (KeyError, ValueError):
        raise Refused("malformed", field=name) from None
    if read.tzinfo is None:
        raise Refused("malformed", "a moment needs its zone", field=name)
    return read


def organisation(party: Party, profile: Profile) -> dict[str, Any]:
    """A party as the API writes one."""
    address = {
        "countryName": party.country or profile.country,
        "region": party.region,
        "locality": party.locality,
        "streetAddress": party.street,
        "postalCode": party.postal_code,
    }
    contact = {"name": party.person or party.name, "email": party.email, "telephone": party.phone}
    return {
        "name": party.name,
        "identifier": {
            "scheme": party.scheme or profile.identifier_scheme,
            "id": party.id or party.name,
            "legalName": party.name,
        },
        "address": _filled(address),
        "contactPoint": _filled(contact),
    }


def signer(action: Action) -> dict[str, str]:
    """Who signs, for a contract."""
    party = action.party
    return {
        "name": party.person or party.name,
        "email": party.email,
        "telephone": party.phone,
        "position": text(action, "position"),
        "authorizedBy": text(action, "authority"),
        "iban": text(action, "account"),
    }


def limit_of(tender: Doc, lot: str | None = None) -> Money | None:
    """The highest amount that may be bid."""
    for one in tender.get("lots", []):
        if lot is None or one["id"] == lot:
            return money(one.get("value"))
    return money(tender.get("value"))


def quotable(tender: Tender | None, letter: str, key: str) -> str:
    """A number to quote and to read out for what the core names by an id of 32 signs alone.

    The tender's number, a letter for the kind of object, and six digits made of its id.
    """
    short = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % 10**6
    name = f"{letter}{short:06d}"
    return f"{tender.number}-{name}" if tender and tender.number else name


def marked(rows: Sequence[Doc], sign: str, *names: str) -> list[Doc]:
    """Rows whose text carries the sign of an act."""
    return [row for row in rows if any(sign in str(row.get(name, "")) for name in names)]


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}
