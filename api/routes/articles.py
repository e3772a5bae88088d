"""Articles and search."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request
from pydantic import BaseModel, StringConstraints

from api import auth, desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from crm import access, db
from crm.access import Member
from crm.errors import Conflict, Invalid
from crm.events import Actor
from knowledge import article_text, catalogue, editing
from knowledge.article_text import ArticleText
from knowledge.catalogue import Wanted
from knowledge.editing import ArticlePage
from knowledge.models import ArticleVersion
from knowledge.port import Hit

router = APIRouter(prefix="/api/v1", tags=["Knowledge"], responses=TOLD)

Language = Literal["en", "es", "ko"]
Line = Annotated[str, Plain, StringConstraints(min_length=1, max_length=200)]
Body = Annotated[str, Clean, StringConstraints(min_length=1, max_length=50_000)]
Law = Annotated[str, Plain, StringConstraints(max_length=300)]
Owner = Annotated[str, Plain, StringConstraints(min_length=1, max_length=80)]
Edition = Annotated[str, StringConstraints(pattern=r"^\d{1,9}\.\d{1,9}$")]
Comment = Annotated[str, Clean, StringConstraints(max_length=2000)]
Filter = Annotated[Named, Query(max_length=80)]
Id = Annotated[str, StringConstraints(pattern=article_text.SLUG.pattern)]

# The fields of an article's wording, and those that all its languages share.
WORDING = ("language", "title", "body", "law", "source", "valid_from", "valid_until")
ABOUT = ("topic", "audience", "queue", "owner", "review_on")
# How a change is to be kept, beside what it says.
HOW = {"based_on", "checked"}


class VersionView(BaseModel):
    """`edition` names this wording exactly. `stale_since` is set on a translation while it was not
    checked against the original that is in force; `checked_against` is the version it was."""

    language: str
    version: int
    status: str
    title: str
    body: str
    law: str
    source: str
    valid_from: date
    valid_until: date | None
    published_at: datetime | None
    edition: str
    stale_since: datetime | None
    checked_against: int | None


class ArticleView(BaseModel):
    id: str
    topic: str
    audience: str
    queue: str
    owner: str
    review_on: date | None
    original: str
    versions: list[VersionView]


class ArticleList(BaseModel):
    items: list[ArticleView]
    next: str | None


class ArticleWords(BaseModel):
    """One language of an article. `body` is Markdown of `## Question? {#anchor}` sections;
    the anchors may be left out. `topic` is one the desk knows or some article has already."""

    language: Language
    title: Line
    body: Body
    topic: str
    audience: str = "both"
    queue: str = "technical"
    law: Law = ""
    source: Line
    owner: Owner = "knowledge-editors"
    valid_from: date
    valid_until: date | None = None
    review_on: date | None = None


class NewArticle(ArticleWords):
    id: Id


class ArticleChange(BaseModel):
    """What is to be different in one language of an article; the rest stays as it was.

    `based_on` is the edition that was read before (409 when somebody has saved since); `checked`
    says that this translation agrees with the newest wording of the original.
    """

    language: Language
    title: Line | None = None
    body: Body | None = None
    topic: str | None = None
    audience: str | None = None
    queue: str | None = None
    law: Law | None = None
    source: Line | None = None
    owner: Owner | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    review_on: date | None = None
    based_on: Edition | None = None
    checked: bool = False


class WhichLanguage(BaseModel):
    language: Language | None = None
    comment: Comment = ""


class Hits(BaseModel):
    items: list[Hit]
    next: str | None = None


def wanted(
    q: Annotated[str, Plain, Query(max_length=200)] = "",
    topic: Filter = "",
    status: Filter = "",
    language: Filter = "",
    owner: Filter = "",
    stale: bool = False,
    review_by: date | None = None,
) -> Wanted:
    """What a listing is narrowed to, from the address."""
    return Wanted(q, topic, status, language, owner, stale, review_by)


AWanted = Annotated[Wanted, Depends(wanted)]


@router.get("/articles")
def list_articles(
    request: Request,
    member: AMember,
    wanted: AWanted,
    cursor: Annotated[Named | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ArticleList:
    """Articles by id, each with all its versions. `stale` keeps those with a stale translation."""
    access.must(member, "article.read")
    with db.reading(desk.of(request).engine) as s:
        pages = catalogue.listing(s, wanted, after=cursor, limit=limit + 1)
    following = pages[limit - 1].article.id if len(pages) > limit else None
    return ArticleList(items=[view(page) for page in pages[:limit]], next=following)


@router.post("/articles", status_code=201)
def create_article(request: Request, member: AMember, new: NewArticle) -> ArticleView:
    """A new article, or a new language of one, as a draft."""
    access.must(member, "article.write")
    with db.transaction(desk.of(request).engine) as s:
        editing.create(s, actor(member), text_of(new.id, new, catalogue.topics(s)))
        return view(editing.page(s, new.id))


@router.get("/articles/{article_id}")
def get_article(request: Request, member: AMember, article_id: str) -> ArticleView:
    access.must(member, "article.read")
    with db.reading(desk.of(request).engine) as s:
        return view(editing.page(s, article_id))


@router.patch("/articles/{article_id}")
def edit_article(
    request: Request, member: AMember, article_id: str, change: ArticleChange
) -> ArticleView:
    """Keep a new wording of one language as its draft; what is in force stays in force."""
    access.must(member, "article.write")
    with db.transaction(desk.of(request).engine) as s:
        before = editing.page(s, article_id, change.language)
        words = _changed(before, change.model_dump(exclude_unset=True, exclude=HOW))
        text = text_of(article_id, words, catalogue.topics(s))
        editing.edit(s, actor(member), text, based_on=change.based_on, checked=change.checked)
        return view(editing.page(s, article_id))


@router.post("/articles/{article_id}/publish")
def publish_article(
    request: Request,
    member: AMember,
    article_id: str,
    tasks: BackgroundTasks,
    which: WhichLanguage | None = None,
) -> ArticleView:
    """Put the drafts in force; answers follow them as soon as the index has them."""
    access.must(member, "article.write")
    here, which = desk.of(request), which or WhichLanguage()
    with db.transaction(here.engine) as s:
        editing.publish(
            s,
            actor(member),
            article_id,
            which.language,
            comment=which.comment,
            reviewed_only=not here.settings.direct_publish,
        )
        now = view(editing.page(s, article_id))
    tasks.add_task(here.knowledge.refresh)
    return now


@router.post("/articles/{article_id}/withdraw")
def withdraw_article(
    request: Request,
    member: AMember,
    article_id: str,
    tasks: BackgroundTasks,
    which: WhichLanguage | None = None,
) -> ArticleView:
    """Take the article out of every answer; its wording is kept."""
    access.must(member, "article.write")
    here, which = desk.of(request), which or WhichLanguage()
    with db.transaction(here.engine) as s:
        editing.withdraw(s, actor(member), article_id, which.language, comment=which.comment)
        now = view(editing.page(s, article_id))
    tasks.add_task(here.knowledge.refresh)
    return now


@router.get("/search")
def search(
    request: Request,
    q: Annotated[str, Query(max_length=500)] = "",
    language: Language = "en",
    limit: Annotated[int, Query(ge=1, le=200)] = 10,
) -> Hits:
    """Passages for a question or a few words, the nearest first."""
    here = desk.of(request)
    here.limiter.count("requests_per_address", auth.address(request))
    if not q.strip():
        return Hits(items=[])
    return Hits(items=here.knowledge.hits(q, language, limit))


def text_of(article_id: str, words: ArticleWords, topics: Sequence[str]) -> ArticleText:
    """Raises Invalid for a topic that is none of `topics`, and for whatever else cannot be."""
    for field, known in (("topic", topics), ("audience", article_text.AUDIENCES)):
        if getattr(words, field) not in known:
            raise Invalid(f"{field} is one of {', '.join(known)}.", field=field)
    if words.valid_until and words.valid_until < words.valid_from:
        raise Conflict("valid_until lies before valid_from.", field="valid_until")
    body = article_text.untitled(words.body, words.title)
    return ArticleText(id=article_id, **words.model_dump(exclude={"id", "body"}), body=body)


def _changed(before: ArticlePage, changes: dict[str, Any]) -> ArticleWords:
    """The newest wording with the changes laid over it."""
    article, newest = before.article, before.versions[0]
    standing = {name: getattr(newest, name) for name in WORDING}
    standing |= {name: getattr(article, name) for name in ABOUT}
    return ArticleWords.model_validate(standing | changes)


def view(page: ArticlePage) -> ArticleView:
    a = page.article
    versions = [_version(v) for v in page.versions]
    return ArticleView(
        id=a.id,
        topic=a.topic,
        audience=a.audience,
        queue=a.queue,
        owner=a.owner,
        review_on=a.review_on,
        original=a.original,
        versions=versions,
    )


def _version(v: ArticleVersion) -> VersionView:
    return VersionView(
        language=v.language,
        version=v.number,
        status=v.status,
        title=v.title,
        body=v.body,
        law=v.law,
        source=v.source,
        valid_from=v.valid_from,
        valid_until=v.valid_until,
        published_at=v.published_at,
        edition=v.edition,
        stale_since=v.stale_since,
        checked_against=v.checked_number,
    )


def actor(member: Member) -> Actor:
    return Actor("counselor", member.id)
