"""Making drafts of files: Markdown, HTML, saved web pages, Word documents and PDFs."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import BaseModel, StringConstraints
from sqlalchemy import Engine

from api import desk, importing
from api.auth import AMember
from api.errors import TOLD
from api.pages import words
from api.reading import Clean, Plain, one_line
from crm import access
from crm.errors import Forbidden, Invalid
from crm.events import Actor
from knowledge.importing.port import MAX_BYTES, MAX_CHARACTERS, Note, Read, Unreadable

router = APIRouter(prefix="/api/v1/articles", tags=["Knowledge"], responses=TOLD)

Line = Annotated[str, Plain, StringConstraints(max_length=400)]
Body = Annotated[str, Clean, StringConstraints(max_length=MAX_CHARACTERS)]


class NoteView(BaseModel):
    """Something that was left out or could not be told, as a code and in words."""

    code: str
    figures: dict[str, str | int]
    message: str


class Sheet(BaseModel):
    """The fields of the article, as the file fills them and the form changes them."""

    id: Line = ""
    language: Line = ""
    title: Line = ""
    topic: Line = ""
    audience: Line = ""
    queue: Line = ""
    law: Line = ""
    source: Line = ""
    owner: Line = ""
    valid_from: Line = ""
    valid_until: Line = ""
    body: Body = ""


class ImportForm(Sheet):
    file: UploadFile


class ImportView(BaseModel):
    """What a file was read as. `version` is the draft's, null where nothing was kept."""

    kind: str
    article: Sheet
    notes: list[NoteView]
    version: int | None


@router.post("/import", responses={201: {"model": ImportView}})
def import_article(
    request: Request,
    response: Response,
    member: AMember,
    form: Annotated[ImportForm, Form(media_type="multipart/form-data")],
) -> ImportView:
    """Read a file (multipart field `file`). With an `id` it is kept as a draft (201), the other
    fields going before what the file says; without one, nothing is kept (200)."""
    if not access.may(member, "article.write"):
        raise Forbidden("Your role does not allow this.")
    found, sheet = _read(desk.of(request).engine, form.file)
    given = {name: said for name, said in form.model_dump(exclude={"file"}).items() if said}
    sheet = replace(sheet, **given)
    version = None
    if form.id:
        actor = Actor("counselor", member.id)
        version = importing.keep(desk.of(request).engine, actor, sheet).number
        response.status_code = 201
    return ImportView(
        kind=found.kind,
        article=Sheet(**{name: getattr(sheet, name) for name in Sheet.model_fields}),
        notes=[_note(note) for note in found.notes],
        version=version,
    )


def _read(engine: Engine, file: UploadFile) -> tuple[Read, importing.Sheet]:
    try:
        return importing.read(engine, one_line(file.filename or ""), file.file.read(MAX_BYTES + 1))
    except Unreadable as error:
        message = words.of("en")(f"import.problem_{error.code}", **error.figures)
        raise Invalid(message, problem=error.code, **error.figures) from error


def _note(note: Note) -> NoteView:
    message = words.of("en")(f"import.note_{note.code}", **note.figures)
    return NoteView(code=note.code, figures=dict(note.figures), message=message)
