"""Macros: changes to a ticket and words about it that belong together, made whole or not at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm import access, clock, db, events, replies, tickets
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.events import Actor
from crm.models import Macro, MacroUse, Ticket
from crm.settings import QUEUES

SCOPES = ("all", "queue", "own")
ASSIGNEES = ("me", "nobody")
TIERS = (1, 2)
# What a macro may set as it stands; who is assigned and the tags are worked out for each ticket.
PLAIN = ("category", "priority", "queue", "tier", "status")
KNOWN: Mapping[str, tuple[Any, ...]] = {
    "priority": tickets.PRIORITIES,
    "status": tickets.STATUSES,
    "queue": QUEUES,
    "tier": TIERS,
    "assignee": ASSIGNEES,
}
TAGS = ("add_tags", "remove_tags")
LONGEST_NOTE = 4000


def usable(s: Session, member: Member) -> Sequence[Macro]:
    """The macros that a member may read, by name."""
    seen = select(Macro).where(access.macros_seen_by(member))
    return s.scalars(seen.order_by(Macro.name, Macro.id)).all()


def readable(s: Session, member: Member, macro_id: str, *, lock: bool = False) -> Macro:
    macro = s.get(Macro, macro_id, with_for_update=lock, populate_existing=lock)
    if macro is None or not access.may_read_macro(member, macro):
        raise NotFound("There is no such macro.")
    return macro


def save(
    s: Session,
    member: Member,
    *,
    name: str,
    scope: str,
    queue: str | None,
    changes: Mapping[str, Any],
    note: str | None,
    texts: Mapping[str, str],
    macro_id: str | None = None,
    seen: datetime | None = None,
) -> Macro:
    """Keep a macro, new or changed. `queue` is whose it is where the scope is a queue's; `seen` is
    the `updated_at` of the macro that was looked at.

    Raises Invalid with the field that cannot be so, Forbidden where it is not the member's to
    write, Conflict where its name is taken or somebody else changed it since.
    """
    macro = readable(s, member, macro_id, lock=True) if macro_id else None
    holder = _holder(member, scope, queue)
    written = [(scope, holder)] + ([(macro.scope, macro.holder)] if macro else [])
    if not all(access.may_write_macro(member, *whose) for whose in written):
        raise Forbidden("This macro is not yours to write.")
    if macro:
        must_be_as_seen(macro, seen)
    worded = {language: text.strip() for language, text in texts.items() if text.strip()}
    kept = {field: value for field, value in changes.items() if value not in (None, "", [])}
    kept |= {
        field: sorted({tag.casefold() for tag in kept[field]}) for field in TAGS if field in kept
    }
    _check(name, kept, note, worded)
    db.alone(s, "macro", scope, holder, name)
    same = (Macro.scope == scope, Macro.holder == holder, Macro.name == name)
    if s.scalar(select(Macro.id).where(*same, Macro.id != (macro_id or ""))):
        raise Conflict("There is a macro of this name.", field="taken")
    macro = macro or Macro()
    macro.name, macro.scope, macro.holder = name, scope, holder
    macro.changes, macro.note, macro.texts = kept, (note or "").strip() or None, worded
    macro.updated_at = clock.now()
    s.add(macro)
    s.flush()
    codes = {"macro": macro.id, "scope": scope, "fields": sorted(kept), "languages": sorted(worded)}
    said = "\n".join([macro.note or "", *worded.values()])
    events.emit(s, "macro.saved", _actor(member), data=codes, content=said)
    return macro


def remove(s: Session, member: Member, macro_id: str) -> None:
    macro = readable(s, member, macro_id)
    if not access.may_write_macro(member, macro.scope, macro.holder):
        raise Forbidden("This macro is not yours to write.")
    s.delete(macro)
    events.emit(s, "macro.removed", _actor(member), data={"macro": macro_id})


def changes_to(macro: Macro, ticket: Ticket, member: Member) -> dict[str, Any]:
    """The columns of a ticket that a macro would change, with what they would hold."""
    wanted = {field: macro.changes[field] for field in PLAIN if field in macro.changes}
    if "assignee" in macro.changes:
        wanted["assignee_id"] = member.id if macro.changes["assignee"] == "me" else None
    added, removed = (set(macro.changes.get(name, ())) for name in TAGS)
    wanted["tags"] = sorted((set(ticket.tags) | added) - removed)
    return {field: value for field, value in wanted.items() if getattr(ticket, field) != value}


def hindrance(macro: Macro, ticket: Ticket, member: Member) -> str | None:
    """Why a macro cannot be applied to a ticket as both are now; None where it can.

    `closed`, `queue_gone`, `awaits` (a ruling) or `tags` (too many). Whose the ticket is hinders
    no macro, as it hinders nobody's hand.
    """
    if ticket.status == "closed" or ticket.merged_into_id:
        return "closed"
    if macro.changes.get("queue", QUEUES[0]) not in QUEUES:
        return "queue_gone"
    if ticket.awaits and macro.changes.get("status") in tickets.OVER:
        return "awaits"
    tags = changes_to(macro, ticket, member).get("tags", ())
    return "tags" if len(tags) > tickets.MOST_TAGS else None


def used(s: Session, member: Member, client_id: str) -> MacroUse | None:
    """What a member did before under this name."""
    db.alone(s, "macro use", member.id, client_id)
    mine = (MacroUse.counselor_id == member.id, MacroUse.client_id == client_id)
    return s.scalar(select(MacroUse).where(*mine))


def changed(
    s: Session,
    member: Member,
    macro: Macro,
    ticket: Ticket,
    *,
    client_id: str,
    conversation: str | None,
    message: str | None,
) -> MacroUse:
    """Change the ticket and note for colleagues what the macro says; the act has one event.

    What the contact was told and where their talk went is done by then, in the same transaction:
    `message` and `conversation` name it. The parts keep their own events beside it, so that whoever
    looks for every change of a ticket, or hears a talk, misses none.
    """
    changes = changes_to(macro, ticket, member)
    followed = {*changes, *(["tier"] if "queue" in changes else [])}
    before = {field: getattr(ticket, field) for field in followed}
    if macro.note:
        tickets.note(s, _actor(member), ticket, text=macro.note, mentions=())
    if changes:
        tickets.change(s, ticket, _actor(member), changes)
    use = MacroUse(
        macro_id=macro.id,
        name=macro.name,
        ticket_id=ticket.id,
        counselor_id=member.id,
        client_id=client_id,
        before=before,
        after={field: getattr(ticket, field) for field in before},
        at=clock.now(),
    )
    s.add(use)
    s.flush()
    codes = {
        "macro": macro.id,
        "use": use.id,
        "fields": sorted(changes),
        "noted": bool(macro.note),
        "said": message,
    }
    events.emit(
        s,
        "macro.applied",
        _actor(member),
        ticket=ticket.id,
        conversation=conversation,
        data=codes,
    )
    return use


def last(s: Session, ticket_id: str) -> MacroUse | None:
    """The newest use on a ticket that was not taken back."""
    standing = (MacroUse.ticket_id == ticket_id, MacroUse.undone_at.is_(None))
    newest = select(MacroUse).where(*standing).order_by(MacroUse.at.desc(), MacroUse.id)
    return s.scalar(newest.limit(1))


def undo(s: Session, member: Member, ticket: Ticket, macro_id: str) -> MacroUse:
    """Give the ticket's fields back what they held before its last macro, if that is the one named.

    What was changed again since stays as it is. What the contact read, what colleagues read, and a
    talk that went to another line cannot be made undone, and stay.
    """
    use = last(s, ticket.id)
    if use is None or use.macro_id != macro_id:
        raise Conflict("This was not the last macro of this ticket.", reason="not_last")
    back = {
        field: value
        for field, value in use.before.items()
        if value != use.after[field] and getattr(ticket, field) == use.after[field]
    }
    if not back:
        raise Conflict("Nothing of the ticket is as this macro left it.", reason="moved_on")
    tickets.change(s, ticket, _actor(member), back)
    use.undone_at = clock.now()
    codes = {"macro": use.macro_id, "use": use.id, "fields": sorted(back)}
    events.emit(s, "macro.undone", _actor(member), ticket=ticket.id, data=codes)
    return use


def must_be_as_seen(macro: Macro, seen: datetime | None) -> None:
    if seen not in {None, macro.updated_at}:
        raise Conflict("This macro was changed since you looked.", field="stale", reason="changed")


def _holder(member: Member, scope: str, queue: str | None) -> str:
    if scope not in SCOPES:
        raise Invalid(f"scope is one of {', '.join(SCOPES)}.", field="scope")
    if scope == "queue":
        if queue not in QUEUES:
            raise Invalid(f"queue is one of {', '.join(QUEUES)}.", field="queue")
        return queue
    return member.id if scope == "own" else ""


def _check(
    name: str, changes: Mapping[str, Any], note: str | None, texts: Mapping[str, str]
) -> None:
    if not name:
        raise Invalid("A macro has a name.", field="name")
    if not changes and not texts and not (note or "").strip():
        raise Invalid("A macro changes or says something.", field="nothing")
    if len(note or "") > LONGEST_NOTE:
        raise Invalid(f"A note has at most {LONGEST_NOTE} characters.", field="too_long")
    for field, value in changes.items():
        if field in KNOWN and value not in KNOWN[field]:
            allowed = ", ".join(str(one) for one in KNOWN[field])
            raise Invalid(f"{field} is one of {allowed}.", field=field)
    if max(len(changes.get(tags, ())) for tags in TAGS) > tickets.MOST_TAGS:
        raise Invalid(f"A ticket has up to {tickets.MOST_TAGS} tags.", field="tags")
    replies.check_texts(texts)


def _actor(member: Member) -> Actor:
    return Actor("counselor", member.id)
