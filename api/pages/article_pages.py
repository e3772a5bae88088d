"""The articles as their editors see them: the list, one article, and each step of its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints
from sqlalchemy import select

from api import desk, reviewing
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Clean, Named, one_line
from crm import access, clock, db
from crm.errors import Conflict, DeskError, Forbidden, Invalid
from crm.models import Counselor
from knowledge import catalogue, editing, steps
from knowledge.catalogue import Wanted
from knowledge.editing import ArticlePage
from knowledge.models import ArticleStep, ArticleVersion
from knowledge.port import LANGUAGES, Language
from knowledge.translating import LIVE, OPEN

router = APIRouter(prefix="/console/articles", include_in_schema=False)

STATUSES = ("draft", "in_review", "approved", "published", "withdrawn")
PER_PAGE = 50
SOON = timedelta(days=30)
Verb = Literal["submit", "approve", "send-back", "publish", "withdraw"]
Choice = Annotated[Named, Query(max_length=80)]


@dataclass(frozen=True, slots=True)
class Standing:
    """One language of an article: what is in force, and what is being worked on."""

    language: Language
    newest: ArticleVersion | None
    in_force: ArticleVersion | None

    @property
    def open(self) -> ArticleVersion | None:
        """The version that somebody works on or decides on."""
        return self.newest if self.newest and self.newest.status in OPEN else None

    @property
    def scheduled(self) -> bool:
        """Whether what is published comes into force on a later day."""
        newest = self.newest
        coming = newest is not None and newest.valid_from > clock.today()
        return coming and newest is not None and newest.status == "published"

    @property
    def stale(self) -> bool:
        """Whether the translation that counts (the open one, else the standing) is behind."""
        return bool(self.newest and self.newest.status in LIVE and self.newest.stale_since)


class StepForm(BaseModel):
    """A decision as it was sent; `comment` is the reason where something is sent back."""

    language: Language
    edition: Annotated[str, StringConstraints(max_length=24)] = ""
    comment: Annotated[str, Clean, StringConstraints(max_length=2000)] = ""
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""


def wanted(
    q: Annotated[Named, Query(max_length=200)] = "",
    topic: Choice = "",
    status: Choice = "",
    language: Choice = "",
    owner: Choice = "",
    only: Choice = "",
) -> Wanted:
    """What the list is narrowed to, from the address; a value that cannot be narrows nothing."""
    return Wanted(
        q=one_line(q),
        topic=one_line(topic),
        status=status if status in STATUSES else "",
        language=language if language in LANGUAGES else "",
        owner=one_line(owner),
        stale=only == "stale",
        review_by=clock.today() + SOON if only == "review" else None,
    )


AWanted = Annotated[Wanted, Depends(wanted)]


@router.get("")
def article_list(
    request: Request,
    session: ASession,
    wanted: AWanted,
    cursor: Annotated[Named | None, Query(max_length=80)] = None,
) -> Response:
    """Every article with the state of its languages."""
    must(session.member, "article.read")
    with db.reading(desk.of(request).engine) as s:
        topics = catalogue.topics(s)
        if wanted.topic not in topics:
            wanted = replace(wanted, topic="")
        pages = catalogue.listing(s, wanted, after=cursor, limit=PER_PAGE + 1)
        owners = catalogue.owners(s)
    today = clock.today()
    return desk_page(
        request,
        session,
        "console/articles.html",
        pages=[(page, title(page, session.language), standing(page)) for page in pages[:PER_PAGE]],
        more=_more(request, pages),
        wanted=wanted,
        only=request.query_params.get("only", ""),
        owners=owners,
        topics=topics,
        statuses=STATUSES,
        today=today,
        soon=today + SOON,
        told=request.query_params.get("told", ""),
    )


@router.get("/{article}")
def article_page(request: Request, session: ASession, article: Named) -> Response:
    return _article(request, session, article)


@router.post("/{article}/{verb}")
def step(
    request: Request,
    session: ASession,
    article: Named,
    verb: Verb,
    tasks: BackgroundTasks,
    form: Annotated[StepForm, Form()],
) -> Response:
    """One step on the way of one language of an article; what hinders it is said on its page."""
    session.check(form.csrf)
    here, member = desk.of(request), session.member
    about = (here, member, article, form.language, form.comment.strip())
    try:
        match verb:
            case "submit":
                reviewing.submit(*about, form.edition)
            case "approve":
                reviewing.approve(*about, form.edition)
            case "send-back":
                reviewing.send_back(*about, form.edition)
            case "publish":
                reviewing.publish(*about, form.edition)
            case "withdraw":
                reviewing.withdraw(*about)
    except (Conflict, Invalid) as error:
        return _article(request, session, article, _problem(error), 409)
    except Forbidden as error:
        if error.message != reviewing.OWN:
            raise
        return _article(request, session, article, "own", 403)
    if verb in ("publish", "withdraw"):
        tasks.add_task(here.knowledge.refresh)
    return RedirectResponse(f"/console/articles/{article}?told={verb}", 303, background=tasks)


def standing(page: ArticlePage) -> list[Standing]:
    """How each language of the desk stands today, whether it is there or not."""
    return [_standing(page, language) for language in LANGUAGES]


def title(page: ArticlePage, language: Language) -> ArticleVersion:
    """The version whose title names the article best for a reader of that language."""
    order = (language, page.article.original)
    return min(
        page.versions,
        key=lambda v: (order.index(v.language) if v.language in order else 2, -v.number),
    )


def names(s: db.Session, ids: Sequence[str | None]) -> Mapping[str, str]:
    """The names of members by id, of those who are shut out too."""
    rows = s.execute(
        select(Counselor.id, Counselor.name).where(Counselor.id.in_(set(ids) - {None}))
    )
    return {row.id: row.name for row in rows}


def _standing(page: ArticlePage, language: Language) -> Standing:
    versions = [version for version in page.versions if version.language == language]
    today = clock.today()
    holding = (v for v in versions if v.status == "published" and _holds(v, today))
    return Standing(
        language,
        newest=versions[0] if versions else None,
        in_force=max(holding, key=lambda version: version.valid_from, default=None),
    )


def _holds(version: ArticleVersion, day: date) -> bool:
    return version.valid_from <= day and (not version.valid_until or day <= version.valid_until)


def _article(
    request: Request, session: Session, article: str, problem: str = "", status: int = 200
) -> Response:
    must(session.member, "article.read")
    settings = desk.of(request).settings
    with db.reading(desk.of(request).engine) as s:
        page = editing.page(s, article)
        done = steps.of_article(s, article)
        known = names(s, [step.actor_id for step, _ in done])
        stands = standing(page)
        approvable = {
            one.language: access.may_approve(
                session.member, steps.writers(s, one.open), four_eyes=settings.four_eyes
            )
            for one in stands
            if one.open
        }
    return desk_page(
        request,
        session,
        "console/article_page.html",
        status,
        article=page.article,
        title=title(page, session.language),
        standing=stands,
        versions={x: sum(v.language == x for v in page.versions) for x in LANGUAGES},
        approvable=approvable,
        steps=done,
        names=known,
        who=_who,
        today=clock.today(),
        problem=problem,
        told=request.query_params.get("told", ""),
    )


def _who(step: ArticleStep, names: Mapping[str, str]) -> str | None:
    return names.get(step.actor_id or "")


def _problem(error: DeskError) -> str:
    """Which of the page's sentences says what hindered a step."""
    field = error.details.get("field")
    return str(field) if field in ("edition", "status", "reason") else "nothing"


def _more(request: Request, pages: Sequence[ArticlePage]) -> str | None:
    """The address of the next page of the list, narrowed as this one is."""
    if len(pages) <= PER_PAGE:
        return None
    asked = {k: v for k, v in request.query_params.items() if k not in ("cursor", "told")}
    return "?" + urlencode(asked | {"cursor": pages[PER_PAGE - 1].article.id})
