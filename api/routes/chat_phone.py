"""A proven contact's own phone: the number and the PIN by which they are known when they call."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, StringConstraints

from api import desk
from api.auth import AGuest
from api.errors import TOLD
from crm import db, registered_phones
from crm.errors import Invalid
from crm.events import Actor
from crm.models import Contact
from routing.channels.phone import numbers

router = APIRouter(prefix="/api/v1/chat", tags=["Web chat"], responses=TOLD)


class OwnPhone(BaseModel):
    number: Annotated[str, StringConstraints(max_length=40)]
    pin: Annotated[str, StringConstraints(max_length=20)]


class RegisteredView(BaseModel):
    number: str


class OwnNumber(RegisteredView):
    """`locked` is true for an hour after too many wrong PINs; a new PIN opens it."""

    locked: bool


class OwnPhones(BaseModel):
    """`proven` says whether the portal vouches for this person, who alone can register a phone."""

    proven: bool
    phones: list[OwnNumber]


@router.get("/phone")
def registered(request: Request, guest: AGuest) -> OwnPhones:
    """The numbers by which you are known on the telephone."""
    with db.reading(desk.of(request).engine) as s:
        contact = s.get_one(Contact, guest.contact_id)
        own = registered_phones.of_contacts(s, [contact.id]) if contact.proven else []
        phones = [OwnNumber(number=p.number, locked=registered_phones.is_locked(p)) for p in own]
        return OwnPhones(proven=contact.proven, phones=phones)


@router.put("/phone")
def register(request: Request, guest: AGuest, own: OwnPhone) -> RegisteredView:
    """Register the number, or give it another PIN; only for whom the portal vouches."""
    here = desk.of(request)
    region = numbers.region_of(here.settings.phone.number)
    number = numbers.normal(own.number, region)
    if number is None:
        raise Invalid("This is not a phone number.", field="number")
    key = here.settings.secret
    with db.transaction(here.engine) as s:
        contact = s.get_one(Contact, guest.contact_id)
        registered_phones.register(s, contact, number, own.pin, key=key)
    return RegisteredView(number=number)


@router.delete("/phone", status_code=204)
def forget(request: Request, guest: AGuest) -> None:
    """Forget every number of this person: nobody is known by it any more."""
    with db.transaction(desk.of(request).engine) as s:
        actor = Actor("contact", guest.contact_id)
        registered_phones.forget(s, [guest.contact_id], actor=actor)
