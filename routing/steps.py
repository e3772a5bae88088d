"""Carrying out what the bot decided: words become messages, a hand-off a place in a queue."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot import port
from bot.dates import day, day_and_time
from bot.personal_numbers import masked
from crm import (
    actions,
    callbacks,
    clock,
    conversations,
    delegations,
    messages,
    protection,
    queues,
    tenders,
    tickets,
    turns,
    watches,
)
from crm.actions import Proposal
from crm.db import Session, change
from crm.events import BOT, SYSTEM, Actor
from crm.messages import Draft
from crm.models import CallBack, Conversation, Message, Tender, Turn
from crm.settings import Settings
from routing import calling_back, conflicts, hours, in_line, policy, waits, words
from routing.actions import public

LAST_TURNS = 10
DEFAULT_QUEUE = "technical"
URGENT_WITHIN = timedelta(hours=24)
# For these a person is wanted now; for all else the counselor who rings later will do.
WANTED = frozenset({"asked", "complaint"})


def carry_out(
    s: Session,
    settings: Settings,
    conversation: Conversation,
    turn: Turn,
    steps: Sequence[port.Step],
) -> str | None:
    """Write all that the steps ask for in the caller's transaction; returns the turn's act."""
    for step in steps:
        if isinstance(step, port.Remember):
            _remember(s, conversation, turn, step)
    outcome, promised = port.outcome(steps), calling_back.standing(s, conversation)
    _seal(s, turn, steps)  # the person's own words, before a packet is made of the thread
    drafted = not isinstance(outcome, port.HandOff) and _only_drafts(
        s, settings, conversation, turn
    )
    for step in steps:
        if isinstance(step, port.Cancel | port.HandOff):
            actions.cancel_live(s, conversation.id, "cancelled")
        if not isinstance(step, port.Remember):
            act = step.act if step is outcome else None
            _say(s, settings, conversation, turn, step, act=act, drafted=drafted)
    if promised and conversation.owner_kind == "callback" and turns.is_first(s, turn, promised):
        _write(s, conversation, turn, _coming(settings, conversation, promised), None)
    _seal(s, turn, steps)
    if drafted:
        mail = messages.by_id(s, turn.message_id)
        asked = (
            words.say(conversation.language, "sealed") if messages.is_sealed(mail) else mail.text
        )
        hand_over(s, settings, conversation, "draft", asked)
    return outcome.act if outcome else None


def _only_drafts(s: Session, settings: Settings, conversation: Conversation, turn: Turn) -> bool:
    """Whether a person sends what the bot writes; only mail has such a policy."""
    if conversation.channel != "email":
        return False
    asked = messages.by_id(s, turn.message_id).text
    return policy.of(settings, conversation, asked) == "draft"


def _seal(s: Session, turn: Turn, steps: Sequence[port.Step]) -> None:
    """What a turn about a bid says, on both sides, is read by nobody of the desk until then."""
    until = next((x.sealed_until for x in steps if isinstance(x, port.Remember)), None)
    if until is not None:
        for message_id in (turn.message_id, *(m.id for m in messages.of_turn(s, turn.id))):
            messages.seal(s, message_id, until)


def as_json(steps: Sequence[port.Step]) -> list[dict[str, Any]]:
    """What was decided, as it is kept on the turn: kinds, acts and sources, not the words."""
    return [
        {"step": type(step).__name__}
        | ({"act": step.act} if not isinstance(step, port.Remember) else {})
        for step in steps
    ]


def _remember(s: Session, conversation: Conversation, turn: Turn, step: port.Remember) -> None:
    change(s, conversation, bot_state=dict(step.state), language=step.language)
    messages.tell_language(s, turn.message_id, step.language)


def _say(
    s: Session,
    settings: Settings,
    conversation: Conversation,
    turn: Turn,
    step: port.Spoken,
    *,
    act: str | None,
    drafted: bool,
) -> None:
    text = step.text
    if isinstance(step, port.OpenTicket):
        text = text.format(number=_open_ticket(s, conversation, step))
    if isinstance(step, port.HandOff):
        hand_off(s, settings, conversation, turn, step)
        return
    action = dict(step.action) if isinstance(step, port.Acted) else None
    if isinstance(step, port.Propose):
        action = _propose(s, conversation, turn, step)
    citations = [asdict(c) for c in step.citations] if isinstance(step, port.Answer) else []
    _write(
        s, conversation, turn, text, act, citations, _choices(step), action=action, drafted=drafted
    )


def _propose(
    s: Session, conversation: Conversation, turn: Turn, step: port.Propose
) -> dict[str, Any]:
    proposal = Proposal(
        kind=step.kind,
        payload=step.payload,
        preview=step.preview,
        organisation=step.organisation,
        role=step.role,
        tender=step.tender,
        tender_number=step.tender_number,
        deadline=step.deadline,
        sealed_until=step.sealed_until,
    )
    conflicts.named(s, conversation, number=step.tender_number or "")
    return public(actions.propose(s, conversation, proposal, key=f"act-{turn.id}"))


def _write(
    s: Session,
    conversation: Conversation,
    turn: Turn | None,
    text: str,
    act: str | None,
    citations: Sequence[dict[str, Any]] = (),
    choices: Sequence[str] = (),
    *,
    action: dict[str, Any] | None = None,
    drafted: bool = False,
) -> None:
    draft = Draft(
        author=BOT,
        text=text,
        language=conversation.language,
        act=act,
        citations=citations,
        choices=choices,
        turn_id=turn.id if turn else None,
        audience="internal" if drafted else "public",
        draft="offered" if drafted else None,
        action=action,
    )
    messages.say(s, conversation, draft)


def _choices(step: port.Spoken) -> Sequence[str]:
    if isinstance(step, port.HandOff | port.OpenTicket | port.Cancel | port.Perform):
        return ()
    return step.choices


def _open_ticket(s: Session, conversation: Conversation, step: port.OpenTicket) -> str:
    ticket = tickets.open_ticket(
        s,
        actor=BOT,
        contact_id=conversation.contact_id,
        subject=masked(step.subject),
        category=step.category,
        queue=conversation.queue or DEFAULT_QUEUE,
        conversation=conversation,
    )
    _note_facts(s, conversation, step.facts)
    return ticket.number


def _note_facts(s: Session, conversation: Conversation, facts: Any) -> None:
    lines = "\n".join(f"{name}: {value}" for name, value in facts.items())
    if lines:
        messages.say(
            s,
            conversation,
            Draft(SYSTEM, lines, conversation.language, audience="internal"),
        )


def hand_off(
    s: Session,
    settings: Settings,
    conversation: Conversation,
    turn: Turn | None,
    step: port.HandOff,
) -> None:
    """A place in a queue with its packet and ticket; without a turn where a key asked for it."""
    queue = step.queue if step.queue in settings.queues else DEFAULT_QUEUE
    step = _with_deadline(s, conversation, step)
    number = _ticket_for(s, conversation, step, queue)
    standing = protection.suspension_of(s, conversation.contact_id)
    if standing:  # answered in writing: the ticket is open, no person is put through
        ends = standing.ends_at.astimezone(ZoneInfo(settings.hours.zone))
        until = day(ends, conversation.language)
        told = words.say(conversation.language, "suspended", number=number, until=until)
        _write(s, conversation, turn, told, step.act)
        return
    promised = calling_back.standing(s, conversation)
    if promised and not _rather_now(s, settings, step, queue):
        told = words.say(conversation.language, "call_answers", number=number)
        _write(s, conversation, turn, told, step.act)
        return
    text = _hand_off_text(s, settings, conversation, step, number, queue)
    _write(s, conversation, turn, text, step.act)
    _give(s, conversation, step, queue)
    if promised:
        contact = Actor("contact", conversation.contact_id)
        callbacks.cancel(s, promised, conversation, actor=contact)


def _rather_now(s: Session, settings: Settings, step: port.HandOff, queue: str) -> bool:
    """Whether somebody who is to be rung later wants a person before, and people are there."""
    return step.reason in WANTED and hours.of_queue(s, settings, queue).is_open(clock.now())


def _coming(settings: Settings, conversation: Conversation, promised: CallBack) -> str:
    """That the call which was promised still comes, and when."""
    language = conversation.language
    at = day_and_time(promised.due_at, ZoneInfo(settings.hours.zone), language)
    return words.say(language, "call_coming", at=at)


def hand_over(
    s: Session,
    settings: Settings,
    conversation: Conversation,
    reason: Literal["draft", "mail"],
    text: str,
    *,
    silently: bool = False,
) -> None:
    """Give a conversation to the queue of its words without the bot having asked for it."""
    queue = policy.likely_queue(conversation, text)
    step = port.HandOff(
        text="",
        reason=reason,
        queue=queue if queue in settings.queues else DEFAULT_QUEUE,
        goal=(conversation.subject or text)[:200],
    )
    number = _ticket_for(s, conversation, step, step.queue or DEFAULT_QUEUE)
    if not silently:
        received = words.say(conversation.language, "mail_received", number=number)
        _write(s, conversation, None, received, None)
    _give(s, conversation, step, step.queue or DEFAULT_QUEUE)


def _give(s: Session, conversation: Conversation, step: port.HandOff, queue: str) -> None:
    conflicts.named(s, conversation, number=step.facts.get("tender_number", ""))
    conversations.hand_off(
        s,
        conversation,
        actor=BOT,
        queue=queue,
        packet=_packet(s, conversation, step),
        urgent=step.urgent,
        deadline=step.deadline and step.deadline[:60],
    )
    _need(s, conversation, step)


def _need(s: Session, conversation: Conversation, step: port.HandOff) -> None:
    """A deadline that is a moment counts in the queue the more, the nearer it is."""
    at = _moment(step.deadline or "")
    if at is not None:
        queues.need(s, conversation, actor=BOT, deadline_at=at)


def _moment(text: str) -> datetime | None:
    """A deadline as a moment, or None for one that was said in words."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _with_deadline(s: Session, conversation: Conversation, step: port.HandOff) -> port.HandOff:
    """The hand-off with the nearest deadline that the desk knows, where the person said none.

    Only the nearest counts: that of the tender it names, of acts begun in this talk, or of the
    tenders the person follows (docs/actions.md holds the published rule).
    """
    number = step.facts.get("tender_number")
    tender = s.scalar(select(Tender).where(Tender.number == number)) if number else None
    person = delegations.person_of(s, conversation.contact_id)
    known = [
        at
        for at in (
            tender.tender_ends if tender and not tenders.over(tender) else None,
            actions.nearest_deadline(s, conversation.id),
            watches.nearest_end(s, person),
        )
        if at is not None and at >= clock.now()
    ]
    if not known:
        return step
    nearest = min(known)
    return replace(
        step,
        urgent=step.urgent or nearest - clock.now() <= URGENT_WITHIN,
        deadline=step.deadline or nearest.isoformat(timespec="minutes"),
    )


