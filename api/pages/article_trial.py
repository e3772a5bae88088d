"""The assistant's answer before an article is published, beside the one it gives today."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import desk, trial
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession
from api.reading import Named, one_line
from crm import db
from knowledge import editing
from knowledge.port import Language

router = APIRouter(prefix="/console/articles/{article}/try", include_in_schema=False)


@router.get("/{language}")
def try_article(
    request: Request,
    session: ASession,
    article: Named,
    language: Language,
    q: Annotated[Named, Query(max_length=500)] = "",
) -> Response:
    """Ask a question of the base with this article's newest wording in it."""
    must(session.member, "article.write")
    here = desk.of(request)
    with db.reading(here.engine) as s:
        page = editing.page(s, article)
        version = trial.newest(s, article, language)
    asked = one_line(q)
    return desk_page(
        request,
        session,
        "console/article_try.html",
        article=page.article,
        version=version,
        spoken=language,
        asked=asked,
        tried=trial.ask(here, article, language, asked) if asked else None,
    )
