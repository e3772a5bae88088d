"""Turning a template into an answer. Everything is escaped; nothing is inline."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api import desk
from api.pages import language as languages
from api.pages import navigation, words
from bot.personal_numbers import masked
from crm import db, incidents
from knowledge.port import Language


@cache
def environment(templates: Path) -> Environment:
    made = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["masked"] = masked
    made.filters["iso"] = _iso
    made.globals["doors"] = navigation.places
    return made


def page(
    request: Request,
    template: str,
    /,
    *,
    language: Language | None = None,
    status: int = 200,
    private: bool = False,
    remembered: bool = True,
    **fields: Any,
) -> HTMLResponse:
    """A whole page, or a part of one, in the given language or the guest's.

    `private` keeps it out of every cache; `remembered` keeps a language asked for in the address.
    """
    chosen = language or languages.of_guest(request)
    t = words.of(chosen)
    settings = desk.of(request).settings
    zone = ZoneInfo(settings.hours.zone)
    html = (
        environment(settings.root / "web" / "templates")
        .get_template(template)
        .render(
            t=t,
            language=chosen,
            languages=words.NAMES,
            desk_name=settings.name,
            path=request.url.path,
            written=lambda day: written(t, day, zone),
            dated=lambda moment: _time(moment, written(t, moment, zone)),
            timed=lambda moment: _time(
                moment, f"{written(t, moment, zone)}, {moment.astimezone(zone):%H:%M}"
            ),
            local=lambda moment: moment.astimezone(zone),
            zone=settings.hours.zone,
            notices=lambda: _notices(request, chosen),
            **fields,
        )
    )
    response = HTMLResponse(html, status)
    response.headers["Content-Language"] = chosen
    response.headers["Cache-Control"] = "private, no-store" if private else "no-cache"
    response.headers["Vary"] = "Accept-Language, Cookie"
    if remembered:
        languages.remember(request, response)
    return response


def _notices(request: Request, language: Language) -> list[str]:
    """What is wrong at present, as open incidents say it."""
    with db.reading(desk.of(request).engine) as s:
        return [incident.notice[language] for incident in incidents.in_force(s)]


def written(t: words.Words, day: date, zone: ZoneInfo) -> str:
    """A day, or the day of a moment by the desk's clock, as people of that language write it."""
    if isinstance(day, datetime):
        day = day.astimezone(zone)
    return t("date.day", day=day.day, month=t(f"date.month_{day.month}"), year=day.year)


def _time(moment: datetime, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(_iso(moment), words)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
