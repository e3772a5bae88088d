"""What people do around a ticket on its page: notes, watching, tags, links, merging, splitting."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError
from sqlalchemy import select

from api import desk
from api.pages import ticket_pages
from api.pages.desk_page import must
from api.pages.session import ASession
from api.reading import Named, one_line
from api.routes import tickets
from crm import access, db
from crm.access import Member
from crm.errors import Conflict, Invalid, NotFound
from crm.models import Ticket

router = APIRouter(prefix="/console/tickets/{ticket_id}", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=320)]
Short = Annotated[str, Form(max_length=320)]


class LinkForm(BaseModel):
    """What a ticket is about, as it was sent."""

    kind: Line = ""
    value: Line = ""
    csrf: Line = ""


class SplitForm(BaseModel):
    conversations: list[Line] = []
    subject: Annotated[str, StringConstraints(max_length=300)] = ""
    queue: Line = ""
    csrf: Line = ""


@router.post("/notes")
def note(
    request: Request,
    session: ASession,
    ticket_id: Named,
    text: Annotated[str, Form(max_length=10_000)] = "",
    csrf: Short = "",
) -> Response:
    """Say something to colleagues; `@` and a name calls one."""
    session.check(csrf)

    def do() -> None:
        tickets.add_note(request, session.member, ticket_id, tickets.NewNote(text=text.strip()))

    return _done(request, session, ticket_id, do, "note", "notes", written=text)


@router.post("/watch")
def watch(
    request: Request, session: ASession, ticket_id: Named, watching: Short = "", csrf: Short = ""
) -> Response:
    """Begin or cease to watch."""
    session.check(csrf)
    how = tickets.Watching(watching=watching == "true")
    return _done(
        request,
        session,
        ticket_id,
        lambda: tickets.watch_ticket(request, session.member, ticket_id, how),
        "conflict",
        "watchers",
    )


@router.post("/tags")
def tag(
    request: Request,
    session: ASession,
    ticket_id: Named,
    tags: Annotated[str, Form(max_length=1000)] = "",
    csrf: Short = "",
) -> Response:
    """The words that the ticket is found by, with commas between them."""
    session.check(csrf)
    words = [word for x in tags.replace("，", ",").split(",") if (word := one_line(x))]

    def do() -> None:
        change = tickets.TicketChange.model_validate({"tags": words})
        tickets.change_ticket(request, session.member, ticket_id, change)

    return _done(request, session, ticket_id, do, "tags", "tags")


@router.post("/links")
def link(
    request: Request, session: ASession, ticket_id: Named, form: Annotated[LinkForm, Form()]
) -> Response:
    """Which tender or organisation it is about."""
    return _linked(request, session, ticket_id, form, tickets.add_link)


@router.post("/unlink")
def unlink(
    request: Request, session: ASession, ticket_id: Named, form: Annotated[LinkForm, Form()]
) -> Response:
    return _linked(request, session, ticket_id, form, tickets.remove_link)


@router.post("/merge")
def merge(
    request: Request, session: ASession, ticket_id: Named, number: Short = "", csrf: Short = ""
) -> Response:
    """This ticket goes on under another one, which is named by its number."""
    session.check(csrf)

    def do() -> None:
        into = _by_number(request, session.member, number)
        tickets.merge_tickets(request, session.member, ticket_id, tickets.MergeWith(into=into))

    return _done(request, session, ticket_id, do, "merge", "apart")


@router.post("/split")
def split(
    request: Request, session: ASession, ticket_id: Named, form: Annotated[SplitForm, Form()]
) -> Response:
    """Some of its conversations get a ticket of their own."""
    session.check(form.csrf)

    def do() -> None:
        if not form.conversations:
            raise Invalid("Choose the conversations.", field="conversations")
        how = tickets.Split.model_validate(
            {
                "conversations": form.conversations,
                "subject": one_line(form.subject) or None,
                "queue": form.queue or None,
            }
        )
        tickets.split_ticket(request, session.member, ticket_id, how)

    return _done(request, session, ticket_id, do, "split", "apart")


@router.post("/undo")
def undo(request: Request, session: ASession, ticket_id: Named, csrf: Short = "") -> Response:
    """Take back the last merge or split."""
    session.check(csrf)
    return _done(
        request,
        session,
        ticket_id,
        lambda: tickets.undo_last(request, session.member, ticket_id),
        "undo",
        "apart",
    )


def _linked(
    request: Request,
    session: ASession,
    ticket_id: str,
    form: LinkForm,
    verb: Callable[[Request, Member, str, tickets.LinkBody], object],
) -> Response:
    session.check(form.csrf)

    def do() -> None:
        said = {"kind": form.kind, "value": form.value}
        verb(request, session.member, ticket_id, tickets.LinkBody.model_validate(said))

    return _done(request, session, ticket_id, do, "link", "links")


def _by_number(request: Request, member: Member, number: str) -> str:
    """The id of a ticket that the member may see. Raises Invalid."""
    with db.reading(desk.of(request).engine) as s:
        sought = Ticket.number == one_line(number).upper()
        found = s.scalar(select(Ticket.id).where(sought, access.tickets_seen_by(member)))
    if found is None:
        raise Invalid("There is no such ticket.", field="number")
    return found


def _done(
    request: Request,
    session: ASession,
    ticket_id: str,
    do: Callable[[], object],
    problem: str,
    part: str,
    written: str = "",
) -> Response:
    """Do it and go back to its part of the page, or show the page with what stood in the way."""
    must(session.member, "ticket.write")
    try:
        do()
    except (ValidationError, Invalid) as error:
        if isinstance(error, Invalid) and "people" in error.details:
            problem = error.details.get("reason", "blind")
        return ticket_pages.show(request, session, ticket_id, problem, 422, written=written)
    except Conflict:
        return ticket_pages.show(request, session, ticket_id, problem, 409, written=written)
    except NotFound:
        # Of a ticket named beside it, or of the ticket itself: then this raises it again.
        return ticket_pages.show(request, session, ticket_id, problem, 404)
    return RedirectResponse(f"/console/tickets/{ticket_id}?done={part}#{part}", 303)
