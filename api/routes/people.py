"""Tokens, and the people of the desk."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from api import auth, desk, views
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from api.views import CounselorView
from crm import access, counselors, db
from crm.access import Member
from crm.errors import Forbidden, Invalid
from crm.events import Actor
from crm.models import Counselor
from crm.settings import QUEUES
from routing import desk as verbs

router = APIRouter(prefix="/api/v1", tags=["People"], responses=TOLD)

Role = Literal["counselor", "senior", "supervisor", "editor", "admin", "auditor"]
Language = Literal["en", "es", "ko"]


class Credentials(BaseModel):
    email: Annotated[str, Clean, StringConstraints(max_length=320)]
    password: Annotated[str, StringConstraints(max_length=1000)]
    label: Annotated[str, Plain, StringConstraints(max_length=60)] | None = None


class TokenView(BaseModel):
    token: str


class NewCounselor(BaseModel):
    email: Annotated[str, Plain, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320)]
    name: Annotated[str, Plain, StringConstraints(min_length=1, max_length=200)]
    password: Annotated[str, StringConstraints(min_length=12, max_length=1000)]
    role: Role
    languages: list[Language] = Field(default=["en"], min_length=1)
    queues: list[str] = []


class CounselorList(BaseModel):
    items: list[CounselorView]
    next: str | None = None


@router.post("/tokens", status_code=201)
def issue_token(request: Request, credentials: Credentials) -> TokenView:
    """A personal token for programs, shown this once."""
    here = desk.of(request)
    auth.count_sign_in(request, credentials.email)
    with db.reading(here.engine) as s:  # slow on purpose: no write lock while it hashes
        counselor = counselors.by_password(s, credentials.email, credentials.password)
    with db.transaction(here.engine) as s:
        return TokenView(token=counselors.issue_token(s, counselor, credentials.label))


@router.get("/me")
def me(request: Request, member: AMember) -> CounselorView:
    """Who this token or session stands for."""
    with db.reading(desk.of(request).engine) as s:
        return views.counselor(s.get_one(Counselor, member.id))


@router.get("/counselors")
def list_counselors(
    request: Request,
    member: AMember,
    cursor: Annotated[Named | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
) -> CounselorList:
    """The people of the desk by name, to transfer to or to assign."""
    if not access.may(member, "counselor.read"):
        raise Forbidden("Your role does not allow this.")
    with db.reading(desk.of(request).engine) as s:
        page = counselors.listed(s, cursor=cursor, limit=limit)
    return CounselorList(items=[views.counselor(c) for c in page.rows], next=page.next)


class CounselorChange(BaseModel):
    name: Annotated[str, Plain, StringConstraints(min_length=1, max_length=200)] | None = None
    role: Role | None = None
    queues: list[str] | None = None
    languages: Annotated[list[Language], Field(min_length=1)] | None = None
    disabled: bool | None = None


@router.patch("/counselors/{counselor_id}")
def change_counselor(
    request: Request, member: AMember, counselor_id: str, change: CounselorChange
) -> CounselorView:
    """Change a person, or take all access away: what they held goes back to its queue."""
    _admin(member)
    _known(change.queues or [])
    with db.transaction(desk.of(request).engine) as s:
        asked = change.model_dump(exclude_none=True)
        return views.counselor(
            verbs.change_person(s, Actor("counselor", member.id), counselor_id, **asked)
        )


@router.post("/counselors", status_code=201)
def sign_up(request: Request, member: AMember, new: NewCounselor) -> CounselorView:
    """Add a person to the desk."""
    if not access.may(member, "counselor.write"):
        raise Forbidden("Only an admin adds people.")
    _known(new.queues)
    with db.transaction(desk.of(request).engine) as s:
        counselor = counselors.sign_up(
            s,
            email=new.email,
            name=new.name,
            password=new.password,
            role=new.role,
            languages=new.languages,
            queues=new.queues,
        )
        return views.counselor(counselor)


def _known(queues: list[str]) -> None:
    unknown = sorted(set(queues) - set(QUEUES))
    if unknown:
        raise Invalid(f"These queues are not known: {', '.join(unknown)}.", field="queues")


class OwnToken(BaseModel):
    id: str
    label: str | None
    created_at: datetime


class TokenList(BaseModel):
    items: list[OwnToken]
    next: str | None = None


@router.get("/me/tokens")
def list_tokens(request: Request, member: AMember) -> TokenList:
    """Your personal tokens that still work; the tokens themselves were shown once."""
    with db.reading(desk.of(request).engine) as s:
        mine = counselors.tokens_of(s, member.id)
        return TokenList(
            items=[
                OwnToken(id=counselors.token_id(x), label=x.label, created_at=x.created_at)
                for x in mine
            ]
        )


@router.delete("/me/tokens/{token_id}", status_code=204)
def revoke_token(request: Request, member: AMember, token_id: str) -> Response:
    """Take back one of your personal tokens."""
    with db.transaction(desk.of(request).engine) as s:
        counselors.revoke_token(s, member.id, token_id)
    return Response(status_code=204)


class NewPassword(BaseModel):
    """Shown this once: the desk keeps a hash alone."""

    password: str


@router.post("/counselors/{counselor_id}/reset-password")
def reset_password(request: Request, member: AMember, counselor_id: str) -> NewPassword:
    """A new password for a person who lost theirs; their sessions and tokens end."""
    _admin(member)
    with db.transaction(desk.of(request).engine) as s:
        person = counselors.get(s, counselor_id)
        made = counselors.reset_password(s, person, Actor("counselor", member.id))
    return NewPassword(password=made)


@router.post("/counselors/{counselor_id}/sign-out")
def sign_out_everywhere(request: Request, member: AMember, counselor_id: str) -> CounselorView:
    """End every session of a person."""
    _admin(member)
    with db.transaction(desk.of(request).engine) as s:
        person = counselors.get(s, counselor_id)
        counselors.sign_out_everywhere(s, person, Actor("counselor", member.id))
        return views.counselor(person)


def _admin(member: Member) -> None:
    if not access.may(member, "counselor.write"):
        raise Forbidden("Only an admin changes people.")
