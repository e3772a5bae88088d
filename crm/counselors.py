"""People of the desk: signing up, signing in, and the tokens that stand for them."""

import hashlib
import secrets
import threading
from collections.abc import Sequence
from datetime import timedelta

import argon2
from sqlalchemy import delete, func, select, update

from crm import clock, db, events, presence
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound, Unauthorized
from crm.models import Counselor, PersonalToken, SignIn

ROLES = ("counselor", "senior", "supervisor", "editor", "admin", "auditor")
SIGN_IN_LASTS = timedelta(hours=12)
MIN_PASSWORD = 12

_hasher = argon2.PasswordHasher()
# Each check takes 64 MB for a moment, so only a few run at once.
_hashing = threading.BoundedSemaphore(2)
# Checking against this when nobody has the address makes a wrong name as slow as a wrong password.
_nobody = _hasher.hash(secrets.token_hex(16))


def sign_up(
    s: Session,
    *,
    email: str,
    name: str,
    password: str,
    role: str,
    languages: Sequence[str],
    queues: Sequence[str],
    interface: str = "en",
) -> Counselor:
    """Add a person to the desk."""
    if role not in ROLES:
        raise Invalid(f"role is one of {', '.join(ROLES)}.", field="role")
    if len(password) < MIN_PASSWORD:
        raise Invalid(f"A password has at least {MIN_PASSWORD} characters.", field="password")
    email = email.strip().casefold()
    db.alone(s, "counselor", email)
    if s.scalar(select(Counselor.id).where(Counselor.email == email)):
        raise Conflict("Someone is signed up with this address.", field="email")
    counselor = Counselor(
        email=email,
        name=name,
        password_hash=_hasher.hash(password),
        role=role,
        languages=list(languages),
        queues=list(queues),
        interface=interface,
        created_at=clock.now(),
    )
    s.add(counselor)
    s.flush()
    events.emit(
        s, "counselor.signed_up", events.SYSTEM, data={"counselor": counselor.id, "role": role}
    )
    return counselor


def set_password(s: Session, counselor: Counselor, password: str) -> None:
    """A new password; whoever signed in with the old one is out."""
    counselor.password_hash = _hasher.hash(password)
    _shut_out(s, counselor)
    events.emit(s, "counselor.password_set", events.SYSTEM, data={"counselor": counselor.id})


def change(
    s: Session,
    actor: events.Actor,
    counselor_id: str,
    *,
    role: str | None,
    queues: Sequence[str] | None,
    disabled: bool | None,
) -> Counselor:
    """Change what a person may do, or take all access away; their sessions end with it."""
    counselor = s.get(Counselor, counselor_id)
    if counselor is None:
        raise NotFound("There is no such person.")
    if disabled and counselor_id == actor.id:
        raise Conflict("You cannot shut yourself out.")
    counselor.role = role or counselor.role
    counselor.queues = counselor.queues if queues is None else list(queues)
    if disabled is not None:
        counselor.disabled_at = clock.now() if disabled else None
    if disabled:
        _shut_out(s, counselor)
        presence.leave(s, counselor.id, for_good=True)
    codes = {"counselor": counselor.id, "role": counselor.role, "disabled": bool(disabled)}
    events.emit(s, "counselor.changed", actor, data=codes)
    return counselor


def use_interface(s: Session, counselor_id: str, language: str) -> None:
    """Show this person the console in another language."""
    s.get_one(Counselor, counselor_id).interface = language
    actor = events.Actor("counselor", counselor_id)
    events.emit(s, "counselor.changed", actor, data={"fields": ["interface"]})


def none_yet(s: Session) -> bool:
    """Whether the desk still waits for its first admin."""
    return s.scalar(select(func.count()).select_from(Counselor)) == 0


def by_password(s: Session, email: str, password: str) -> Counselor:
    """The person behind an address and a password; Forbidden tells not which of them was wrong."""
    counselor = s.scalar(select(Counselor).where(Counselor.email == email.strip().casefold()))
    known = counselor.password_hash if counselor else _nobody
    try:
        with _hashing:
            _hasher.verify(known, password)
    except argon2.exceptions.VerifyMismatchError:
        counselor = None
    if counselor is None or counselor.disabled_at:
        raise Unauthorized("The address or the password is not right.")
    return counselor


def sign_in(s: Session, counselor: Counselor) -> tuple[str, SignIn]:
    """A new session; returns the cookie's value, of which only a digest is kept."""
    secret = secrets.token_urlsafe(32)
    session = SignIn(
        digest=_digest(secret),
        counselor_id=counselor.id,
        csrf=secrets.token_urlsafe(24),
        expires_at=clock.now() + SIGN_IN_LASTS,
    )
    s.add(session)
    events.emit(s, "counselor.signed_in", events.Actor("counselor", counselor.id))
    return secret, session


def sign_out(s: Session, secret: str) -> None:
    session = s.get(SignIn, _digest(secret))
    if session:
        s.delete(session)
        presence.leave(s, session.counselor_id)
        events.emit(s, "counselor.signed_out", events.Actor("counselor", session.counselor_id))


def by_cookie(s: Session, secret: str) -> tuple[Counselor, SignIn] | None:
    session = s.get(SignIn, _digest(secret))
    if session is None or session.expires_at < clock.now():
        return None
    counselor = s.get_one(Counselor, session.counselor_id)
    return None if counselor.disabled_at else (counselor, session)


def issue_token(s: Session, counselor: Counselor) -> str:
    """A personal token, shown once."""
    secret = secrets.token_urlsafe(32)
    s.add(PersonalToken(digest=_digest(secret), counselor_id=counselor.id, created_at=clock.now()))
    events.emit(s, "counselor.token_issued", events.Actor("counselor", counselor.id))
    return secret


def by_token(s: Session, secret: str) -> Counselor | None:
    token = s.get(PersonalToken, _digest(secret))
    if token is None or token.revoked_at:
        return None
    counselor = s.get_one(Counselor, token.counselor_id)
    return None if counselor.disabled_at else counselor


def _shut_out(s: Session, counselor: Counselor) -> None:
    """End every session and revoke every token of a person."""
    s.execute(delete(SignIn).where(SignIn.counselor_id == counselor.id))
    s.execute(
        update(PersonalToken)
        .where(PersonalToken.counselor_id == counselor.id, PersonalToken.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
