"""Writing an article: its front matter as fields, its Markdown, its public look beside it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from api import desk
from api.pages import help as help_centre
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Clean, Named
from api.routes.articles import NewArticle, actor, text_of
from crm import clock, db
from crm.errors import Conflict, DeskError, Invalid
from crm.settings import QUEUES
from knowledge import catalogue, differences, editing
from knowledge.article_text import AUDIENCES, ArticleText, BadArticle
from knowledge.editing import ArticlePage
from knowledge.models import ArticleVersion
from knowledge.port import Language

router = APIRouter(prefix="/console/articles", include_in_schema=False)

Line = Annotated[str, Clean, StringConstraints(max_length=400)]
Text = Annotated[str, Clean, StringConstraints(max_length=60_000)]
# Ids that the console's own addresses use.
TAKEN = frozenset({"new", "import", "preview"})


class Sheet(BaseModel):
    """The editor's form as it was sent: everything is text until it is read."""

    id: Line = ""
    language: Line = ""
    title: Line = ""
    body: Text = ""
    topic: Line = ""
    audience: Line = ""
    queue: Line = ""
    law: Line = ""
    source: Line = ""
    owner: Line = ""
    valid_from: Line = ""
    valid_until: Line = ""
    review_on: Line = ""
    checked: Line = ""
    based_on: Line = ""
    act: Literal["save", "preview"] = "save"
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""

    def words(self) -> dict[str, Any]:
        """What `ArticleWords` reads; a day that was left open is none."""
        words = self.model_dump(exclude={"checked", "based_on", "act", "csrf"})
        words["body"] = self.body.replace("\r\n", "\n")
        return words | {
            day: words[day] or None for day in ("valid_from", "valid_until", "review_on")
        }


class Problem(BaseModel):
    """What the form is refused for: `code` chooses the sentence, `lines` are places in the text."""

    code: str
    lines: list[tuple[int, str]] = []


class Fragment(BaseModel):
    body: Text = ""
    language: Language
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""


@router.get("/new")
def new_article(request: Request, session: ASession) -> Response:
    must(session.member, "article.write")
    return _editor(request, session, _empty(session.language))


@router.post("/new")
def create_article(request: Request, session: ASession, form: Annotated[Sheet, Form()]) -> Response:
    """Start an article; what is wrong is said beside the form, and nothing typed is lost."""
    session.check(form.csrf)
    must(session.member, "article.write")
    if form.act == "preview":
        return _editor(request, session, form)
    if form.id in TAKEN:
        return _editor(request, session, form, Problem(code="id_taken"), 409)
    return _kept(request, session, form, None)


@router.post("/preview")
def preview(request: Request, session: ASession, form: Annotated[Fragment, Form()]) -> Response:
    """The text as its public page would show it, for the pane beside the form."""
    session.check(form.csrf)
    must(session.member, "article.write")
    return desk_page(request, session, "console/article_preview.html", **_preview(form.body))


@router.get("/{article}/edit/{language}")
def edit_page(
    request: Request,
    session: ASession,
    article: Named,
    language: Language,
) -> Response:
    """The newest wording of one language, or an empty sheet for a language that is missing."""
    must(session.member, "article.write")
    with db.reading(desk.of(request).engine) as s:
        page = editing.page(s, article)
    return _editor(request, session, _sheet(page, language), page=page)


@router.post("/{article}/edit/{language}")
def save_article(
    request: Request,
    session: ASession,
    article: Named,
    language: Language,
    form: Annotated[Sheet, Form()],
) -> Response:
    """Keep the form as the draft; who saves second is told and shown the other's text."""
    session.check(form.csrf)
    must(session.member, "article.write")
    form = form.model_copy(update={"id": article, "language": language})
    with db.reading(desk.of(request).engine) as s:
        page = editing.page(s, article)
    if form.act == "preview":
        return _editor(request, session, form, page=page)
    return _kept(request, session, form, page)


def _kept(request: Request, session: Session, form: Sheet, page: ArticlePage | None) -> Response:
    with db.reading(desk.of(request).engine) as s:
        text = _read(form, catalogue.topics(s))
    if isinstance(text, Problem):
        return _editor(request, session, form, text, 422, page=page)
    try:
        with db.transaction(desk.of(request).engine) as s:
            _keep(s, session, form, text)
    except Conflict as error:
        if error.details.get("field") == "edition":
            return _overtaken(request, session, form, error)
        return _editor(request, session, form, Problem(code="id_taken"), 409, page=page)
    except Invalid as error:
        lines = error.details.get("problems", [])
        return _editor(request, session, form, Problem(code="text", lines=lines), 422, page=page)
    return RedirectResponse(f"/console/articles/{text.id}?told=saved", 303)


