"""Who is asking: a guest with a chat token, or a member with a cookie or a personal token."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import jwt
from fastapi import Depends, Request, WebSocket
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from starlette.requests import HTTPConnection

from api import desk
from api.reading import one_line
from crm import conversations, counselors, db, presence, reservations, walls
from crm.access import Guest, Member
from crm.contacts import Proven
from crm.db import Session
from crm.errors import Forbidden, Unauthorized
from crm.models import Conversation, Counselor
from crm.settings import Settings

COOKIE = "sinmungo_session"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SUBPROTOCOL = "bearer."


def guest(request: Request) -> Guest:
    """The bearer of a chat token; raises Unauthorized for any other."""
    limiter, found = desk.of(request).limiter, _known_guest(request)
    limiter.count("requests_per_token", found.conversation_id)
    limiter.count("requests_per_address", address(request))
    return found


def _known_guest(request: Request) -> Guest:
    """The bearer of a chat token, not counted yet; whoever has none counts for the address."""
    try:
        return guest_by_token(request, _bearer(request))
    except Unauthorized:
        desk.of(request).limiter.count("requests_per_address", address(request))
        raise


@dataclass(frozen=True, slots=True)
class Speaker:
    """A guest who is about to say something; `digest` is still to be compared with the row."""

    guest: Guest
    digest: str


async def speaker(request: Request) -> Speaker:
    """`guest` without a look into the database where the token came before."""
    here, token = desk.of(request), _bearer(request)
    digest = conversations.token_digest(token or "")
    known = here.guests.find(digest)
    if known is None:
        known = await run_in_threadpool(_known_guest, request)
        here.guests.keep(digest, known)
    here.limiter.count("messages_per_conversation", known.conversation_id)
    here.limiter.count("requests_per_token", known.conversation_id)
    here.limiter.count("requests_per_address", address(request))
    return Speaker(known, digest)


def member(request: Request) -> Member:
    """Someone signed in. A request that changes something by cookie must carry the CSRF token."""
    token = _bearer(request)
    found = member_by_token(request, token) if token else _member_by_cookie(request)
    limiter = desk.of(request).limiter
    if found is None:
        limiter.count("requests_per_address", address(request))
        raise Unauthorized("Please sign in.")
    limiter.count("requests_per_token", found.id)
    limiter.count("requests_per_address", address(request))
    heard(request, found)
    return found


def heard(request: Request, who: Member) -> None:
    """Whoever changes something is there, whether or not they hold a socket open."""
    if request.method in SAFE_METHODS:
        return
    engine = desk.of(request).engine
    with db.reading(engine) as s:
        if not presence.to_beat(s, who.id):
            return
    with db.transaction(engine) as s:
        presence.beat(s, who.id)


def count_sign_in(connection: HTTPConnection, email: str) -> None:
    """One try at an account from an address, then one of the address; raises TooMany."""
    limiter, where = desk.of(connection).limiter, address(connection)
    limiter.count("sign_ins_per_account", f"{email.strip().casefold()}|{where}")
    limiter.count("sign_ins_per_address", where)


AGuest = Annotated[Guest, Depends(guest)]
ASpeaker = Annotated[Speaker, Depends(speaker)]
AMember = Annotated[Member, Depends(member)]


def guest_by_token(connection: HTTPConnection, token: str | None) -> Guest:
    if not token:
        raise Unauthorized("This needs the conversation's token.")
    with db.reading(desk.of(connection).engine) as s:
        row = s.execute(
            select(Conversation.id, Conversation.contact_id).where(
                Conversation.token_digest == conversations.token_digest(token)
            )
        ).one_or_none()
    if row is None:
        raise Unauthorized("This token is not known.")
    return Guest(row.id, row.contact_id)


def member_by_token(connection: HTTPConnection, token: str) -> Member | None:
    with db.reading(desk.of(connection).engine) as s:
        counselor = counselors.by_token(s, token)
        return as_member(s, counselor) if counselor else None


def member_by_cookie(connection: HTTPConnection) -> tuple[Member, str] | None:
    """The member and the CSRF token of the session that the cookie names."""
    cookie = connection.cookies.get(COOKIE)
    if not cookie:
        return None
    with db.reading(desk.of(connection).engine) as s:
        found = counselors.by_cookie(s, cookie)
        return (as_member(s, found[0]), found[1].csrf) if found else None


def as_member(s: Session, counselor: Counselor) -> Member:
    attends, offered = reservations.grants(s, counselor.id)
    return Member(
        id=counselor.id,
        role=counselor.role,
        queues=tuple(counselor.queues),
        name=counselor.name,
        interface=counselor.interface,
        attends=attends,
        offered=offered,
        kept_from=walls.kept_from(s, counselor.id),
    )


def as_members(
    s: Session, people: Sequence[Counselor], conversation_id: str | None = None
) -> list[Member]:
    """Many at once, in a few questions. Of what they attend or are offered, only the conversation
    that is named is known."""
    none: frozenset[str] = frozenset()
    this = frozenset({conversation_id} if conversation_id else ())
    attending, offered = reservations.asked_into(s, conversation_id) if this else (none, none)
    walled = {wall.counselor_id for wall in walls.standing(s)}
    return [
        Member(
            id=one.id,
            role=one.role,
            queues=tuple(one.queues),
            name=one.name,
            interface=one.interface,
            attends=this if one.id in attending else none,
            offered=this if one.id in offered else none,
            kept_from=walls.kept_from(s, one.id) if one.id in walled else none,
        )
        for one in people
    ]


def address(request: HTTPConnection) -> str:
    """The other end's network address; behind a proxy, uvicorn has put the real one there."""
    return request.client.host if request.client else "unknown"


