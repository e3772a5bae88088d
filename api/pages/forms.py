"""Forms of people who have no session yet: the same secret in a cookie and in the form."""

import hmac
import secrets

from fastapi import Request, Response

from api import desk
from crm.errors import Forbidden

COOKIE = "sinmungo_form"
OUT_OF_DATE = "The page is out of date. Please load it again."


def token(request: Request) -> str:
    """The browser's own form token, or a new one for `keep` to give it."""
    return request.cookies.get(COOKIE) or secrets.token_urlsafe(24)


def keep(request: Request, response: Response, value: str) -> None:
    response.set_cookie(COOKIE, value, httponly=True, samesite="strict", secure=secure(request))


def check(request: Request, sent: str) -> None:
    """Raises Forbidden unless the form came from a page of ours in this browser."""
    kept = request.cookies.get(COOKIE, "")
    if not kept or not same(kept, sent):
        raise Forbidden(OUT_OF_DATE)


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def secure(request: Request) -> bool:
    """Whether cookies may be kept to encrypted connections."""
    public = desk.of(request).settings.public_url
    return request.url.scheme == "https" or public.startswith("https://")
