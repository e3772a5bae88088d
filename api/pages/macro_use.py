"""Macros on a ticket's page, and the preview that the console's talk shows too."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from api import desk
from api.pages import ticket_pages
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession
from api.reading import Named
from api.routes import macros as routes
from crm import access, counselors, db
from crm.errors import Conflict, EqualInformation, NotFound
from crm.models import Ticket
from routing import macros as work

router = APIRouter(prefix="/console/tickets/{ticket_id}/macros", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=320)]


class ApplyForm(BaseModel):
    macro: Line
    client_id: Line
    seen: Line = ""
    csrf: Line = ""


@router.get("/{macro_id}")
def preview(
    request: Request,
    session: ASession,
    ticket_id: Named,
    macro_id: Named,
    c: Annotated[Named | None, Query(max_length=24)] = None,
) -> Response:
    """What a macro would do, for the dialog in the console's talk `c`."""
    must(session.member, "ticket.write")
    with db.reading(desk.of(request).engine) as s:
        ticket = access.must_read_ticket(session.member, s.get(Ticket, ticket_id))
        plan = work.preview(s, session.member, ticket, macro_id, c)
        names = counselors.names(s)
    return desk_page(request, session, "console/macro_preview.html", plan=plan, names=names)


@router.post("")
def apply(
    request: Request, session: ASession, ticket_id: Named, form: Annotated[ApplyForm, Form()]
) -> Response:
    """Do what was looked at; what cannot be is said, and nothing is changed."""
    session.check(form.csrf)
    try:
        seen = datetime.fromisoformat(form.seen) if form.seen else None
        how = routes.Applying(client_id=form.client_id, seen=seen)
        routes.apply_macro(request, session.member, ticket_id, form.macro, how)
    except (ValueError, ValidationError):
        return ticket_pages.show(request, session, ticket_id, "macro", 422, macro=form.macro)
    except (Conflict, EqualInformation):
        return ticket_pages.show(request, session, ticket_id, "macro", 409, macro=form.macro)
    except NotFound:
        # Of the macro, or of the ticket itself: then this raises it again.
        return ticket_pages.show(request, session, ticket_id, "macro", 404)
    return _after(request, session, ticket_id)


@router.post("/undo")
def undo(
    request: Request,
    session: ASession,
    ticket_id: Named,
    macro: Annotated[str, Form(max_length=40)],
    csrf: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    session.check(csrf)
    try:
        routes.undo_macro(request, session.member, ticket_id, macro)
    except Conflict:
        return ticket_pages.show(request, session, ticket_id, "macro_undo", 409)
    return _after(request, session, ticket_id)


def _after(request: Request, session: ASession, ticket_id: str) -> Response:
    """Back to the ticket, or to the others where it went out of one's sight."""
    with db.reading(desk.of(request).engine) as s:
        ticket = s.get_one(Ticket, ticket_id)
        if not access.may_read_ticket(session.member, ticket):
            return RedirectResponse(f"/console/tickets?changed={ticket.number}", 303)
    return RedirectResponse(f"/console/tickets/{ticket_id}#macros", 303)
