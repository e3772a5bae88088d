"""Calls: what a line is, who is on it, and every moment that its times are counted from.

Moments in events are the provider's own where it tells them (`at` in the data): a callback that
comes late does not make a talk longer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_, select

from crm import clock, db, events
from crm.db import Session
from crm.errors import NotFound
from crm.events import SYSTEM, Actor
from crm.models import Call, CallHook, CallLeg, Conversation, CounselorLine, Event

FINAL = frozenset({"completed", "busy", "failed", "no_answer", "canceled"})
# The events of a contact who is put on hold, and no longer is.
HOLDS: Mapping[bool, str] = {True: "call.held", False: "call.resumed"}
LEG_OVER = frozenset({"left", "failed"})
# A leg that stands for a counselor in talk, as against one who only listens.
TALKERS = frozenset({"counselor", "colleague"})


def started(
    s: Session,
    conversation: Conversation,
    *,
    provider: str,
    provider_call_id: str,
    account: str,
    number: str | None,
    direction: str = "inbound",
) -> Call:
    """A line between the desk and the conversation's contact begins."""
    call = Call(
        id=db.new_id(),  # known at once: it is written with whatever is changed in it next
        conversation_id=conversation.id,
        provider=provider,
        provider_call_id=provider_call_id,
        account=account,
        number=number,
        direction=direction,
        state="live" if direction == "inbound" else "ringing",
        started_at=clock.now(),
        step="language",
        serial=0,
        tries=0,
        choices=[],
    )
    s.add(call)
    codes: dict[str, Any] = {"direction": direction, "withheld": number is None}
    tell(s, call, "call.started", Actor("contact", conversation.contact_id), **codes)
    return call


def of_provider(s: Session, provider: str, provider_call_id: str) -> Call | None:
    """The call that a provider names; until this transaction ends nobody else moves it."""
    found = with_talk(s, provider, provider_call_id)
    return found[0] if found else None


def with_talk(s: Session, provider: str, provider_call_id: str) -> tuple[Call, Conversation] | None:
    """`of_provider`, together with the conversation that is held for the call."""
    if not _only_looks(s):
        db.alone(s, "call", provider, provider_call_id)
    named = {"provider": provider, "named": provider_call_id}
    found = s.execute(_OF_PROVIDER, named).first()
    if found is None:
        return None
    call, conversation = found
    return _kept_still(s, call), conversation


def find(s: Session, call_id: str) -> Call | None:
    """The call of this id, kept still until the transaction ends."""
    call = s.get(Call, call_id)
    return _kept_still(s, call) if call else None


def get(s: Session, call_id: str) -> Call:
    call = find(s, call_id)
    if call is None:
        raise NotFound("There is no such call.")
    return call


def of_conversation(s: Session, conversation_id: str) -> Call | None:
    """The newest call of a conversation."""
    call = s.scalar(
        select(Call)
        .where(Call.conversation_id == conversation_id)
        .order_by(Call.started_at.desc())
        .limit(1)
    )
    return _kept_still(s, call) if call else None


def _kept_still(s: Session, call: Call) -> Call:
    """Lock the conversation, then the call: whoever comes by either side takes them so.

    On SQLite whoever may write is alone already, and what was just read stands.
    """
    if _only_looks(s) or s.get_bind().dialect.name == "sqlite":
        return call
    s.flush()  # what this transaction has changed must not be read over
    s.get(Conversation, call.conversation_id, with_for_update=True, populate_existing=True)
    s.refresh(call, with_for_update=True)
    return call


def _only_looks(s: Session) -> bool:
    return bool(s.connection().get_execution_options().get("reading"))


def move(s: Session, call: Call, step: str) -> None:
    """The caller goes on to another step of the talk."""
    call.tries, call.choices = 0, []
    if call.step != step:
        call.step = step
        tell(s, call, "call.moved", SYSTEM, step=step)


def reported(s: Session, call: Call, state: str, sequence: int, at: datetime | None) -> bool:
    """The provider told a state. An older report, or any after the end, changes nothing."""
    stale = call.state in FINAL or (sequence >= 0 and sequence <= call.sequence)
    call.sequence = max(call.sequence, sequence)
    if stale or state == call.state:
        return False
    call.state = state
    if state in FINAL:
        call.ended_at = at or clock.now()
        tell(s, call, "call.ended", SYSTEM, at=at, state=state, step=call.step)
    return True


