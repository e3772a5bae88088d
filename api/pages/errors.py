"""Errors for people: a browser that asks for a page gets a page; programs keep their JSON."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from api.errors import STATUS
from api.pages.render import page
from api.security import POLICY
from crm.errors import DeskError

Handler = Callable[[Request, Exception], Response | Awaitable[Response]]

PROGRAMS = ("/api/", "/hooks/", "/static/")
SPOKEN = frozenset({400, 403, 404, 405, 409, 422, 429, 500})


def install(app: FastAPI) -> None:
    """Put pages before the handlers that are there already."""
    kinds: tuple[type[Exception], ...] = (
        DeskError, RequestValidationError, HTTPException, Exception
    )  # fmt: skip
    for kind in kinds:
        app.add_exception_handler(kind, _for_people(app.exception_handlers[kind]))


def wants_page(request: Request) -> bool:
    accepts = request.headers.get("accept", "")
    return "text/html" in accepts and not request.url.path.startswith(PROGRAMS)


def _for_people(programs: Handler) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        answer = programs(request, error)
        response = answer if isinstance(answer, Response) else await answer
        return _shown(request, response) if wants_page(request) else response

    return handle


def _shown(request: Request, told: Response) -> Response:
    if told.status_code == STATUS_SIGN_IN:
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(back)}", 303)
    status = told.status_code if told.status_code in SPOKEN else 400
    shown = page(request, "error.html", status=told.status_code, code=str(status))
    # A crash is answered outside the shield, which adds this everywhere else.
    shown.headers["Content-Security-Policy"] = POLICY.format(ancestors="'none'")
    if "retry-after" in told.headers:
        shown.headers["Retry-After"] = told.headers["retry-after"]
    return shown


STATUS_SIGN_IN = next(code for kind, code in STATUS.items() if kind.code == "unauthorized")
