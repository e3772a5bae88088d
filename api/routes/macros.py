"""Macros: written by supervisors, and by counselors for themselves; applied to a ticket whole."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api import desk, views
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from api.routes.tickets import Category, Priority, Status, Tag
from api.views import TicketView
from bot.personal_numbers import masked
from crm import access, db, macros, queries, replies
from crm.access import Member
from crm.db import Session
from crm.models import Macro, Ticket
from knowledge.port import Language
from routing import macros as work
from routing.macros import Preview

router = APIRouter(prefix="/api/v1", tags=["Macros"], responses=TOLD)

Text = Annotated[str, Clean, StringConstraints(max_length=replies.LONGEST)]
Note = Annotated[str, Clean, StringConstraints(max_length=macros.LONGEST_NOTE)]
Tags = Annotated[list[Tag], Field(max_length=20)]


class Changes(BaseModel):
    """What becomes of the ticket; what is null stays as it is. `assignee` is whoever applies it, or
    nobody."""

    model_config = ConfigDict(extra="forbid")

    category: Category | None = None
    priority: Priority | None = None
    queue: str | None = None
    tier: Literal[1, 2] | None = None
    status: Status | None = None
    assignee: Literal["me", "nobody"] | None = None
    add_tags: Tags = []
    remove_tags: Tags = []


class MacroWords(BaseModel):
    """`scope` says whose it is: everybody's, those of `queue`, or your own. `note` is for
    colleagues; `texts` are for the contact, by language, with places as canned replies have."""

    name: Annotated[str, Plain, StringConstraints(min_length=1, max_length=60)]
    scope: Literal["all", "queue", "own"]
    queue: str | None = None
    changes: Changes = Changes()
    note: Note | None = None
    texts: dict[Language, Text] = {}


class MacroChange(MacroWords):
    """`seen` is the macro's `updated_at` as you saw it: 409 where it was changed since."""

    seen: AwareDatetime | None = None


class MacroView(MacroWords):
    """`yours` is whether you may change it."""

    id: str
    yours: bool
    updated_at: datetime


class MacroList(BaseModel):
    items: list[MacroView]
    next: str | None = None


class ChangeView(BaseModel):
    was: Any
    becomes: Any


class PreviewView(BaseModel):
    """What a macro would do to the ticket as it is. `changes` are its columns. `reply` is what the
    contact would be told, `moves` whether the talk goes along to the queue. `hindrance` says why it
    cannot be applied: closed, queue_gone, awaits, tags, no_talk, language, open_tender or
    nothing; null where it can."""

    macro: MacroView
    changes: dict[str, ChangeView]
    reply: str | None
    language: str
    moves: bool
    hindrance: str | None


class PreviewList(BaseModel):
    items: list[PreviewView]
    next: str | None = None


class Applying(BaseModel):
    """The same `client_id` is applied once. `conversation` is the talk that it is applied in; your
    own about the ticket where none is named. `seen` is the macro's `updated_at` as you saw it: 409
    where it was changed since."""

    client_id: Annotated[str, Plain, StringConstraints(min_length=1, max_length=60)]
    conversation: Named | None = None
    seen: AwareDatetime | None = None


@router.get("/macros")
def list_macros(request: Request, member: AMember) -> MacroList:
    """Everybody's macros, those of your queues, and your own, by name."""
    access.must(member, "macro.read")
    with db.reading(desk.of(request).engine) as s:
        return MacroList(items=[view(member, macro) for macro in macros.usable(s, member)])


@router.post("/macros", status_code=201)
def add_macro(request: Request, member: AMember, words: MacroWords) -> MacroView:
    """A new macro; 409 where its name is taken among those of the same holder."""
    return _save(request, member, words)


@router.patch("/macros/{macro_id}")
def change_macro(
    request: Request, member: AMember, macro_id: Named, words: MacroChange
) -> MacroView:
    """Write a macro anew, whole; 409 where its name is taken, or it is not as you saw it."""
    return _save(request, member, words, macro_id, words.seen)


@router.delete("/macros/{macro_id}", status_code=204)
def remove_macro(request: Request, member: AMember, macro_id: Named) -> Response:
    """Take a macro away; what was done with it stays done."""
    access.must(member, "macro.write")
    with db.transaction(desk.of(request).engine) as s:
        macros.remove(s, member, macro_id)
    return Response(status_code=204)


@router.get("/tickets/{ticket_id}/macros")
def preview_macros(
    request: Request,
    member: AMember,
    ticket_id: Named,
    conversation: Annotated[Named | None, Query(max_length=24)] = None,
) -> PreviewList:
    """What each of your macros would do to this ticket."""
    access.must(member, "ticket.write")
    with db.reading(desk.of(request).engine) as s:
        ticket = access.must_read_ticket(member, s.get(Ticket, ticket_id))
        found = work.previews(s, member, ticket, conversation)
        return PreviewList(items=[_preview(member, one) for one in found])


@router.post("/tickets/{ticket_id}/macros/{macro_id}")
def apply_macro(
    request: Request, member: AMember, ticket_id: Named, macro_id: Named, how: Applying
) -> TicketView:
    """Do all that the macro says in one act; 409 with the `reason` where any of it cannot be, and
    then none of it is done."""
    access.must(member, "ticket.write")
    with db.transaction(desk.of(request).engine) as s:
        work.apply(
            s,
            member,
            ticket_id,
            macro_id,
            client_id=how.client_id,
            talk_id=how.conversation,
            seen=how.seen,
        )
        return _ticket(s, s.get_one(Ticket, ticket_id))


@router.post("/tickets/{ticket_id}/macros/{macro_id}/undo")
def undo_macro(request: Request, member: AMember, ticket_id: Named, macro_id: Named) -> TicketView:
    """Give the ticket back what it held before its last macro. What was said, noted or moved to
    another line stays; 409 where the macro was not the last, or nothing is as it left it."""
    access.must(member, "ticket.write")
    with db.transaction(desk.of(request).engine) as s:
        return _ticket(s, work.undo(s, member, ticket_id, macro_id))


def view(member: Member, macro: Macro) -> MacroView:
    return MacroView.model_validate(
        {
            "id": macro.id,
            "name": macro.name,
            "scope": macro.scope,
            "queue": macro.holder if macro.scope == "queue" else None,
            "changes": macro.changes,
            "note": macro.note,
            "texts": macro.texts,
            "yours": access.may_write_macro(member, macro.scope, macro.holder),
            "updated_at": macro.updated_at,
        }
    )


def _save(
    request: Request,
    member: Member,
    words: MacroWords,
    macro_id: str | None = None,
    seen: datetime | None = None,
) -> MacroView:
    access.must(member, "macro.write")
    with db.transaction(desk.of(request).engine) as s:
        macro = macros.save(
            s,
            member,
            name=words.name,
            scope=words.scope,
            queue=words.queue,
            changes=words.changes.model_dump(),
            note=words.note,
            texts={str(language): text for language, text in words.texts.items()},
            macro_id=macro_id,
            seen=seen,
        )
        return view(member, macro)


def _preview(member: Member, one: Preview) -> PreviewView:
    return PreviewView(
        macro=view(member, one.macro),
        changes={
            field: ChangeView(was=was, becomes=becomes)
            for field, (was, becomes) in one.changes.items()
        },
        reply=one.reply and masked(one.reply),
        language=one.language,
        moves=one.moves,
        hindrance=one.hindrance,
    )


def _ticket(s: Session, ticket: Ticket) -> TicketView:
    s.flush()
    return views.ticket(ticket, queries.conversations_of_ticket(s, ticket.id))
