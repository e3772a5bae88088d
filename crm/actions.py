"""Actions: proposed → confirmed → performing → done | failed | unknown, or cancelled before a yes.

Every step is a compare-and-swap, so of two that try the same step one is told no. An action is
performed under a lease; who finds it expired goes on with what `sent_at` says may have happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, bindparam, func, or_, select, update

from crm import clock, events, evidence, leases
from crm.db import Session, table
from crm.events import BOT, Actor
from crm.models import Action, Conversation, Turn

LEASE = timedelta(seconds=60)
PROPOSAL_LASTS = timedelta(minutes=30)
# Contents of these are a bidder's secret until the tender is opened.
SEALED_KINDS = frozenset({"bid", "submit_bid", "amend_bid"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was shown to the contact and would be done on a yes."""

    kind: str
    payload: Mapping[str, Any]
    preview: Mapping[str, Any]
    organisation: str | None = None
    role: str | None = None
    tender: str | None = None
    tender_number: str | None = None
    deadline: datetime | None = None
    sealed_until: datetime | None = None


def propose(s: Session, conversation: Conversation, proposal: Proposal, *, key: str) -> Action:
    """Put up the one live proposal of a conversation; an older one is cancelled by it."""
    known = s.scalar(select(Action).where(Action.key == key))
    if known:
        return known
    cancel_live(s, conversation.id, "replaced")
    action = Action(
        key=key,
        kind=proposal.kind,
        state="proposed",
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        organisation=proposal.organisation,
        role=proposal.role,
        tender=proposal.tender,
        tender_number=proposal.tender_number,
        deadline=proposal.deadline,
        payload=dict(proposal.payload),
        preview=dict(proposal.preview),
        sealed_until=proposal.sealed_until,
        created_at=clock.now(),
    )
    s.add(action)
    s.flush()
    _tell(s, action, BOT)
    return action


def live(s: Session, conversation_id: str) -> Action | None:
    """The proposal that a yes would mean now."""
    return s.scalar(
        select(Action).where(
            Action.conversation_id == conversation_id,
            Action.state == "proposed",
            Action.created_at > clock.now() - PROPOSAL_LASTS,
        )
    )


def confirm(s: Session, conversation_id: str, turn_id: str) -> Action | None:
    """The contact said yes in this turn. The same turn again finds what it confirmed."""
    again = of_turn(s, turn_id)
    if again:
        return again
    action = live(s, conversation_id)
    if action is None:
        return None
    if not _swap(s, action.id, ("proposed",), state="confirmed", confirmed_turn_id=turn_id):
        return None
    action = s.get_one(Action, action.id, populate_existing=True)
    _tell(s, action, Actor("contact", action.contact_id))
    return action


def of_turn(s: Session, turn_id: str) -> Action | None:
    """What the contact said yes to in this turn already."""
    if s.connection().scalar(_ID_OF_TURN, {"turn": turn_id}) is None:
        return None  # nearly always: no row is made an object for it
    return s.scalars(_OF_TURN, {"turn": turn_id}).one()


