"""A contact all round: who it is, for whom it acts, and everything it ever brought here."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named, one_line
from api.routes import contacts as routes
from crm import consents, db
from crm.errors import Conflict, Invalid

router = APIRouter(prefix="/console/contacts", include_in_schema=False)

Line = Annotated[str, Form(max_length=320)]
ALIKE = 10


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
) -> Response:
    """One contact; with `q` also others who may be the same person."""
    return _show(request, session, contact_id, q)


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


def _show(
    request: Request,
    session: Session,
    contact_id: str,
    q: str = "",
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    member, text = session.member, one_line(q)
    told = routes.get_contact(request, member, contact_id)
    known = {told.contact.id, *(c.id for c in told.merged)}
    alike = []
    if text:
        found = routes.list_contacts(request, member, text=text, cursor=None, limit=ALIKE)
        alike = [c for c in found.items if c.id not in known]
    with db.reading(desk.of(request).engine) as s:
        said = consents.of(s, contact_id)
    return desk_page(
        request,
        session,
        "console/contact.html",
        status,
        told=told,
        alike=alike,
        consents=said,
        text=text,
        problem=problem,
        done=request.query_params.get("done", ""),
    )