def number_called_last(s: Session, account: str) -> str | None:
    """The desk's own number that the account's last caller dialled."""
    return s.scalar(
        select(Conversation.own_address)
        .where(
            Conversation.channel == "phone",
            Conversation.account == account,
            Conversation.own_address.is_not(None),
        )
        .order_by(Conversation.created_at.desc())
        .limit(1)
    )


def is_placed(call: Call) -> bool:
    """Rung because a counselor wished it: nobody had asked to be called back."""
    return call.direction == "outbound" and call.callback_number is None


def agreed(s: Session, call: Call, *, recorded: bool) -> None:
    """Whether the caller agreed to be recorded."""
    call.recorded = recorded
    who = s.get_one(Conversation, call.conversation_id).contact_id
    tell(s, call, "call.consent", Actor("contact", who), recorded=recorded)


def wants_call_back(s: Session, call: Call, number: str) -> None:
    """The caller goes, and keeps the place in line."""
    call.callback_number = number
    who = s.get_one(Conversation, call.conversation_id).contact_id
    tell(s, call, "call.callback_asked", Actor("contact", who))


# --- people on the line ------------------------------------------------------------------------


def leg(s: Session, call: Call, counselor_id: str, role: str, mode: str = "talk") -> CallLeg:
    """One more person is to be rung into the call's room."""
    made = CallLeg(
        call_id=call.id, counselor_id=counselor_id, role=role, mode=mode, created_at=clock.now()
    )
    s.add(made)
    s.flush()
    tell(s, call, "call.rung", Actor("counselor", counselor_id), role=role, leg=made.id)
    return made


def legs(s: Session, call: Call, *roles: str) -> list[CallLeg]:
    """Who is on the line or being rung, the first first; of these roles only, if any are named."""
    query = select(CallLeg).where(CallLeg.call_id == call.id, CallLeg.state.not_in(LEG_OVER))
    if roles:
        query = query.where(CallLeg.role.in_(roles))
    return list(s.scalars(query.order_by(CallLeg.created_at, CallLeg.id)))


def with_counselor(s: Session, counselor_id: str) -> Call | None:
    """The running call that a counselor is on, or is being rung for."""
    return s.scalar(
        select(Call)
        .join(CallLeg, CallLeg.call_id == Call.id)
        .where(
            CallLeg.counselor_id == counselor_id,
            CallLeg.state.not_in(LEG_OVER),
            CallLeg.role != "former",
            Call.state.not_in(FINAL),
        )
        .order_by(CallLeg.created_at.desc())
        .limit(1)
    )


def leg_reported(s: Session, call: Call, who: CallLeg, state: str, at: datetime | None) -> bool:
    """Someone who was rung is there, or has gone; True when that is news."""
    order = ("due", "ringing", "joined", "left", "failed")
    if who.state in LEG_OVER or order.index(state) <= order.index(who.state):
        return False
    if state in LEG_OVER:  # gone before ever being there: nobody answered
        state = "left" if who.state == "joined" else "failed"
    who.state = state
    moment = at or clock.now()
    if state == "joined":
        who.joined_at = moment
    if state in LEG_OVER:
        who.left_at = moment
    if state != "ringing":
        actor = Actor("counselor", who.counselor_id)
        tell(s, call, f"call.{_LEG_EVENT[state]}", actor, at=at, role=who.role, leg=who.id)
    return True


_LEG_EVENT = {"joined": "joined", "left": "left", "failed": "not_answered"}


def contact_joined(s: Session, call: Call, at: datetime | None) -> None:
    tell(s, call, "call.contact_joined", SYSTEM, at=at)


def hold(s: Session, call: Call, *, held: bool, at: datetime | None) -> None:
    """The provider holds the contact, or no longer does. The same again is no news.

    Where the provider tells moments, what comes late is put where it belongs: it changes the times,
    and not what holds now, which is then told once more.
    """
    if at is None:
        if call.held != held:
            call.held = held
            tell(s, call, HOLDS[held], SYSTEM)
        return
    known = _holds(s, call)
    if (at, held) in known:
        return
    tell(s, call, HOLDS[held], SYSTEM, at=at)
    later = max((k for k in known if k[0] > at), default=None)
    if later:
        tell(s, call, HOLDS[later[1]], SYSTEM, at=later[0])
    else:
        call.held = held


def _holds(s: Session, call: Call) -> list[tuple[datetime, bool]]:
    """When the contact of a call was held (true) and no longer held, as the journal has it."""
    told = s.scalars(
        select(Event).where(
            Event.conversation_id == call.conversation_id, Event.kind.in_(HOLDS.values())
        )
    )
    return [(_moment(e), e.kind == HOLDS[True]) for e in told if e.data.get("call") == call.id]


