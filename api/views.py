"""What the outside sees of a row. Personal numbers are masked here, on every way out."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from api.live import Seen
from bot.personal_numbers import masked
from crm import evidence, sla
from crm.messages import is_sealed
from crm.models import (
    Contact,
    Conversation,
    Counselor,
    File,
    Message,
    Tender,
    Ticket,
)


class CitationView(BaseModel):
    article: str
    title: str
    version: int
    url: str
    quote: str


class FileView(BaseModel):
    id: str
    name: str
    media_type: str
    size: int


class MessageView(BaseModel):
    id: str
    author: Literal["contact", "bot", "counselor", "system"]
    author_id: str | None
    audience: Literal["public", "internal"]
    text: str
    language: str
    act: str | None
    citations: list[CitationView]
    choices: list[str]
    client_id: str | None
    # A bot's draft for a counselor: offered, accepted or discarded.
    draft: str | None = None
    files: list[FileView]
    action: dict[str, Any] | None = None
    # What the contact said of a cited answer: whether it helped and, if not, why.
    helpful: bool | None = None
    unhelpful: str | None = None
    sealed: bool = False
    at: datetime


class Owner(BaseModel):
    kind: Literal["bot", "queue", "counselor", "callback"]
    id: str | None = None


class ContactView(BaseModel):
    id: str
    name: str | None
    email: str | None
    language: str
    proven: bool


class Said(BaseModel):
    author: str
    text: str


class Source(BaseModel):
    article: str
    title: str
    version: int
    url: str


class HandoffView(BaseModel):
    reason: str
    goal: str
    facts: dict[str, str]
    sources_tried: list[Source]
    language: str
    deadline: str | None
    last_turns: list[Said]


class ConversationSummary(BaseModel):
    id: str
    channel: str
    queue: str | None
    urgent: bool
    deadline: str | None
    owner: Owner
    status: Literal["open", "waiting", "active", "wrap_up", "closed"]
    language: str
    contact: ContactView
    ticket: str | None
    goal: str | None
    waiting_since: datetime | None
    last_message_at: datetime


class ConversationView(ConversationSummary):
    messages: list[MessageView]
    seen_message: str | None = None
    handoff: HandoffView | None
    wrap_code: str | None
    wrap_note: str | None


class TicketView(BaseModel):
    id: str
    number: str
    subject: str
    category: str
    queue: str
    tier: int
    priority: str
    status: str
    contact: str
    assignee: str | None
    procurement_reference: str | None
    first_answer_due: datetime | None
    first_answered_at: datetime | None
    solution_due: datetime | None
    solved_at: datetime | None
    next_answer_due: datetime | None
    tags: list[str]
    # The clocks that ran out: first_answer, next_answer, solution.
    late: list[str]
    merged_into: str | None
    incident: str | None
    # The kind of ruling that it waits for: approval, interpretation, or none.
    awaits: str | None
    created_at: datetime
    conversations: list[str]


class TenderView(BaseModel):
    number: str
    title: str
    status: str
    enquiry_ends: datetime | None
    tender_ends: datetime | None
    value: dict[str, Any] | None
    buyer: str


class CounselorView(BaseModel):
    id: str
    name: str
    role: str
    languages: list[str]
    queues: list[str]


SEALED = "•••"


def message(m: Message, files: list[File] | None = None, *, own: bool = False) -> MessageView:
    """A message as the desk sees it; `own` as its contact does, whose sealed bid it may tell of."""
    sealed = is_sealed(m) and not own
    return MessageView(
        id=m.id,
        author=m.author_kind,  # type: ignore[arg-type]  # the table's own constraint
        author_id=m.author_id,
        audience=m.audience,  # type: ignore[arg-type]  # the table's own constraint
        text=SEALED if sealed else masked(m.text),
        language=m.language,
        act=m.act,
        citations=[CitationView(**c) for c in m.citations],
        choices=[] if sealed else m.choices,
        client_id=m.client_id,
        draft=m.draft,
        files=[] if sealed else [file(f) for f in files or []],
        action=None if sealed else m.action,
        helpful=m.helpful,
        unhelpful=m.unhelpful,
        sealed=sealed,
        at=m.created_at,
    )


def file(f: File) -> FileView:
    return FileView(id=f.id, name=masked(f.name), media_type=f.media_type, size=f.size)


def contact(c: Contact) -> ContactView:
    name = c.name and masked(c.name)
    return ContactView(id=c.id, name=name, email=c.email, language=c.language, proven=c.proven)


def summary(c: Conversation, who: Contact, ticket_number: str | None) -> ConversationSummary:
    return ConversationSummary(**_summary(c, who, ticket_number))


def conversation(
    c: Conversation, who: Contact, ticket_number: str | None, said: list[MessageView]
) -> ConversationView:
    return ConversationView(
        **_summary(c, who, ticket_number),
        messages=said,
        seen_message=c.seen_message_id,
        handoff=HandoffView(**c.handoff) if c.handoff else None,
        wrap_code=c.wrap_code,
        wrap_note=c.wrap_note and masked(c.wrap_note),
    )


def ticket(t: Ticket, conversation_ids: list[str]) -> TicketView:
    return TicketView(
        id=t.id,
        number=t.number,
        subject=masked(t.subject),
        category=t.category,
        queue=t.queue,
        tier=t.tier,
        priority=t.priority,
        status=t.status,
        contact=t.contact_id,
        assignee=t.assignee_id,
        procurement_reference=t.procurement_reference and masked(t.procurement_reference),
        first_answer_due=t.first_answer_due,
        first_answered_at=t.first_answered_at,
        solution_due=t.solution_due,
        solved_at=t.solved_at,
        next_answer_due=t.next_answer_due,
        tags=t.tags,
        late=[name for name, bit in sla.BITS.items() if t.breaches & bit],
        merged_into=t.merged_into_id,
        incident=t.incident_id,
        awaits=t.awaits,
        created_at=t.created_at,
        conversations=conversation_ids,
    )


def tender(t: Tender) -> TenderView:
    return TenderView(
        number=t.number,
        title=t.title,
        status=t.status,
        enquiry_ends=t.enquiry_ends,
        tender_ends=t.tender_ends,
        value=t.value,
        buyer=t.buyer,
    )


def counselor(c: Counselor) -> CounselorView:
    return CounselorView(id=c.id, name=c.name, role=c.role, languages=c.languages, queues=c.queues)


def guest_event(seen: Seen) -> dict[str, Any]:
    """An event as the contact is told of it: what was said, and where the conversation stands."""
    said = seen.message
    told: dict[str, Any] = {
        "id": seen.event.id,
        "kind": seen.event.kind,
        "at": seen.event.at.isoformat(),
        "conversation_id": seen.event.conversation_id,
        "message": _guest_message(seen) if said else None,
    }
    if seen.conversation:
        told |= {
            "status": seen.conversation.status,
            "owner": {"kind": seen.conversation.owner_kind},
            "language": seen.conversation.language,
        }
    return told


def desk_event(seen: Seen) -> dict[str, Any]:
    """An event as the desk sees it: the whole journal row, and the message it speaks of."""
    said = message(seen.message, seen.files).model_dump(mode="json") if seen.message else None
    return evidence.line(seen.event) | {"message": said}


def _guest_message(seen: Seen) -> dict[str, Any] | None:
    if seen.message is None or seen.message.audience != "public":
        return None
    told = message(seen.message, seen.files, own=True).model_dump(mode="json")
    # Which member of the desk wrote is the desk's own affair; the name was said on joining.
    told.pop("author_id")
    return told


def _summary(c: Conversation, who: Contact, ticket_number: str | None) -> dict[str, Any]:
    return {
        "id": c.id,
        "channel": c.channel,
        "queue": c.queue,
        "urgent": c.urgent,
        "deadline": c.deadline,
        "owner": Owner(kind=c.owner_kind, id=c.owner_id),  # type: ignore[arg-type]  # the table's own constraint
        "status": c.status,
        "language": c.language,
        "contact": contact(who),
        "ticket": ticket_number,
        "goal": c.handoff["goal"] if c.handoff else None,
        "waiting_since": c.waiting_since,
        "last_message_at": c.last_message_at,
    }
