"""Canned replies as a page: read by all who answer, worded by who may."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AwareDatetime, BaseModel, StringConstraints

from api import desk, errors
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Clean, Named, one_line
from crm import db, replies
from crm.errors import Conflict, Invalid
from crm.events import Actor

router = APIRouter(prefix="/console/replies", include_in_schema=False)

Text = Annotated[str, Clean, StringConstraints(max_length=20_000)]
Short = Annotated[str, Form(max_length=320)]


class Wording(BaseModel):
    """The form of a reply, as it was sent; without an id it is a new one."""

    name: Annotated[str, StringConstraints(max_length=60)]
    en: Text = ""
    es: Text = ""
    ko: Text = ""
    id: Annotated[str, StringConstraints(max_length=24)] = ""
    # When the reply that the form showed had been worded.
    seen: AwareDatetime | Literal[""] = ""
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""

    def texts(self) -> dict[str, str]:
        return {"en": self.en, "es": self.es, "ko": self.ko}


@router.get("")
def reply_list(request: Request, session: ASession, edit: Named = "") -> Response:
    return _replies(request, session, edit)


@router.post("")
def save_reply(request: Request, session: ASession, form: Annotated[Wording, Form()]) -> Response:
    """Keep a reply, new or reworded; what is wrong with it is said beside it."""
    session.check(form.csrf)
    must(session.member, "reply.write")
    name = one_line(form.name)
    try:
        with db.transaction(desk.of(request).engine) as s:
            replies.save(
                s,
                Actor("counselor", session.member.id),
                name=name,
                texts=form.texts(),
                reply_id=form.id or None,
                seen=form.seen or None,
            )
    except (Conflict, Invalid) as error:
        problem = str(error.details["field"])
        kept = {"id": form.id, "name": name, "texts": form.texts(), "seen": form.seen}
        return _replies(request, session, form.id, kept, problem, errors.STATUS[type(error)])
    return RedirectResponse("/console/replies?told=saved", 303)


@router.post("/remove")
def remove_reply(
    request: Request,
    session: ASession,
    id: Annotated[Named, Form()],  # noqa: A002 - the word in the form
    csrf: Short = "",
) -> Response:
    session.check(csrf)
    must(session.member, "reply.write")
    with db.transaction(desk.of(request).engine) as s:
        replies.remove(s, Actor("counselor", session.member.id), id)
    return RedirectResponse("/console/replies?told=removed", 303)


def _replies(
    request: Request,
    session: Session,
    edit: str,
    kept: dict[str, Any] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    must(session.member, "reply.read")
    with db.reading(desk.of(request).engine) as s:
        every = replies.every(s)
    chosen = next((reply for reply in every if reply.id == edit), None)
    if kept is None and chosen:
        kept = {"id": chosen.id, "name": chosen.name, "texts": chosen.texts}
    if kept and chosen and problem in {"", "stale"}:  # else it is still what they saw before
        kept["seen"] = chosen.updated_at
    return desk_page(
        request,
        session,
        "console/replies.html",
        status,
        replies=every,
        kept=kept or {"id": "", "name": "", "texts": {}, "seen": ""},
        problem=problem,
        places=replies.PLACES,
        told=request.query_params.get("told", ""),
        longest=replies.LONGEST,
    )