def _ticket_for(s: Session, conversation: Conversation, step: port.HandOff, queue: str) -> str:
    if conversation.ticket_id:
        return tickets.get(s, conversation.ticket_id).number
    ticket = tickets.open_ticket(
        s,
        actor=BOT,
        contact_id=conversation.contact_id,
        subject=masked(step.goal),
        category=step.reason,
        queue=queue,
        priority="urgent" if step.urgent else "normal",
        reference=step.facts.get("tender_number", "")[:100] or None,
        conversation=conversation,
    )
    return ticket.number


def _hand_off_text(
    s: Session,
    settings: Settings,
    conversation: Conversation,
    step: port.HandOff,
    number: str,
    queue: str,
) -> str:
    language = conversation.language
    working = hours.of_queue(s, settings, queue)
    if not working.is_open(clock.now()):
        return in_line.away(language, number, working)
    place = waits.of_newcomer(
        s, queue, language=language, urgent=step.urgent, deadline=_moment(step.deadline or "")
    )
    return f"{step.text} {in_line.told(language, number, place)}"


def _packet(s: Session, conversation: Conversation, step: port.HandOff) -> dict[str, Any]:
    """All a counselor needs, so that nobody has to say anything twice."""
    thread = [m for m in messages.thread(s, conversation.id) if not messages.is_sealed(m)]
    return {
        "reason": step.reason,
        "goal": masked(step.goal),
        "facts": {name: masked(value) for name, value in step.facts.items()},
        "sources_tried": _sources(thread),
        "language": conversation.language,
        "deadline": step.deadline,
        "last_turns": [
            {"author": m.author_kind, "text": masked(m.text)} for m in thread[-LAST_TURNS:]
        ],
    }


def _sources(thread: Sequence[Message]) -> list[dict[str, Any]]:
    """The articles already shown, each once, in the order of their showing."""
    shown = {c["article"]: c for message in thread for c in message.citations}
    return [
        {"article": c["article"], "title": c["title"], "version": c["version"], "url": c["url"]}
        for c in shown.values()
    ]
