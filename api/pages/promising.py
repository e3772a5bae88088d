"""The form by which a call-back is promised, on a ticket's and on a contact's page."""

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, StringConstraints, ValidationError

from api.pages.session import Session
from api.routes import waiting
from crm.errors import Conflict, Invalid

Line = Annotated[str, StringConstraints(max_length=320)]
WHY = (
    "do_not_contact",
    "suspended",
    "promised",
    "with_counselor",
    "on_the_line",
    "quiet_hours",
    "closed",
)


class PromiseForm(BaseModel):
    """`at` is by the desk's clock; empty is as soon as the turn comes."""

    number: Annotated[str, StringConstraints(max_length=40)] = ""
    at: Line = ""
    about: Line = ""
    who: Line = "anyone"
    csrf: Line = ""


def promise(
    request: Request,
    session: Session,
    contact_id: str,
    form: PromiseForm,
    ticket: str | None = None,
) -> tuple[str, int]:
    """Make the promise; returns the problem and its status, or an empty word and 303."""
    try:
        new = waiting.ContactCallBack.model_validate(
            {
                "number": form.number,
                "local": form.at or None,
                "about": form.about,
                "mine": form.who == "me",
                "ticket": ticket,
            }
        )
        waiting.promise_contact(request, session.member, contact_id, new)
    except ValidationError as error:
        return str(error.errors()[0]["loc"][0]).replace("local", "at"), 422
    except Conflict as conflict:
        return _known(str(conflict.details.get("reason")), "promised"), 409
    except Invalid as invalid:
        told = str(invalid.details.get("reason") or invalid.details["field"])
        return _known(told, "number" if told == "number" else "at"), 422
    return "", 303


def _known(why: str, otherwise: str) -> str:
    return why if why in WHY else otherwise