def _keep(s: db.Session, session: Session, form: Sheet, text: ArticleText) -> None:
    if form.based_on:
        checked = bool(form.checked)
        editing.edit(s, actor(session.member), text, based_on=form.based_on, checked=checked)
    else:
        editing.create(s, actor(session.member), text)


def _read(form: Sheet, topics: Sequence[str]) -> ArticleText | Problem:
    """The form as an article, or the first thing that is wrong with it."""
    if form.queue not in QUEUES:
        return Problem(code="queue")
    try:
        words = NewArticle.model_validate(form.words())
        return text_of(words.id, words, topics)
    except ValidationError as error:
        return Problem(code=str(error.errors()[0]["loc"][0]))
    except DeskError as error:
        return Problem(code=str(error.details["field"]))


def _overtaken(request: Request, session: Session, form: Sheet, error: Conflict) -> Response:
    """Somebody saved first: both texts are shown, and the next save is made on theirs."""
    theirs = error.details
    with db.reading(desk.of(request).engine) as s:
        page = editing.page(s, form.id)
    lines = differences.between(str(theirs["body"]), form.body.replace("\r\n", "\n"))
    form = form.model_copy(update={"based_on": theirs["edition"]})
    return _editor(
        request, session, form, Problem(code="edition"), 409, page=page, theirs=theirs, lines=lines
    )


def _editor(
    request: Request,
    session: Session,
    sheet: Sheet,
    problem: Problem | None = None,
    status: int = 200,
    *,
    page: ArticlePage | None = None,
    theirs: Mapping[str, Any] | None = None,
    lines: list[differences.Line] | None = None,
) -> Response:
    with db.reading(desk.of(request).engine) as s:
        owners, topics = catalogue.owners(s), catalogue.topics(s)
    original = _original(page, sheet.language)
    return desk_page(
        request,
        session,
        "console/article_edit.html",
        status,
        sheet=sheet,
        article=page.article if page else None,
        original=original,
        changed=_changed(page, original, sheet.language),
        decided=_decided(page, sheet.language),
        problem=problem,
        theirs=theirs,
        lines=lines,
        owners=owners,
        topics=topics,
        audiences=AUDIENCES,
        queues=QUEUES,
        **_preview(sheet.body),
    )


def _preview(body: str) -> dict[str, Any]:
    """The body as its public page would show it, or what is not well formed in it."""
    try:
        return {"text": help_centre.shown(body.replace("\r\n", "\n")), "wrong": []}
    except BadArticle as error:
        return {"text": None, "wrong": error.problems if body.strip() else []}


def _empty(language: Language) -> Sheet:
    return Sheet(
        language=language,
        audience="both",
        queue="technical",
        owner="knowledge-editors",
        valid_from=clock.today().isoformat(),
    )


def _sheet(page: ArticlePage, language: Language) -> Sheet:
    """The form filled in with the newest wording; for a new language, with what all share."""
    newest = next((v for v in page.versions if v.language == language), None)
    source = newest or next(v for v in page.versions if v.language == page.article.original)
    article = page.article
    return Sheet(
        id=article.id,
        language=language,
        title=newest.title if newest else "",
        body=newest.body if newest else "",
        topic=article.topic,
        audience=article.audience,
        queue=article.queue,
        law=source.law,
        source=source.source,
        owner=article.owner,
        valid_from=source.valid_from.isoformat(),
        valid_until=_day(source.valid_until),
        review_on=_day(article.review_on),
        based_on=newest.edition if newest else "",
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _original(page: ArticlePage | None, language: str) -> ArticleVersion | None:
    """What a translation is written beside: the newest wording of the original."""
    if page is None or language == page.article.original:
        return None
    of_original = (v for v in page.versions if v.language == page.article.original)
    return next((v for v in of_original if v.status not in ("withdrawn", "removed")), None)


def _decided(page: ArticlePage | None, language: str) -> str | None:
    """`in_review` or `approved`, where a save would take that back."""
    newest = next((v for v in page.versions if v.language == language), None) if page else None
    return newest.status if newest and newest.status in ("in_review", "approved") else None


def _changed(
    page: ArticlePage | None, original: ArticleVersion | None, language: str
) -> list[differences.Line]:
    """What changed in the original since this translation was checked against it."""
    if page is None or original is None:
        return []
    newest = next((v for v in page.versions if v.language == language), None)
    if newest is None or newest.checked_number is None:
        return []
    checked = next(
        (
            v
            for v in page.versions
            if v.language == original.language and v.number == newest.checked_number
        ),
        None,
    )
    if checked is None or checked.number == original.number:
        return []
    lines = differences.between(checked.body, original.body)
    return lines if differences.any_change(lines) else []
