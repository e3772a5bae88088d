"""Carrying out what the bot decided: words become messages, a hand-off a place in a queue."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from bot import port
from bot.personal_numbers import masked
from crm import clock, conversations, messages, queues, tickets
from crm.db import Session
from crm.events import BOT, SYSTEM
from crm.messages import Draft
from crm.models import Conversation, Message, Tender, Turn
from crm.settings import Settings
from routing import hours, words

LAST_TURNS = 10
DEFAULT_QUEUE = "technical"
URGENT_WITHIN = timedelta(hours=24)


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
    outcome = port.outcome(steps)
    for step in steps:
        if not isinstance(step, port.Remember):
            _say(s, settings, conversation, turn, step, act=step.act if step is outcome else None)
    return outcome.act if outcome else None


def as_json(steps: Sequence[port.Step]) -> list[dict[str, Any]]:
    """What was decided, as it is kept on the turn: kinds, acts and sources, not the words."""
    return [
        {"step": type(step).__name__}
        | ({"act": step.act} if not isinstance(step, port.Remember) else {})
        for step in steps
    ]


def _remember(s: Session, conversation: Conversation, turn: Turn, step: port.Remember) -> None:
    conversation.bot_state = dict(step.state)
    conversation.language = step.language
    message = messages.by_id(s, turn.message_id)
    message.language = step.language


def _say(
    s: Session,
    settings: Settings,
    conversation: Conversation,
    turn: Turn,
    step: port.Spoken,
    *,
    act: str | None,
) -> None:
    text = step.text
    if isinstance(step, port.OpenTicket):
        text = text.format(number=_open_ticket(s, conversation, step))
    if isinstance(step, port.HandOff):
        _hand_off(s, settings, conversation, turn, step)
        return
    citations = [asdict(c) for c in step.citations] if isinstance(step, port.Answer) else []
    _write(s, conversation, turn, text, act, citations, _choices(step))


def _write(
    s: Session,
    conversation: Conversation,
    turn: Turn,
    text: str,
    act: str | None,
    citations: Sequence[dict[str, Any]] = (),
    choices: Sequence[str] = (),
) -> None:
    draft = Draft(
        author=BOT,
        text=text,
        language=conversation.language,
        act=act,
        citations=citations,
        choices=choices,
        turn_id=turn.id,
    )
    messages.say(s, conversation, draft)


def _choices(step: port.Spoken) -> Sequence[str]:
    if isinstance(step, port.Answer | port.AskBack | port.Abstain | port.Talk):
        return step.choices
    return ()


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


def _hand_off(
    s: Session,
    settings: Settings,
    conversation: Conversation,
    turn: Turn,
    step: port.HandOff,
) -> None:
    queue = step.queue if step.queue in settings.queues else DEFAULT_QUEUE
    step = _with_tender(s, step)
    number = _ticket_for(s, conversation, step, queue)
    text = _hand_off_text(s, settings, conversation, step, number, queue)
    _write(s, conversation, turn, text, step.act)
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
    try:
        at = datetime.fromisoformat(step.deadline or "")
    except ValueError:
        return
    if at.tzinfo is not None:
        queues.need(s, conversation, actor=BOT, deadline_at=at)


def _with_tender(s: Session, step: port.HandOff) -> port.HandOff:
    """The hand-off with the deadline of the tender that it names, where the person said none."""
    number = step.facts.get("tender_number")
    tender = s.scalar(select(Tender).where(Tender.number == number)) if number else None
    if tender is None or tender.tender_ends is None:
        return step
    left = tender.tender_ends - clock.now()
    return replace(
        step,
        urgent=step.urgent or timedelta(0) <= left <= URGENT_WITHIN,
        deadline=step.deadline or tender.tender_ends.isoformat(timespec="minutes"),
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
        opening = hours.in_words(working.hours, language)
        return words.say(language, "out_of_hours", number=number, hours=opening)
    ahead = s.scalar(
        select(func.count())
        .select_from(Conversation)
        .where(Conversation.status == "waiting", Conversation.queue == queue)
    )
    return f"{step.text} {words.say(language, 'waiting', number=number, ahead=ahead)}"


def _packet(s: Session, conversation: Conversation, step: port.HandOff) -> dict[str, Any]:
    """All a counselor needs, so that nobody has to say anything twice."""
    thread = messages.thread(s, conversation.id)
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
