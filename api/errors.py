"""Every error has one shape: {"error": {"code", "message", "details"?}}."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api import desk
from api.limits import TooMany
from crm import db, walls
from crm.errors import (
    Conflict,
    DeskError,
    EqualInformation,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unauthorized,
    Walled,
)
from crm.events import Actor

log = logging.getLogger(__name__)


STATUS: dict[type[DeskError], int] = {
    Invalid: 422,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Walled: 404,
    Conflict: 409,
    EqualInformation: 409,
    TooLarge: 413,
    TooMany: 429,
}
CODES = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
}


class Problem(BaseModel):
    code: str
    message: str
    details: Any | None = None


class ErrorView(BaseModel):
    """What every answer that is not a success holds."""

    error: Problem


# The schema tells what is sent, not what the framework would have sent.
TOLD: dict[int | str, dict[str, Any]] = {"default": {"model": ErrorView}}


def install(app: FastAPI) -> None:
    app.add_exception_handler(DeskError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _crashed)


def body(code: str, message: str, details: object = None) -> dict[str, object]:
    error: dict[str, object] = {"code": code, "message": message}
    if details:
        error["details"] = details
    return {"error": error}


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DeskError)  # noqa: S101 - registered for this class alone
    if isinstance(error, Walled):
        await run_in_threadpool(_note_try, request, error)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else None
    return JSONResponse(
        body(error.code, error.message, error.details),
        status_code=STATUS.get(type(error), 400),
        headers=headers,
    )


def _note_try(request: Request, error: Walled) -> None:
    """Who tries what a wall keeps from them learns nothing, and the journal keeps the try."""
    with db.transaction(desk.of(request).engine) as s:
        actor = Actor("counselor", error.counselor)
        walls.met(
            s,
            actor,
            conversation=error.conversation,
            ticket=error.ticket,
            contact=error.contact,
        )


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    # Where and what is wrong, never the value itself: it may be somebody's data.
    details = [
        {"field": ".".join(str(part) for part in e["loc"]), "problem": e["msg"]}
        for e in error.errors()
    ]
    return JSONResponse(
        body("invalid", "The request is not well formed.", details), status_code=422
    )


async def _http(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    code = CODES.get(error.status_code, "http_error")
    return JSONResponse(
        body(code, str(error.detail)), status_code=error.status_code, headers=error.headers
    )


async def _gone(request: Request, error: Exception) -> Response:
    """Whoever hung up in the middle of what they sent is told nothing, and is no fault of ours."""
    del request, error
    return Response(status_code=400)


async def _crashed(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse(
        body("internal", "Something failed on our side. Please try again."), status_code=500
    )
