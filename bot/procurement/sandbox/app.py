"""The sandbox over HTTP."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.procurement.sandbox import (
    awards,
    bids,
    cancellations,
    complaints,
    contracts,
    control,
    documents,
    feeds,
    furnish,
    life,
    plans,
    questions,
    tenders,
)
from bot.procurement.sandbox.core import Answer, Asked, Core, Handler
from bot.procurement.sandbox.errors import Trouble, forbidden

API = "/api/2.5"
READS = ("GET", "HEAD")
MOST_BYTES = 20_000_000

TENDER = "/tenders/{tender}"
AWARD = TENDER + "/awards/{award}"
CONTRACT = "/contracts/{contract}"

TABLE: dict[str, dict[str, Handler]] = {
    "/tenders": {"GET": feeds.of("tender"), "POST": tenders.create},
    TENDER: {"GET": tenders.show, "PATCH": tenders.amend},
    TENDER + "/lots": {"POST": tenders.add_lot},
    TENDER + "/criteria": {"POST": tenders.add_criteria},
    TENDER + "/questions": {"GET": questions.listed, "POST": questions.ask},
    TENDER + "/questions/{id}": {"GET": questions.show, "PATCH": questions.reply},
    TENDER + "/bids": {"GET": bids.listed, "POST": bids.create},
    TENDER + "/bids/{id}": {"GET": bids.show, "PATCH": bids.change, "DELETE": bids.withdraw},
    TENDER + "/awards": {"GET": awards.listed},
    TENDER + "/awards/{id}": {"GET": awards.show, "PATCH": awards.decide},
    TENDER + "/contracts": {"GET": contracts.listed},
    TENDER + "/contracts/{id}": {"GET": contracts.of_tender},
    TENDER + "/complaints": {"GET": complaints.listed, "POST": complaints.create},
    TENDER + "/complaints/{id}": {"GET": complaints.show, "PATCH": complaints.change},
    AWARD + "/complaints": {"GET": complaints.listed, "POST": complaints.create},
    AWARD + "/complaints/{id}": {"GET": complaints.show, "PATCH": complaints.change},
    TENDER + "/cancellations": {"GET": cancellations.listed, "POST": cancellations.create},
    TENDER + "/cancellations/{id}": {"GET": cancellations.show, "PATCH": cancellations.change},
    "/contracts": {"GET": feeds.of("contract")},
    CONTRACT: {"GET": contracts.show, "PATCH": contracts.change},
    CONTRACT + "/credentials": {"PATCH": contracts.give_token},
    CONTRACT + "/buyer/signer_info": {"PUT": contracts.signer_of("buyer")},
    CONTRACT + "/suppliers/signer_info": {"PUT": contracts.signer_of("suppliers")},
    CONTRACT + "/transactions/{id}": {"PUT": contracts.pay},
    CONTRACT + "/changes": {"POST": contracts.add_change},
    CONTRACT + "/changes/{id}": {"PATCH": contracts.amend_change},
    "/plans": {"GET": feeds.of("plan"), "POST": plans.create},
    "/plans/{plan}": {"GET": plans.show, "PATCH": plans.change},
    "/plans/{plan}/tenders": {"POST": plans.to_tender},
}
HOLDERS = (
    TENDER,
    TENDER + "/bids/{bid}",
    AWARD,
    TENDER + "/complaints/{complaint}",
    TENDER + "/cancellations/{cancellation}",
    CONTRACT,
)


def create(core: Core, *, demo: bool = False) -> Starlette:
    """The application; `core` says which rules, clock and file it works with."""
    core.ticks.append((life.due, life.tick))
    if demo:
        core.ticks.append((furnish.due, furnish.keep_fresh))
    table = dict(TABLE)
    for holder in HOLDERS:
        table[holder + "/documents"] = {"GET": documents.listed, "POST": documents.add}
        table[holder + "/documents/{document}"] = {"PUT": documents.replace}
    routes = [Route(API + path, _endpoint(core, verbs), methods=list(verbs))
              for path, verbs in table.items()]  # fmt: skip
    routes += [
        Route("/upload", _upload(core), methods=["POST"]),
        Route("/get/{id}", _fetch(core), methods=["GET"]),
        *(Route(path, _control(core, verbs), methods=list(verbs))
          for path, verbs in control.TABLE.items()),
    ]  # fmt: skip
    return Starlette(
        routes=routes, exception_handlers={HTTPException: _no_such, Trouble: _refuse(core)}
    )


Endpoint = Callable[[Request], Awaitable[Response]]


def _endpoint(core: Core, verbs: dict[str, Handler]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        handler = verbs["GET" if request.method == "HEAD" else request.method]
        asked = await _asked(core, request)
        return await _served(core, handler, asked, writes=request.method not in READS)

    return endpoint


def _control(core: Core, verbs: dict[str, Handler]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if not core.rules.control or request.headers.get("X-Control-Token") != core.rules.control:
            raise forbidden()
        asked = await _asked(core, request)
        handler = verbs["GET" if request.method == "HEAD" else request.method]
        return await _served(core, handler, asked, writes=True)

    return endpoint


def _upload(core: Core) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        asked = _heading(core, request, None)
        async with request.form(max_part_size=MOST_BYTES) as form:
            file = form.get("file")
            if file is None or isinstance(file, str):
                raise Trouble(404, "body", "file", "Not Found")
            content = await file.read()
            name, media_type = file.filename or "file", file.content_type or ""

        def handler(core: Core, asked: Asked) -> Answer:
            return documents.upload(core, asked, name, media_type, content)

        return await _served(core, handler, asked, writes=True)

    return endpoint


def _fetch(core: Core) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        def handler(core: Core, asked: Asked) -> Answer:
            return Answer(documents.fetch(core, asked))

        asked = _heading(core, request, None)
        answer = await run_in_threadpool(core.serve, handler, asked, writes=False)
        media_type, title, content = answer.body
        disposition = f"attachment; filename*=UTF-8''{quote(title)}"
        return Response(content, media_type=media_type,
                        headers={"Content-Disposition": disposition})  # fmt: skip

    return endpoint


async def _asked(core: Core, request: Request) -> Asked:
    """The request, understood as far as all nouns share it."""
    raw = await request.body()
    body: Any = None
    if raw:
        if not request.headers.get("Content-Type", "").startswith("application/json"):
            raise Trouble(
                415, "header", "Content-Type", "Content-Type header should be one of "
                "['application/json']",
            )  # fmt: skip
        try:
            body = json.loads(raw)
        except ValueError as error:
            raise Trouble(422, "body", "data", f"{error}") from error
    return _heading(core, request, body)


def _heading(core: Core, request: Request, body: Any) -> Asked:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    key = credentials if scheme == "Bearer" else ""
    broker = next((name for name, known in core.rules.keys.items() if known == key), None)
    access = body.get("access") if isinstance(body, dict) else None
    given = access.get("token") if isinstance(access, dict) else None
    token = request.headers.get("X-Access-Token") or request.query_params.get("acc_token") or given
    path = dict(request.path_params)
    path["prefix"] = request.url.path.removeprefix(API).rsplit("/documents", 1)[0]
    token = token if isinstance(token, str) else ""
    return Asked(path, dict(request.query_params), body, broker, token,
                 str(request.base_url).rstrip("/"), key)  # fmt: skip


async def _served(core: Core, handler: Handler, asked: Asked, *, writes: bool) -> Response:
    return _said(core, await run_in_threadpool(core.serve, handler, asked, writes=writes))


def _said(core: Core, answer: Answer) -> Response:
    headers = _dated(answer.at or core.clock.now())
    if answer.location:
        headers["Location"] = answer.location
    return JSONResponse(answer.body, answer.status, headers)


def _refuse(core: Core) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def refuse(request: Request, trouble: Exception) -> Response:
        del request
        assert isinstance(trouble, Trouble)  # noqa: S101 - registered for this alone
        return JSONResponse(trouble.body(), trouble.status, _dated(core.clock.now()))

    return refuse


def _dated(moment: datetime) -> dict[str, str]:
    """The server's own Date is off: this one follows the sandbox's clock, as a core's does."""
    return {"Date": format_datetime(moment.astimezone(UTC), usegmt=True)}


async def _no_such(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this alone
    name = "method" if error.status_code == 405 else "not_found"
    trouble = Trouble(error.status_code, "url", name, error.detail)
    return JSONResponse(trouble.body(), trouble.status)
