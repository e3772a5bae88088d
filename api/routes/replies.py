"""Canned replies: read by everybody who answers, worded by supervisors, editors and admins."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, StringConstraints

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Plain
from crm import access, db, replies
from crm.access import Member
from crm.events import Actor
from crm.models import Reply
from knowledge.port import Language

router = APIRouter(prefix="/api/v1/replies", tags=["Replies"], responses=TOLD)

Text = Annotated[str, Clean, StringConstraints(max_length=replies.LONGEST)]


class ReplyWords(BaseModel):
    """`texts` may leave a language out; a place is written as `{contact}`, `{counselor}`,
    `{ticket}` or `{queue}` and filled in before anything is sent."""

    name: Annotated[str, Plain, StringConstraints(min_length=1, max_length=60)]
    texts: dict[Language, Text]


class ReplyChange(ReplyWords):
    """`seen` is the reply's `updated_at` as you saw it: 409 where it was reworded since."""

    seen: AwareDatetime | None = None


class ReplyView(ReplyWords):
    id: str
    updated_at: datetime


class ReplyList(BaseModel):
    items: list[ReplyView]
    next: str | None = None


@router.get("")
def list_replies(request: Request, member: AMember) -> ReplyList:
    """All canned replies by name."""
    access.must(member, "reply.read")
    with db.reading(desk.of(request).engine) as s:
        return ReplyList(items=[view(reply) for reply in replies.every(s)])


@router.post("", status_code=201)
def add_reply(request: Request, member: AMember, words: ReplyWords) -> ReplyView:
    """A new canned reply; 409 where its name is taken."""
    return _save(request, member, words)


@router.patch("/{reply_id}")
def change_reply(request: Request, member: AMember, reply_id: str, words: ReplyChange) -> ReplyView:
    """Word a canned reply anew; 409 where its name is taken, or it is not as you saw it."""
    return _save(request, member, words, reply_id, words.seen)


@router.delete("/{reply_id}", status_code=204)
def remove_reply(request: Request, member: AMember, reply_id: str) -> Response:
    """Take a canned reply away; what was sent with it stays as it was said."""
    access.must(member, "reply.write")
    with db.transaction(desk.of(request).engine) as s:
        replies.remove(s, Actor("counselor", member.id), reply_id)
    return Response(status_code=204)


def view(reply: Reply) -> ReplyView:
    return ReplyView.model_validate(
        {
            "id": reply.id,
            "name": reply.name,
            "texts": reply.texts,
            "updated_at": reply.updated_at,
        }
    )


def _save(
    request: Request,
    member: Member,
    words: ReplyWords,
    reply_id: str | None = None,
    seen: datetime | None = None,
) -> ReplyView:
    access.must(member, "reply.write")
    actor = Actor("counselor", member.id)
    texts = {str(language): text for language, text in words.texts.items()}
    with db.transaction(desk.of(request).engine) as s:
        reply = replies.save(s, actor, name=words.name, texts=texts, reply_id=reply_id, seen=seen)
        return view(reply)
