"""Which language a page is in: the one asked for, chosen before, or preferred by the browser."""

from fastapi import Request, Response

from knowledge.port import LANGUAGES, Language

COOKIE = "sinmungo_language"
YEAR_SECONDS = 365 * 24 * 3600


def of_guest(request: Request) -> Language:
    """`?lang=`, then the cookie, then Accept-Language, then English."""
    for told in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if told in LANGUAGES:
            return told
    return _preferred(request.headers.get("accept-language", ""))


def remember(request: Request, response: Response) -> None:
    """Keep a language that was asked for in the address."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        response.set_cookie(COOKIE, asked, max_age=YEAR_SECONDS, samesite="lax", httponly=True)


def _preferred(header: str) -> Language:
    wishes: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.strip().casefold()[:2]))
        except ValueError:
            continue
    for _, tag in sorted(wishes, key=lambda wish: wish[0]):
        if tag in LANGUAGES:
            return tag
    return "en"
