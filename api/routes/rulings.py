"""Rulings: what the second line is asked to settle, and what can be cited from then on."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, StringConstraints

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain, one_line
from bot.personal_numbers import masked
from crm import access, db, rulings, tickets
from crm.access import Member
from crm.db import Session
from crm.errors import Forbidden, NotFound
from crm.events import Actor
from crm.models import Counselor, Ruling, Ticket

router = APIRouter(prefix="/api/v1", tags=["Rulings"], responses=TOLD)

Kind = Literal["approval", "interpretation"]
State = Literal["asked", "granted", "refused", "withdrawn"]
Words = Annotated[str, Clean, StringConstraints(min_length=1, max_length=10_000)]
Basis = Annotated[str, Plain, StringConstraints(max_length=200)]


class Asking(BaseModel):
    """`approver` is a counselor's id; nobody named is whoever may decide. `due_at` is as the
    calendar has it where nothing is said: a working day, five for an interpretation."""

    kind: Kind
    question: Words
    approver: Named | None = None
    due_at: AwareDatetime | None = None


class Deciding(BaseModel):
    """`basis` is the article that an interpretation rests on."""

    granted: bool
    reply: Words
    basis: Basis | None = None


class RulingView(BaseModel):
    """`question` is null for whoever may only cite the reply. `citation` is how it is cited."""

    id: str
    number: str
    kind: Kind
    state: State
    ticket: str | None
    question: str | None
    asked_by: str
    asked_at: datetime
    approver: str | None
    due_at: datetime
    late: bool
    reply: str | None
    basis: str | None
    citation: str | None
    decided_by: str | None
    decided_at: datetime | None


class RulingList(BaseModel):
    items: list[RulingView]
    next: str | None


@router.post("/tickets/{ticket_id}/rulings", status_code=201)
def ask(request: Request, member: AMember, ticket_id: Named, asked: Asking) -> RulingView:
    """Put a question before the second line; the ticket waits until it is decided."""
    access.must(member, "ticket.write")
    with db.transaction(desk.of(request).engine) as s:
        ticket = tickets.locked(s, ticket_id)
        if not access.may_write_ticket(member, ticket):
            raise NotFound("There is no such ticket.")
        made = rulings.ask(
            s,
            Actor("counselor", member.id),
            ticket,
            kind=asked.kind,
            question=asked.question,
            approver_id=asked.approver,
            due_at=asked.due_at,
        )
        return view(s, member, made)


@router.get("/rulings")
def list_rulings(
    request: Request,
    member: AMember,
    state: State | None = None,
    kind: Kind | None = None,
    text: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[Named | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RulingList:
    """Rulings you may see, the newest first; `text` finds what may be cited."""
    access.must(member, "ruling.read")
    with db.reading(desk.of(request).engine) as s:
        page = rulings.listed(
            s, member, state=state, kind=kind, text=one_line(text), cursor=cursor, limit=limit
        )
        return RulingList(items=[view(s, member, r) for r in page.rows], next=page.next)


@router.get("/rulings/{ruling}")
def get_ruling(request: Request, member: AMember, ruling: Named) -> RulingView:
    """One ruling, by its id or by the number that it is cited by."""
    access.must(member, "ruling.read")
    with db.reading(desk.of(request).engine) as s:
        return view(s, member, readable(s, member, ruling))


@router.post("/rulings/{ruling}/decide")
def decide(request: Request, member: AMember, ruling: Named, decided: Deciding) -> RulingView:
    """Grant or refuse it, with a reply; the ticket goes on."""
    access.must(member, "ruling.decide")
    with db.transaction(desk.of(request).engine) as s:
        found = readable(s, member, ruling, lock=True)
        if not access.may_decide(member, found):
            raise Forbidden("This is for somebody else to decide.")
        rulings.decide(
            s,
            Actor("counselor", member.id),
            found,
            granted=decided.granted,
            reply=decided.reply,
            basis=decided.basis,
        )
        return view(s, member, found)


@router.post("/rulings/{ruling}/withdraw")
def withdraw(request: Request, member: AMember, ruling: Named) -> RulingView:
    """It need not be settled any more; whoever asked says so, or a supervisor."""
    access.must(member, "ticket.write")
    with db.transaction(desk.of(request).engine) as s:
        found = readable(s, member, ruling, lock=True)
        if not access.may_withdraw(member, found):
            raise Forbidden("Somebody else asked for this ruling.")
        return view(s, member, rulings.withdraw(s, Actor("counselor", member.id), found))


def readable(s: Session, member: Member, name: str, *, lock: bool = False) -> Ruling:
    """The ruling, for whoever may see it. Raises NotFound for the others."""
    found = rulings.get(s, name)
    ticket = s.get_one(Ticket, found.ticket_id)
    if not access.may_read_ruling(member, found, ticket):
        raise NotFound("There is no such ruling.")
    return rulings.get(s, found.id, lock=True) if lock else found


def view(s: Session, member: Member, r: Ruling) -> RulingView:
    s.flush()
    whole = access.may_read_question(member, r, s.get_one(Ticket, r.ticket_id))
    return RulingView(
        id=r.id,
        number=r.number,
        kind=r.kind,  # type: ignore[arg-type]  # checked by the table's own constraint
        state=r.state,  # type: ignore[arg-type]  # the same
        ticket=r.ticket_id if whole else None,
        question=masked(r.question) if whole else None,
        asked_by=r.asked_by,
        asked_at=r.asked_at,
        approver=r.approver_id,
        due_at=r.due_at,
        late=r.late_at is not None,
        reply=r.reply and masked(r.reply),
        basis=r.basis,
        citation=_citation(s, r),
        decided_by=r.decided_by,
        decided_at=r.decided_at,
    )


def _citation(s: Session, r: Ruling) -> str | None:
    """`R-2026-000001, 2026-11-26 (Article 7): Senior Example`: what a reply may be cited by."""
    if r.state != "granted" or r.decided_at is None:
        return None
    who = s.get_one(Counselor, r.decided_by).name
    rests = f" ({r.basis})" if r.basis else ""
    return f"{r.number}, {r.decided_at:%Y-%m-%d}{rests}: {who}"
