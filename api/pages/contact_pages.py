"""A contact all round: who it is, for whom it acts, and everything it ever brought here."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from api import desk
from api.pages import promising
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named, one_line
from api.routes import campaigns
from api.routes import contacts as routes
from api.routes import placing as calling
from crm import access, consents, db
from crm.errors import Conflict, Invalid
from routing.calls import placing

router = APIRouter(prefix="/console/contacts", include_in_schema=False)

Line = Annotated[str, Form(max_length=320)]
ALIKE = 10


class CallForm(BaseModel):
    """What a call is to be about, as it was sent; `other` is a number that is not known yet."""

    reason: Annotated[str, StringConstraints(max_length=20)] = "matter"
    about: Annotated[str, StringConstraints(max_length=320)] = ""
    number: Annotated[str, StringConstraints(max_length=40)] = ""
    other: Annotated[str, StringConstraints(max_length=40)] = ""
    ticket: Annotated[str, StringConstraints(max_length=40)] = ""
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""


@router.get("")
def show_all(
    request: Request,
    session: ASession,
    q: Annotated[Named, Query(max_length=200)] = "",
    cursor: Annotated[Named | None, Query(max_length=80)] = None,
) -> Response:
    """Contacts by name, address or account."""
    text = one_line(q)
    found = routes.list_contacts(request, session.member, text=text, cursor=cursor, limit=50)
    return desk_page(
        request,
        session,
        "console/contacts.html",
        contacts=found.items,
        next=found.next,
        text=text,
    )


@router.get("/{contact_id}")
def show(
    request: Request,
    session: ASession,
    contact_id: Named,
    q: Annotated[Named, Query(max_length=200)] = "",
    reason: Annotated[str, Query(max_length=20)] = "matter",
    ticket: Annotated[Named, Query(max_length=40)] = "",
) -> Response:
    """One contact; with `q` also others who may be the same person.

    `reason` and `ticket` are what a call from here would be about.
    """
    asked = CallForm(reason=reason, ticket=ticket)
    return _show(request, session, contact_id, q, asked=asked)


@router.post("/{contact_id}/merge")
def merge(
    request: Request, session: ASession, contact_id: Named, other: Line = "", csrf: Line = ""
) -> Response:
    """The other one is this person too; this row stands for both."""
    session.check(csrf)
    must(session.member, "contact.merge")
    try:
        routes.merge(request, session.member, other, routes.MergeInto(into=contact_id))
    except (Conflict, Invalid):
        return _show(request, session, contact_id, problem="merge", status=409)
    return RedirectResponse(f"/console/contacts/{contact_id}?done=merged", 303)


@router.post("/{contact_id}/undo")
def undo(request: Request, session: ASession, contact_id: Named, csrf: Line = "") -> Response:
    """They were two after all."""
    session.check(csrf)
    must(session.member, "contact.merge")
    try:
        routes.undo(request, session.member, contact_id)
    except Conflict:
        return _show(request, session, contact_id, problem="merge", status=409)
    return RedirectResponse(f"/console/contacts/{contact_id}?done=undone", 303)


@router.post("/{contact_id}/forget-phones")
def forget_phones(
    request: Request, session: ASession, contact_id: Named, csrf: Line = ""
) -> Response:
    """A lost phone proves nobody any more."""
    session.check(csrf)
    must(session.member, "registered_phone.forget")
    routes.forget_phones(request, session.member, contact_id)
    return RedirectResponse(f"/console/contacts/{contact_id}?done=forgotten", 303)


@router.post("/{contact_id}/consents")
def consent(
    request: Request,
    session: ASession,
    contact_id: Named,
    *,
    purpose: Line = "",
    given: Line = "",
    csrf: Line = "",
) -> Response:
    """Note a yes or a no to being reached."""
    session.check(csrf)
    must(session.member, "consent.write")
    try:
        said = campaigns.ConsentIn.model_validate({"purpose": purpose, "given": given})
    except ValidationError:
        return _show(request, session, contact_id, problem="consent", status=422)
    campaigns.put_consent(request, session.member, contact_id, said)
    return RedirectResponse(f"/console/contacts/{contact_id}?done=consent", 303)


@router.post("/{contact_id}/call")
def call(
    request: Request, session: ASession, contact_id: Named, form: Annotated[CallForm, Form()]
) -> Response:
    """Ring yourself and then the contact; the talk opens in the console."""
    session.check(form.csrf)
    must(session.member, "call.control")
    try:
        new = calling.NewCall.model_validate(
            {
                "reason": form.reason,
                "about": form.about,
                "number": form.other.strip() or form.number,
                "ticket": form.ticket or None,
            }
        )
        placed = calling.place_call(request, session.member, contact_id, new)
    except (ValidationError, Invalid):
        return _show(request, session, contact_id, problem="call", status=422, asked=form)
    except Conflict as conflict:
        why = str((conflict.details or {}).get("reason", ""))
        problem = "busy" if why == "busy" else "not_rung"
        return _show(request, session, contact_id, problem=problem, status=409, asked=form)
    return RedirectResponse(f"/console?c={placed.conversation}", 303)


@router.post("/{contact_id}/callback")
def promise(
    request: Request,
    session: ASession,
    contact_id: Named,
    form: Annotated[promising.PromiseForm, Form()],
) -> Response:
    """Promise the contact that they will be rung."""
    session.check(form.csrf)
    problem, status = promising.promise(request, session, contact_id, form)
    if problem:
        return _show(request, session, contact_id, problem=f"call_{problem}", status=status)
    return RedirectResponse("/console/callbacks?done=promised", 303)


def _show(
    request: Request,
    session: Session,
    contact_id: str,
    q: str = "",
    *,
    problem: str = "",
    status: int = 200,
    asked: CallForm | None = None,
) -> Response:
    member, text = session.member, one_line(q)
    told = routes.get_contact(request, member, contact_id)
    known = {told.contact.id, *(c.id for c in told.merged)}
    alike = []
    if text:
        found = routes.list_contacts(request, member, text=text, cursor=None, limit=ALIKE)
        alike = [c for c in found.items if c.id not in known]
    asked = asked or CallForm()
    reason = next((x for x in calling.REASONS if x == asked.reason), calling.REASONS[0])
    calls = access.may(member, "call.control")
    rung = calling.may_call(request, member, contact_id, reason) if calls else None
    with db.reading(desk.of(request).engine) as s:
        said = consents.of(s, contact_id)
        numbers = placing.numbers_of(s, contact_id) if calls else ()
    return desk_page(
        request,
        session,
        "console/contact.html",
        status,
        told=told,
        alike=alike,
        consents=said,
        purposes=consents.PURPOSES,
        numbers=numbers,
        text=text,
        rung=rung,
        reason=reason,
        asked=asked,
        problem=problem,
        done=request.query_params.get("done", ""),
    )
