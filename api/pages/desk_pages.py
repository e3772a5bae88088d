"""The console: one long-lived page with its parts, and the ordinary pages beside it."""

from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import StringConstraints

from api import desk
from api.pages import console
from api.pages import help as help_centre
from api.pages.console import Wanted
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession
from api.reading import Named, one_line
from api.routes.tickets import Priority, Status
from crm import (
    access,
    conversations,
    counselors,
    db,
)
from crm.settings import QUEUES
from knowledge.port import Language
from routing.workforce.protection import KINDS

router = APIRouter(prefix="/console", include_in_schema=False)

Short = Annotated[str, Form(max_length=320)]
PRIORITIES: tuple[str, ...] = get_args(Priority)
STATUSES: tuple[str, ...] = get_args(Status)
Line = Annotated[str, StringConstraints(max_length=320)]


def wanted(
    q: Annotated[Named, Query(max_length=200)] = "",
    queue: Annotated[Named, Query(max_length=40)] = "",
) -> Wanted:
    """What the lists are narrowed to, from the address; an unknown queue narrows nothing."""
    return Wanted(one_line(q), queue if queue in QUEUES else "")


AWanted = Annotated[Wanted, Depends(wanted)]


@router.get("")
def home(request: Request, session: ASession, wanted: AWanted, c: str | None = None) -> Response:
    """The whole console. The scripts ask for a conversation and for whatever comes after `last`."""
    member = session.member
    with db.reading(desk.of(request).engine) as s:
        # Noted before anything is read: what happens in between is told again, not missed.
        last = console.newest_event(s)
        reads = access.may(member, "conversation.read")
        lists = console.lists(s, member, wanted) if reads else None
        names = counselors.names(s) if lists else {}
    return desk_page(
        request,
        session,
        "console.html",
        lists=lists,
        last=last,
        opened=c or "",
        names=names,
        wanted=wanted,
        queues=QUEUES,
        codes=conversations.WRAP_CODES,
        abuse_kinds=KINDS,
        priorities=PRIORITIES,
        max_characters=desk.of(request).settings.max_characters,
        max_file_bytes=desk.of(request).settings.max_file_bytes,
        soft_phone=desk.of(request).settings.phone.rings_browsers,
    )


@router.get("/lists")
def lists(request: Request, session: ASession, wanted: AWanted) -> Response:
    """The left side anew, for the page that is open."""
    must(session.member, "conversation.read")
    with db.reading(desk.of(request).engine) as s:
        found = console.lists(s, session.member, wanted)
    return desk_page(
        request, session, "console/lists.html", lists=found, wanted=wanted, queues=QUEUES
    )


@router.get("/talks/{conversation_id}")
def talk(request: Request, session: ASession, conversation_id: Named) -> Response:
    """Heading and right side of one conversation; its thread comes from the API."""
    must(session.member, "conversation.read")
    with db.reading(desk.of(request).engine) as s:
        zone = desk.of(request).settings.hours.zone
        opened = console.opened(s, session.member, conversation_id, zone)
    return desk_page(request, session, "console/talk.html", opened=opened, statuses=STATUSES)


@router.get("/articles/{language}/{article}")
def article(
    request: Request,
    session: ASession,
    language: Language,
    article: Named,
    v: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """An article, or one of its versions, for the pane beside the talk."""
    must(session.member, "article.read")
    with db.reading(desk.of(request).engine) as s:
        reading = help_centre.reading(s, language, article, v)
    return desk_page(request, session, "console/article.html", reading=reading, spoken=language)


@router.post("/language")
def choose_language(
    request: Request,
    session: ASession,
    language: Annotated[Language, Form()],
    csrf: Short = "",
    back: Annotated[str, Form(max_length=2000)] = "/console",
) -> Response:
    """The language of the member's own console."""
    session.check(csrf)
    with db.transaction(desk.of(request).engine) as s:
        counselors.use_interface(s, session.member.id, language)
    inside = back if back.startswith("/console") else "/console"
    return RedirectResponse(inside, 303)
