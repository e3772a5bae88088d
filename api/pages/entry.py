"""Coming in and going out: the first admin, signing in, signing out."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from api import auth, desk
from api.limits import TooMany
from api.pages import forms
from api.pages import language as languages
from api.pages.render import page
from api.pages.session import ASession
from api.reading import Plain
from crm import counselors, db
from crm.errors import Conflict, DeskError, Invalid
from crm.models import Counselor
from crm.settings import Settings

router = APIRouter(include_in_schema=False)

Short = Annotated[str, Plain, Form(max_length=320)]
Password = Annotated[str, Form(max_length=1000)]
HOME = "/console"


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = HOME) -> Response:  # noqa: A002 - the word in the address
    if _is_empty(request):
        return RedirectResponse("/setup", 303)
    return _sign_in_page(request, next)


@router.post("/sign-in")
def sign_in(
    request: Request,
    email: Short = "",
    password: Password = "",
    csrf: Short = "",
    next: Annotated[str, Form(max_length=2000)] = HOME,  # noqa: A002 - the word in the form
) -> Response:
    """Check the password and hand out the session cookie."""
    here = desk.of(request)
    forms.check(request, csrf)
    try:
        auth.count_sign_in(request, email)
        with db.reading(here.engine) as s:  # slow on purpose: no write lock while it hashes
            counselor = counselors.by_password(s, email, password)
    except TooMany:
        return _sign_in_page(request, next, email, "too_many", 429)
    except DeskError:
        return _sign_in_page(request, next, email, "wrong", 403)
    return signed_in(request, counselor.id, _inside(next))


@router.post("/sign-out")
def sign_out(request: Request, session: ASession, csrf: Short = "") -> Response:
    session.check(csrf)
    with db.transaction(desk.of(request).engine) as s:
        counselors.sign_out(s, request.cookies[auth.COOKIE])
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(auth.COOKIE)
    return response


@router.get("/setup")
def setup_page(request: Request) -> Response:
    return _setup_page(request) if _is_empty(request) else RedirectResponse("/sign-in", 303)


@router.post("/setup")
def setup(
    request: Request,
    code: Short = "",
    name: Short = "",
    email: Short = "",
    password: Password = "",
    csrf: Short = "",
) -> Response:
    """Sign up the first admin: whoever can read the one-time code on the server.

    Fields that were left empty are told of on the page, as all else that is wrong.
    """
    here = desk.of(request)
    forms.check(request, csrf)
    if not _is_empty(request):  # somebody was quicker, perhaps in another tab
        return RedirectResponse("/sign-in", 303)
    kept = {"name": name, "email": email}
    try:
        here.limiter.count("sign_ins_per_account", "/setup")
    except TooMany:
        return _setup_page(request, kept, "too_many", 429)
    if not _right_code(here.settings, code):
        return _setup_page(request, kept, "code", 403)
    if "@" not in email or not name.strip():
        return _setup_page(request, kept, "incomplete", 422)
    try:
        admin = _first_admin(request, email, name.strip(), password)
    except Invalid:
        return _setup_page(request, kept, "password", 422)
    code_file(here.settings).unlink(missing_ok=True)
    return signed_in(request, admin, "/console/people")


def code_file(settings: Settings) -> Path:
    return settings.data / "setup-code"


def _right_code(settings: Settings, code: str) -> bool:
    try:
        kept = code_file(settings).read_text().strip()
    except OSError:
        return False
    return bool(kept) and forms.same(kept, code.strip())


def _first_admin(request: Request, email: str, name: str, password: str) -> str:
    speaks = languages.of_guest(request)
    with db.transaction(desk.of(request).engine) as s:
        if not counselors.none_yet(s):
            raise Conflict("The desk has its first admin already.")
        return counselors.sign_up(
            s,
            email=email,
            name=name,
            password=password,
            role="admin",
            languages=[speaks],
            queues=[],
            interface=speaks,
        ).id


def _is_empty(request: Request) -> bool:
    """Whether nobody is signed up yet."""
    with db.reading(desk.of(request).engine) as s:
        return counselors.none_yet(s)


def signed_in(request: Request, counselor_id: str, where: str) -> Response:
    with db.transaction(desk.of(request).engine) as s:
        secret, _ = counselors.sign_in(s, s.get_one(Counselor, counselor_id))
    response = RedirectResponse(where, 303)
    response.set_cookie(
        auth.COOKIE,
        secret,
        max_age=int(counselors.SIGN_IN_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=forms.secure(request),
    )
    return response


def _inside(where: str) -> str:
    """Only back into the console: an address from outside could lead anywhere."""
    return where if where == HOME or where.startswith((f"{HOME}/", f"{HOME}?")) else HOME


def _sign_in_page(
    request: Request, where: str, email: str = "", problem: str = "", status: int = 200
) -> Response:
    return _form_page(
        request, "sign_in.html", status, next=_inside(where), email=email, problem=problem
    )


def _setup_page(
    request: Request, kept: dict[str, str] | None = None, problem: str = "", status: int = 200
) -> Response:
    return _form_page(request, "setup.html", status, kept=kept or {}, problem=problem)


def _form_page(request: Request, template: str, status: int, **fields: Any) -> Response:
    token = forms.token(request)
    response = page(request, template, status=status, private=True, csrf=token, **fields)
    forms.keep(request, response, token)
    return response