def line_of(s: Session, counselor_id: str) -> CounselorLine | None:
    return s.get(CounselorLine, counselor_id)


def set_line(s: Session, counselor_id: str, kind: str, number: str | None) -> CounselorLine:
    """Where a counselor is rung from now on."""
    line = s.get(CounselorLine, counselor_id) or CounselorLine(counselor_id=counselor_id)
    line.kind, line.number = kind, number
    s.add(line)
    events.emit(s, "counselor.line_set", Actor("counselor", counselor_id), data={"kind": kind})
    return line


# --- hooks that were answered --------------------------------------------------------------------


def answered(s: Session, account: str, token: str | None, key: str) -> bytes | None:
    """The very bytes that this hook was answered with before."""
    return s.scalar(_ANSWERED, {"account": account, "token": token or "", "key": key})


def keep_answer(s: Session, account: str, token: str | None, key: str, answer: bytes) -> None:
    """Keep what is about to be served, in the transaction that made it true."""
    row = CallHook(account=account, token=token, key=key, answer=answer, received_at=clock.now())
    db.write(s, row)


def forget_answers_older_than(s: Session, age: timedelta) -> None:
    s.execute(delete(CallHook).where(CallHook.received_at < clock.now() - age))


# Asked for every hook, so they are put together once. No token is empty.
_OF_PROVIDER = (
    select(Call, Conversation)
    .join(Conversation, Conversation.id == Call.conversation_id)
    .where(Call.provider == bindparam("provider"), Call.provider_call_id == bindparam("named"))
)
_ANSWERED = (
    select(CallHook.answer)
    .where(
        CallHook.account == bindparam("account"),
        or_(CallHook.key == bindparam("key"), CallHook.token == bindparam("token")),
    )
    .limit(1)
)


# --- times -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one conversation on the phone. `handle` is talk, hold and wrap-up together."""

    waited: float
    talk: float
    hold: float
    wrap: float

    @property
    def handle(self) -> float:
        return self.talk + self.hold + self.wrap


def times(s: Session, conversation_id: str) -> Times | None:
    """What the journal says; None until the talk with a counselor is wrapped up."""
    told = s.scalars(
        select(Event).where(Event.conversation_id == conversation_id).order_by(Event.id)
    ).all()
    moments: dict[str, list[datetime]] = {}
    for event in told:
        moments.setdefault(event.kind, []).append(_moment(event))
    if not {"call.joined", "call.contact_joined", "call.ended", "conversation.wrapped"} <= set(
        moments
    ):
        return None
    began = max(min(moments["call.joined"]), min(moments["call.contact_joined"]))
    left = [_moment(e) for e in told if e.kind == "call.left" and e.data["role"] in TALKERS]
    ended = min([*moments["call.ended"][-1:], *([max(left)] if left else [])])
    spans = [(_moment(e), e.kind == HOLDS[True]) for e in told if e.kind in HOLDS.values()]
    held = _held(spans, ended)
    wrapped = moments["conversation.wrapped"][-1]
    waited = moments.get("conversation.handed_off", [began])[0]
    return Times(
        waited=_seconds(waited, began),
        talk=max(0.0, _seconds(began, ended) - held),
        hold=held,
        wrap=_seconds(ended, wrapped),
    )


def _held(changes: Sequence[tuple[datetime, bool]], over: datetime) -> float:
    """The seconds on hold, in whichever order the changes became known."""
    spent, since = 0.0, None
    for at, held in [*sorted(changes, key=lambda change: change[0]), (over, False)]:
        if held and since is None:
            since = at
        elif not held and since is not None:
            spent, since = spent + _seconds(since, min(at, over)), None
    return spent


def _seconds(start: datetime, end: datetime) -> float:
    """Never less than none: providers tell whole seconds, the desk's own clock tells fractions."""
    return max(0.0, (end - start).total_seconds())


def _moment(event: Event) -> datetime:
    told = event.data.get("at")
    return datetime.fromisoformat(told) if told else event.at


def tell(
    s: Session,
    call: Call,
    kind: str,
    actor: Actor,
    *,
    at: datetime | None = None,
    **codes: Any,
) -> None:
    """An event about a call: its own id, codes, and the provider's moment where it told one."""
    data: Mapping[str, Any] = {"call": call.id, **codes}
    data = {**data, "at": at.isoformat()} if at else dict(data)
    events.emit(s, kind, actor, conversation=call.conversation_id, data=data)
