"""What the member is told of, and how many of it are new."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession
from api.reading import Named
from api.routes import notifications as routes
from crm import counselors, db

router = APIRouter(prefix="/console/notifications", include_in_schema=False)

Csrf = Annotated[str, Form(max_length=320)]


@router.get("")
def show(request: Request, session: ASession) -> Response:
    """The unread first; each leads to where it happened."""
    told = routes.list_notifications(request, session.member)
    with db.reading(desk.of(request).engine) as s:
        names = counselors.names(s)
    return desk_page(request, session, "console/notifications.html", told=told, names=names)


@router.get("/count")
def count(request: Request, session: ASession) -> Response:
    """The door in the header anew, for a page that stays open."""
    must(session.member, "ticket.read")
    return desk_page(request, session, "parts/notifications_door.html")


@router.post("/read")
def read_all(request: Request, session: ASession, csrf: Csrf = "") -> Response:
    session.check(csrf)
    routes.read_all(request, session.member)
    return RedirectResponse("/console/notifications", 303)


@router.post("/{notification_id}/read")
def read_one(
    request: Request, session: ASession, notification_id: Named, csrf: Csrf = ""
) -> Response:
    session.check(csrf)
    routes.read_one(request, session.member, notification_id)
    return RedirectResponse("/console/notifications", 303)
