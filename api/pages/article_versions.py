"""The versions of an article beside each other, and the way back to an older one."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, StringConstraints

from api import desk, reviewing
from api.pages import help as help_centre
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named
from crm import db
from crm.errors import Conflict, NotFound
from knowledge import differences, editing
from knowledge.models import ArticleVersion
from knowledge.port import Language

router = APIRouter(prefix="/console/articles/{article}/versions", include_in_schema=False)

Number = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


class Back(BaseModel):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""


@router.get("/{language}")
def versions(
    request: Request,
    session: ASession,
    article: Named,
    language: Language,
    old: Number = None,
    new: Number = None,
) -> Response:
    """All versions of one language, and how two of them differ: the last two, if none is named."""
    return _versions(request, session, article, language, (old, new))


@router.post("/{language}")
def roll_back(
    request: Request,
    session: ASession,
    article: Named,
    language: Language,
    form: Annotated[Back, Form()],
) -> Response:
    """Make a draft of what an older version said."""
    session.check(form.csrf)
    try:
        reviewing.roll_back(desk.of(request), session.member, article, language, form.version)
    except Conflict:
        return _versions(request, session, article, language, problem="open", status=409)
    return RedirectResponse(f"/console/articles/{article}?told=rolled_back", 303)


def _versions(
    request: Request,
    session: Session,
    article: str,
    language: Language,
    asked: tuple[int | None, int | None] = (None, None),
    problem: str = "",
    status: int = 200,
) -> Response:
    must(session.member, "article.read")
    with db.reading(desk.of(request).engine) as s:
        page = editing.page(s, article, language)
    old, new = asked
    after = _numbered(page.versions, new) if new else page.versions[0]
    before = _numbered(page.versions, old or max(1, after.number - 1))
    return desk_page(
        request,
        session,
        "console/article_versions.html",
        status,
        article=page.article,
        spoken=language,
        versions=page.versions,
        before=before,
        after=after,
        lines=differences.between(before.body, after.body) if before is not after else [],
        facts=_facts(before, after),
        text=help_centre.shown(after.body),
        problem=problem,
    )


def _numbered(versions: Sequence[ArticleVersion], number: int) -> ArticleVersion:
    found = next((version for version in versions if version.number == number), None)
    if found is None:
        raise NotFound("There is no such version of this article.")
    return found


def _facts(before: ArticleVersion, after: ArticleVersion) -> list[tuple[str, str, str]]:
    """What differs beside the text: the field, and how it reads in either version."""
    fields = ("title", "law", "source", "valid_from", "valid_until")
    told = [(name, getattr(before, name), getattr(after, name)) for name in fields]
    return [(name, str(one or ""), str(other or "")) for name, one, other in told if one != other]