def socket_token(socket: WebSocket) -> tuple[str, str] | None:
    """The bearer token of a socket's subprotocols, with the subprotocol to accept."""
    for offered in socket.scope.get("subprotocols", []):
        if offered.startswith(SUBPROTOCOL):
            return offered.removeprefix(SUBPROTOCOL), offered
    return None


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a browser says that one of our own pages asks. A cookie alone proves nothing."""
    origin = connection.headers.get("origin")
    return origin is not None and origin.split("://", 1)[-1] == connection.headers.get("host")


def portal_proof(settings: Settings, user_token: str) -> Proven:
    """What the agency's portal signed: a JWT (HS256, audience `sinmungo`) with sub, email, exp and,
    where they apply, name, organisation and role.

    Raises Unauthorized when the portal is not set up or the token is not its own.
    """
    if settings.portal_key is None:
        raise Unauthorized("This desk has no portal; PORTAL_KEY is not set.")
    try:
        claims = jwt.decode(
            user_token,
            settings.portal_key,
            algorithms=["HS256"],
            audience="sinmungo",
            options={"require": ["sub", "email", "exp"]},
        )
        return Proven(
            subject=_claim(claims, "sub", 320),
            email=_claim(claims, "email", 320),
            name=_claim(claims, "name", 200),
            organisation=_claim(claims, "organisation", 200) or None,
            role=_claim(claims, "role", 20) or "supplier",
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (jwt.InvalidTokenError, ValueError, OverflowError, OSError) as error:
        raise Unauthorized("The user token is not valid.") from error


def _claim(claims: dict[str, Any], name: str, longest: int) -> str:
    """A claim as the record can keep it; raises ValueError for what it cannot."""
    value = claims.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(name)
    return one_line(value)


def _member_by_cookie(request: Request) -> Member | None:
    found = member_by_cookie(request)
    if found is None:
        return None
    who, csrf = found
    if request.method not in SAFE_METHODS:
        sent = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(sent.encode(), csrf.encode()):
            raise Forbidden("The page is out of date. Please load it again.")
    return who


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.casefold() == "bearer" else None
