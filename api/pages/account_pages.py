"""Everybody's own page: password, language of the console, sessions and personal tokens."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints

from api import auth, desk
from api.limits import TooMany
from api.pages import entry
from api.pages.desk_page import desk_page
from api.pages.session import ASession, Session
from api.reading import Named
from crm import counselors, db
from crm.errors import NotFound, Unauthorized
from crm.events import Actor

router = APIRouter(prefix="/console/account", include_in_schema=False)

Secret = Annotated[str, StringConstraints(max_length=1000)]
Short = Annotated[str, Form(max_length=320)]


class Passwords(BaseModel):
    old: Secret
    new: Secret
    again: Secret
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""


@router.get("")
def account(request: Request, session: ASession) -> Response:
    return _account(request, session)


@router.post("/password")
def change_password(
    request: Request, session: ASession, form: Annotated[Passwords, Form()]
) -> Response:
    """A new password for who knows the old one: every other session and every token ends."""
    session.check(form.csrf)
    here, me = desk.of(request), session.member.id
    if form.new != form.again:
        return _account(request, session, "again", 422)
    if len(form.new) < counselors.MIN_PASSWORD:
        return _account(request, session, "password", 422)
    with db.reading(here.engine) as s:
        email = counselors.get(s, me).email
    try:
        auth.count_sign_in(request, email)
        with db.reading(here.engine) as s:  # slow on purpose: no write lock while it hashes
            counselors.by_password(s, email, form.old)
    except TooMany:
        return _account(request, session, "too_many", 429)
    except Unauthorized:
        return _account(request, session, "wrong", 403)
    with db.transaction(here.engine) as s:
        person = counselors.get(s, me)
        counselors.set_password(s, person, form.new, Actor("counselor", me))
    return entry.signed_in(request, me, "/console/account?told=password")


@router.post("/sign-out")
def sign_out_elsewhere(request: Request, session: ASession, csrf: Short = "") -> Response:
    """End every other session of one's own."""
    session.check(csrf)
    me = session.member.id
    with db.transaction(desk.of(request).engine) as s:
        counselors.sign_out_everywhere(s, counselors.get(s, me), Actor("counselor", me))
    return entry.signed_in(request, me, "/console/account?told=sign_out")


@router.post("/tokens")
def revoke_token(
    request: Request, session: ASession, token: Annotated[Named, Form()], csrf: Short = ""
) -> Response:
    """Take back one of one's own tokens; one that is gone already is as good."""
    session.check(csrf)
    try:
        with db.transaction(desk.of(request).engine) as s:
            counselors.revoke_token(s, session.member.id, token)
    except NotFound:
        return RedirectResponse("/console/account", 303)
    return RedirectResponse("/console/account?told=token", 303)


def _account(request: Request, session: Session, problem: str = "", status: int = 200) -> Response:
    with db.reading(desk.of(request).engine) as s:
        person = counselors.get(s, session.member.id)
        tokens = [(counselors.token_id(x), x) for x in counselors.tokens_of(s, person.id)]
    return desk_page(
        request,
        session,
        "console/account.html",
        status,
        person=person,
        tokens=tokens,
        problem=problem,
        told=request.query_params.get("told", ""),
        shortest=counselors.MIN_PASSWORD,
    )
