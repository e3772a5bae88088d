"""People of the desk: signing up, signing in, and the tokens that stand for them."""

import hashlib
import secrets
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import argon2
from sqlalchemy import and_, delete, func, or_, select, update

from crm import access, clock, db, events, presence
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound, Unauthorized
from crm.models import Counselor, PersonalToken, SignIn
from crm.queries import Page

ROLES = ("counselor", "senior", "supervisor", "editor", "admin", "auditor")
SIGN_IN_LASTS = timedelta(hours=12)
MIN_PASSWORD = 12
TOKEN_ID = 16
# Without letters and digits that are taken for each other.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"

_hasher = argon2.PasswordHasher()
# Each check takes 64 MB for a moment, so only a few run at once.
_hashing = threading.BoundedSemaphore(2)
# Checking against this when nobody has the address makes a wrong name as slow as a wrong password.
_nobody = _hasher.hash(secrets.token_hex(16))


def listed(s: Session, *, cursor: str | None, limit: int) -> Page:
    """The people of the desk by name, after the one whose id is the cursor."""
    query = select(Counselor).where(Counselor.disabled_at.is_(None))
    if cursor is not None:
        last = s.get(Counselor, cursor)
        if last is None:
            raise Invalid("This cursor is not one of ours.", field="cursor")
        same = and_(Counselor.name == last.name, Counselor.id > last.id)
        query = query.where(or_(Counselor.name > last.name, same))
    rows = s.scalars(query.order_by(Counselor.name, Counselor.id).limit(limit + 1)).all()
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def helpers(s: Session) -> Sequence[Counselor]:
    """Whoever takes talks and may sign in, by name."""
    return s.scalars(
        select(Counselor)
        .where(Counselor.role.in_(access.HELPERS), Counselor.disabled_at.is_(None))
        .order_by(Counselor.name)
    ).all()


def everybody(s: Session) -> Sequence[Counselor]:
    """Whoever may sign in, by name."""
    active = select(Counselor).where(Counselor.disabled_at.is_(None))
    return s.scalars(active.order_by(Counselor.name, Counselor.email)).all()


def names(s: Session) -> dict[str, str]:
    """What everybody is called, by id."""
    return told_apart(everybody(s))


def told_apart(people: Sequence[Counselor]) -> dict[str, str]:
    """What each is called among these: their name, with their address where others have it too."""
    shared = Counter(person.name.casefold() for person in people)
    return {
        person.id: f"{person.name} ({person.email})"
        if shared[person.name.casefold()] > 1
        else person.name
        for person in people
    }


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


def get(s: Session, counselor_id: str) -> Counselor:
    counselor = s.get(Counselor, counselor_id)
    if counselor is None:
        raise NotFound("There is no such person.")
    return counselor


def set_password(
    s: Session, counselor: Counselor, password: str, actor: events.Actor = events.SYSTEM
) -> None:
    """A new password; whoever signed in with the old one is out."""
    if len(password) < MIN_PASSWORD:
        raise Invalid(f"A password has at least {MIN_PASSWORD} characters.", field="password")
    counselor.password_hash = _hasher.hash(password)
    _shut_out(s, counselor)
    events.emit(s, "counselor.password_set", actor, data={"counselor": counselor.id})


def reset_password(s: Session, counselor: Counselor, actor: events.Actor) -> str:
    """A password made by the desk, to be shown once; it is easy to read out and hard to guess."""
    groups = ("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(5))
    password = "-".join(groups)
    set_password(s, counselor, password, actor)
    return password


def sign_out_everywhere(s: Session, counselor: Counselor, actor: events.Actor) -> None:
    """End every session; personal tokens stay, they are revoked one by one."""
    s.execute(delete(SignIn).where(SignIn.counselor_id == counselor.id))
    codes = {"counselor": counselor.id, "everywhere": True}
    events.emit(s, "counselor.signed_out", actor, data=codes)


def change(
    s: Session,
    actor: events.Actor,
    counselor_id: str,
    *,
    role: str | None = None,
    queues: Sequence[str] | None = None,
    languages: Sequence[str] | None = None,
    name: str | None = None,
    disabled: bool | None = None,
) -> Counselor:
    """Change what a person may do, or take all access away; their sessions end with it."""
    db.alone(s, "counselor", "roles")  # two admins cannot take the last admin from each other
    counselor = get(s, counselor_id)
    if disabled and counselor_id == actor.id:
        raise Conflict("You cannot shut yourself out.", field="self")
    leaves = bool(disabled) or (role or counselor.role) != "admin"
    if counselor.role == "admin" and leaves and _last_admin(s, counselor):
        raise Conflict("The desk needs an admin.", field="last_admin")
    counselor.role = role or counselor.role
    counselor.name = name or counselor.name
    counselor.queues = counselor.queues if queues is None else list(queues)
    counselor.languages = counselor.languages if languages is None else list(languages)
    if disabled is not None:
        counselor.disabled_at = clock.now() if disabled else None
    if disabled:
        _shut_out(s, counselor)
        presence.leave(s, counselor.id, for_good=True)
    shut_out = counselor.disabled_at is not None
    codes = {"counselor": counselor.id, "role": counselor.role, "disabled": shut_out}
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


def issue_token(s: Session, counselor: Counselor, label: str | None = None) -> str:
    """A personal token, shown once."""
    secret = secrets.token_urlsafe(32)
    token = PersonalToken(
        digest=_digest(secret), counselor_id=counselor.id, label=label, created_at=clock.now()
    )
    s.add(token)
    events.emit(s, "counselor.token_issued", events.Actor("counselor", counselor.id))
    return secret


def by_token(s: Session, secret: str) -> Counselor | None:
    token = s.get(PersonalToken, _digest(secret))
    if token is None or token.revoked_at:
        return None
    counselor = s.get_one(Counselor, token.counselor_id)
    return None if counselor.disabled_at else counselor


def tokens_of(s: Session, counselor_id: str) -> Sequence[PersonalToken]:
    """A person's tokens that still work, the newest first."""
    return s.scalars(
        select(PersonalToken)
        .where(PersonalToken.counselor_id == counselor_id, PersonalToken.revoked_at.is_(None))
        .order_by(PersonalToken.created_at.desc(), PersonalToken.digest)
    ).all()


def token_id(token: PersonalToken) -> str:
    """The name of a token in lists and addresses: a part of its digest, which opens nothing."""
    return token.digest[:TOKEN_ID]


def revoke_token(s: Session, counselor_id: str, named: str) -> None:
    """Take back one of a person's own tokens; raises NotFound for any other."""
    mine = tokens_of(s, counselor_id)
    token = next((x for x in mine if token_id(x) == named), None)
    if token is None:
        raise NotFound("There is no such token.")
    token.revoked_at = clock.now()
    events.emit(s, "counselor.token_revoked", events.Actor("counselor", counselor_id))


def _last_admin(s: Session, counselor: Counselor) -> bool:
    others = select(func.count()).where(
        Counselor.role == "admin", Counselor.disabled_at.is_(None), Counselor.id != counselor.id
    )
    return counselor.disabled_at is None and s.scalar(others) == 0


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
