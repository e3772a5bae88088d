"""Pages for everybody: the home page, the help centre, the chat frame and its loader."""

import json
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import auth, desk
from api.pages import help as centre
from api.pages import language as languages
from api.pages import words
from api.pages.render import page
from api.reading import Named, one_line
from crm import clock, db
from crm.errors import NotFound
from knowledge import catalogue
from knowledge.port import LANGUAGES, Language

router = APIRouter(include_in_schema=False)

HITS = 12
LOOKED_THROUGH = 60  # passages; of each article only the best is shown
FIVE_MINUTES = "public, max-age=300"


@router.get("/")
def home(request: Request) -> Response:
    """The agency's help page, with the search box and the assistant."""
    language = languages.of_guest(request)
    with db.reading(desk.of(request).engine) as s:
        topics = centre.topics(s, language)
    return page(request, "home.html", topics=topics)


@router.get("/help")
def help_centre(
    request: Request,
    q: Annotated[str, Query(max_length=300)] = "",
    topic: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    return _centre(request, languages.of_guest(request), one_line(q), topic)


@router.get("/help/{language}")
def help_in(
    request: Request,
    language: Language,
    q: Annotated[str, Query(max_length=300)] = "",
    topic: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The same in a language that the address names, so that the address can be passed on."""
    return _centre(request, language, one_line(q), topic)


@router.get("/help/{language}/{article}")
def article(
    request: Request,
    language: Language,
    article: Named,
    v: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    on: date | None = None,
) -> Response:
    """An article as citations link to it: `v` names the version, the fragment its section.

    `on` asks for what held on a day. What was withdrawn says so, as 410; what is missing in one
    language names the others.
    """
    with db.reading(desk.of(request).engine) as s:
        try:
            reading = centre.reading(s, language, article, v, on)
        except NotFound:
            elsewhere = centre.elsewhere(s, article)
            if not elsewhere:
                raise
            over_time = []
        else:
            elsewhere = []
            over_time = centre.over_time(s, article, language)
    if elsewhere:
        return page(
            request,
            "article_missing.html",
            language=language,
            status=404,
            article=article,
            elsewhere=elsewhere,
            on=on,
        )
    return page(
        request,
        "article.html",
        language=language,
        status=410 if reading.gone else 200,
        reading=reading,
        over_time=over_time,
        asked_for=v,
        day=on or clock.today(),
    )


def _centre(request: Request, language: Language, asked: str, topic: str) -> Response:
    here = desk.of(request)
    here.limiter.count("requests_per_address", auth.address(request))
    hits = here.knowledge.hits(asked, language, LOOKED_THROUGH) if asked else []
    with db.reading(here.engine) as s:
        chosen = topic if topic in catalogue.topics(s) else ""
        topics = centre.topics(s, language)
        found = centre.found(s, hits, chosen)[:HITS]
    return page(
        request,
        "help.html",
        language=language,
        topics=topics,
        asked=asked,
        found=found,
        chosen=chosen,
        entries=topics.get(chosen, []),
    )


@router.get("/widget")
def widget(request: Request) -> Response:
    """The chat itself: what the loader frames, and a page of its own on a small screen."""
    settings = desk.of(request).settings
    return page(
        request,
        "widget.html",
        remembered=False,  # the chat's language is its own, not that of the pages around it
        max_characters=settings.max_characters,
        max_file_bytes=settings.max_file_bytes,
        phones=any(map(settings.phone.provider, settings.phone.accounts)) or settings.demo,
    )


@router.get("/widget.js")
def loader(request: Request) -> Response:
    """The one script that a site embeds; its few words come from the catalogue."""
    root = desk.of(request).settings.root
    source = (root / "web" / "static" / "widget" / "loader.js").read_text("utf-8")
    said = {language: words.of(language).groups["loader"] for language in LANGUAGES}
    filled = source.replace('"__WORDS__"', json.dumps(said, ensure_ascii=False))
    return Response(
        filled,
        media_type="text/javascript; charset=utf-8",
        headers={
            "Cache-Control": FIVE_MINUTES,
            # Any site may load it; this alone allows that where the site isolates itself.
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