def claim(s: Session, action_id: str) -> Action | None:
    """Take a confirmed action, or one whose performer fell silent, for `LEASE`."""
    result = s.execute(
        update(Action)
        .where(Action.id == action_id, _free())
        .values(state="performing", attempt=Action.attempt + 1, lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type for rowcount
    if not result.rowcount:
        return None
    action = s.get_one(Action, action_id, populate_existing=True)
    _tell(s, action, BOT)
    return action


def sending(s: Session, action_id: str, attempt: int) -> bool:
    """Note, before anything leaves the house, that something may leave; False when not ours."""
    return _swap(
        s,
        action_id,
        ("performing",),
        attempt,
        sent_at=func.coalesce(Action.sent_at, clock.now()),
        lease_until=clock.now() + LEASE,
    )


def finish(
    s: Session, action_id: str, attempt: int, receipt: Mapping[str, Any], ticket: str | None = None
) -> bool:
    """It is done, and this is its receipt."""
    values = {"receipt": dict(receipt), "performed_at": clock.now(), "ticket_id": ticket}
    return _end(s, action_id, attempt, "done", values)


def fail(s: Session, action_id: str, attempt: int, reason: str) -> bool:
    """It was refused, and surely nothing was done."""
    return _end(s, action_id, attempt, "failed", {"reason": reason[:40]})


def doubt(s: Session, action_id: str, attempt: int, ticket: str) -> bool:
    """Nobody can tell whether it was done: a person finds out, and nothing is sent again."""
    return _end(s, action_id, attempt, "unknown", {"reason": "unsure", "ticket_id": ticket})


def put_back(s: Session, action_id: str, attempt: int) -> bool:
    """Surely nothing was done because the core is away: the proposal stands, for another yes."""
    action = s.get_one(Action, action_id)
    if live(s, action.conversation_id):
        return _end(s, action_id, attempt, "cancelled", {"reason": "replaced"})
    values: dict[str, Any] = {
        "confirmed_turn_id": None,
        "created_at": clock.now(),
        "reason": "core_down",
        "sent_at": None,
    }
    return _end(s, action_id, attempt, "proposed", values)


def cancel_live(s: Session, conversation_id: str, reason: str) -> bool:
    """Whatever is proposed in the conversation is off; False when nothing is."""
    action = s.scalar(
        select(Action).where(Action.conversation_id == conversation_id, Action.state == "proposed")
    )
    if action is None or not _swap(
        s, action.id, ("proposed",), state="cancelled", reason=reason[:40]
    ):
        return False
    s.refresh(action)
    _tell(s, action, BOT)
    return True


def expire(s: Session) -> int:
    """Proposals that nobody said yes to in time are off."""
    old = s.scalars(
        select(Action.conversation_id).where(
            Action.state == "proposed", Action.created_at <= clock.now() - PROPOSAL_LASTS
        )
    ).all()
    return sum(cancel_live(s, conversation_id, "expired") for conversation_id in old)


def _free() -> ColumnElement[bool]:
    """Confirmed, or its performer fell silent."""
    left = and_(Action.state == "performing", leases.come(Action.lease_until, *leases.span(LEASE)))
    return or_(Action.state == "confirmed", left)


def release_all(s: Session) -> None:
    """At the start of the only process: whoever performed is dead, so no lease need run out."""
    s.execute(
        update(Action)
        .where(Action.state == "performing")
        .values(lease_until=clock.now() - timedelta(seconds=1))
    )


def began(s: Session, action_id: str, object_of: list[str]) -> None:
    """An object was made at the core: a later try goes on with it instead of making another."""
    action = s.get_one(Action, action_id)
    action.payload = {**action.payload, "began": object_of}


def note_refusal(s: Session, action_id: str, refusal: Mapping[str, Any]) -> None:
    """Keep the core's own words beside what was shown; they may be shown again, never parsed."""
    action = s.get_one(Action, action_id)
    action.preview = {**action.preview, "refusal": dict(refusal)}


def owes_word(s: Session, action: Action) -> bool:
    """Whether the contact has yet to hear of the end: once, and only after the turn is over."""
    if action.state not in ("done", "failed", "unknown"):
        return False
    turn = s.get(Turn, action.confirmed_turn_id) if action.confirmed_turn_id else None
    return turn is None or turn.state == "settled"


def unfinished(s: Session, limit: int = 20) -> Sequence[Action]:
    """Confirmed actions that nobody performs now, the oldest first."""
    return s.scalars(select(Action).where(_free()).order_by(Action.created_at).limit(limit)).all()


def of_conversation(s: Session, conversation_id: str) -> Sequence[Action]:
    return s.scalars(
        select(Action)
        .where(Action.conversation_id == conversation_id)
        .order_by(Action.created_at, Action.id)
    ).all()


def nearest_deadline(s: Session, conversation_id: str) -> datetime | None:
    """The nearest deadline, still to come, of what was begun in the conversation and not done."""
    return s.scalar(_NEAREST, {"talk": conversation_id, "now": clock.now()})


# Asked at every hand-off: put together once.
_NEAREST = select(func.min(Action.deadline)).where(
    Action.conversation_id == bindparam("talk"),
    Action.state.in_(("proposed", "cancelled", "failed", "unknown")),
    Action.deadline > bindparam("now"),
)


def seen(s: Session, actor: Actor, conversation_id: str, found: Sequence[Action]) -> None:
    """Someone of the desk looked at actions: that is an event, as bids are among them."""
    if found:
        events.emit(
            s,
            "action.seen",
            actor,
            conversation=conversation_id,
            data={"actions": [action.id for action in found]},
        )


def is_sealed(action: Action) -> bool:
    """Whether the content is still a bidder's secret."""
    if action.kind not in SEALED_KINDS:
        return False
    return action.sealed_until is None or action.sealed_until > clock.now()


def _end(s: Session, action_id: str, attempt: int, state: str, values: dict[str, Any]) -> bool:
    ended = _swap(s, action_id, ("performing",), attempt, state=state, lease_until=None, **values)
    if ended:
        _tell(s, s.get_one(Action, action_id, populate_existing=True), BOT)
    return ended


def _swap(
    s: Session, action_id: str, states: tuple[str, ...], attempt: int | None = None, **values: Any
) -> bool:
    query = update(Action).where(Action.id == action_id, Action.state.in_(states))
    if attempt is not None:
        query = query.where(Action.attempt == attempt)
    result = s.execute(query.values(**values).execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type for rowcount
    return bool(result.rowcount)


def _tell(s: Session, action: Action, actor: Actor) -> None:
    data = {"action": action.id, "kind": action.kind, "attempt": action.attempt}
    if action.reason:
        data["reason"] = action.reason
    events.emit(
        s,
        f"action.{action.state}",
        actor,
        conversation=action.conversation_id,
        ticket=action.ticket_id,
        data=data,
        content=events.canonical(evidence.action_content(action)),
    )


# Asked in every turn, so it is put together once.
_OF_TURN = select(Action).where(Action.confirmed_turn_id == bindparam("turn"))
_ID_OF_TURN = _OF_TURN.with_only_columns(table(Action).c.id)
