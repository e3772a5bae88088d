"""Files as drafts, page by page: choose them, see what was read, name it, keep it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints

from api import desk, importing
from api.importing import Sheet
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Clean, Plain, one_line
from crm import db
from crm.errors import Conflict, Invalid
from crm.events import Actor
from knowledge import catalogue
from knowledge.importing.kinds import ENDINGS
from knowledge.importing.port import MAX_BYTES, MAX_CHARACTERS, Note, Unreadable
from knowledge.models import ArticleVersion

router = APIRouter(prefix="/console/articles/import", include_in_schema=False)

MOST = 10
CHOSEN = ",".join(f".{ending}" for endings in ENDINGS.values() for ending in sorted(endings - {""}))
Line = Annotated[str, Plain, StringConstraints(max_length=400)]
# What a form can hold: the article's own limit is told beside the text, with the text kept.
Body = Annotated[str, Clean, StringConstraints(max_length=MAX_CHARACTERS * 4)]
Csrf = Annotated[str, StringConstraints(max_length=320)]


class Sheets(BaseModel):
    """The form with all files that were read; `keep` numbers those to be kept."""

    csrf: Csrf = ""
    keep: list[int] = []
    file: list[Line] = []
    id: list[Line] = []
    language: list[Line] = []
    title: list[Line] = []
    topic: list[Line] = []
    audience: list[Line] = []
    queue: list[Line] = []
    law: list[Line] = []
    source: list[Line] = []
    valid_from: list[Line] = []
    valid_until: list[Line] = []
    body: list[Body] = []

    def sheets(self) -> list[Sheet]:
        """The files that are ticked, in their order; raises Invalid for a form that is not ours."""
        names = [name for name in type(self).model_fields if name not in {"csrf", "keep"}]
        columns = [getattr(self, name) for name in names]
        if len({len(column) for column in columns}) != 1:
            raise Invalid("The form is not whole.")
        rows = [Sheet(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
        return [row for at, row in enumerate(rows) if at in self.keep]


@dataclass(frozen=True, slots=True)
class Item:
    """One file on the page: its form, or why there is none."""

    name: str
    sheet: Sheet | None = None
    notes: Sequence[Note] = ()
    unreadable: Note | None = None
    problem: str = ""


@router.get("")
def choose(request: Request, session: ASession) -> Response:
    must(session.member, "article.write")
    return _page(request, session, [])


@router.post("")
def show(
    request: Request,
    session: ASession,
    files: list[UploadFile] | None = None,
    csrf: Annotated[Csrf, Form()] = "",
) -> Response:
    """What stands in each file; nothing is kept yet."""
    session.check(csrf)
    must(session.member, "article.write")
    chosen = [file for file in files or [] if file.filename]
    if not chosen or len(chosen) > MOST:
        return _page(request, session, [], "none" if not chosen else "many", 422)
    return _page(request, session, [_item(request, file) for file in chosen])


@router.post("/save")
def save(request: Request, session: ASession, form: Annotated[Sheets, Form()]) -> Response:
    """Keep what is ticked, each as a draft; what cannot be kept stays, with the reason."""
    session.check(form.csrf)
    must(session.member, "article.write")
    engine, actor = desk.of(request).engine, Actor("counselor", session.member.id)
    kept: list[ArticleVersion] = []
    left: list[Item] = []
    for sheet in form.sheets():
        try:
            kept.append(importing.keep(engine, actor, sheet))
        except Conflict:
            left.append(Item(sheet.file, sheet, problem="exists"))
        except Invalid as error:
            left.append(Item(sheet.file, sheet, problem=str(error.details.get("field", "body"))))
    if left or not kept:
        problem = "" if left else "untouched"
        return _page(request, session, left, problem, 422, kept)
    if len(kept) == 1:
        return RedirectResponse(f"/console/articles/{kept[0].article_id}", 303)
    return RedirectResponse("/console/articles?status=draft", 303)


def _item(request: Request, file: UploadFile) -> Item:
    name = one_line(file.filename or "")[:200]
    try:
        found, sheet = importing.read(desk.of(request).engine, name, file.file.read(MAX_BYTES + 1))
    except Unreadable as error:
        return Item(name, unreadable=Note(error.code, error.figures))
    return Item(name, sheet, found.notes)


def _page(
    request: Request,
    session: Session,
    items: Sequence[Item],
    problem: str = "",
    status: int = 200,
    kept: Sequence[ArticleVersion] = (),
) -> Response:
    with db.reading(desk.of(request).engine) as s:
        topics = catalogue.topics(s)
    return desk_page(
        request,
        session,
        "console/import.html",
        status,
        items=items,
        problem=problem,
        kept=kept,
        choices=importing.CHOICES,
        topics=topics,
        chosen=CHOSEN,
        most=MOST,
        megabytes=MAX_BYTES // 1_000_000,
        longest=MAX_CHARACTERS,
    )
