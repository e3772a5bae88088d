"""Carrying out what was ordered at the telephone provider: claim, let go of the database, do it,
write down what became of it."""

import logging
from dataclasses import dataclass

from sqlalchemy import Engine

from crm import call_commands, calls, db
from crm.db import Session
from crm.models import Call, CallCommand, CallLeg, Conversation
from crm.settings import Settings
from routing.calls import happenings, hear
from routing.calls.conference import room_of
from routing.channels.phone.port import Exchange, Exchanges, Gone, Order, Uncertain
from routing.channels.port import Refused, Unreachable

log = logging.getLogger(__name__)

# Ringing somebody twice is worse than looking first; all else may be done twice.
RINGS = frozenset({"ring", "ring_contact"})


@dataclass(frozen=True, slots=True)
class _Job:
    position: int
    provider: str
    order: Order
    unsure: bool


def carry_out(engine: Engine, settings: Settings, exchanges: Exchanges) -> int:
    """Do what may be done now; returns how many commands were tried."""
    with db.reading(engine) as s:
        waiting = call_commands.waiting(s)
    tried = 0
    for position in waiting:
        with db.transaction(engine) as s:
            job = _claim(s, settings, position)
        if job:
            _do(engine, job, exchanges.get(job.provider))
            tried += 1
    return tried


def _claim(s: Session, settings: Settings, position: int) -> _Job | None:
    claimed = call_commands.claim(s, position)
    if claimed is None:
        return None
    command, unsure = claimed
    call = s.get_one(Call, command.call_id)
    if command.verb == "move" and _there_already(call, command):
        call_commands.done(s, command)
        return None
    return _Job(position, call.provider, _order(s, settings, call, command), unsure)


def _order(s: Session, settings: Settings, call: Call, command: CallCommand) -> Order:
    leg_id = command.arguments.get("leg")
    who = s.get(CallLeg, leg_id) if leg_id else None
    coached = [w.provider_call_id for w in calls.legs(s, call, "counselor") if w.provider_call_id]
    return Order(
        verb=command.verb,
        base=f"{settings.public_url}/hooks/phone/{call.account}",
        call_id=call.id,
        call=call.provider_call_id,
        room=call.room or room_of(call),
        conference=call.conference,
        step=command.arguments.get("step"),
        number=call.number,
        leg=leg_id,
        leg_call=who.provider_call_id if who else None,
        line=_line(s, who) if who else None,
        mode=who.mode if who else "talk",
        coached=coached[0] if coached else None,
        own=settings.phone.number or _own(s, call),
        message=command.arguments.get("message"),
        words=hear.words_of(s, command.arguments.get("message")),
    )


def _own(s: Session, call: Call) -> str:
    """Where no number of the desk is set: the one that this contact called, or the last caller."""
    called = s.get_one(Conversation, call.conversation_id).own_address
    return called or calls.number_called_last(s, call.account) or ""


def _there_already(call: Call, command: CallCommand) -> bool:
    """Moved on since, or in the room by another way: moving again would end the room."""
    step = command.arguments.get("step")
    return step != call.step or (step == "room" and call.conference is not None)


def _line(s: Session, who: CallLeg) -> str:
    """Where somebody is rung: the browser, unless they named an ordinary phone."""
    line = calls.line_of(s, who.counselor_id)
    if line and line.kind == "phone" and line.number:
        return line.number
    return f"client:{who.counselor_id}"


def _do(engine: Engine, job: _Job, exchange: Exchange | None) -> None:
    """What went wrong decides: surely not done, perhaps done, never to be done, or over anyway."""
    made: str | None = None
    reason, unsure, hopeless = "", False, False
    try:
        made = _done(exchange, job)
    except Unreachable as error:
        reason, unsure = str(error), job.unsure
    except Uncertain as error:
        reason, unsure = str(error), True
    except Refused as error:
        reason, hopeless = str(error), True
    except Gone:
        log.info("call command %s: over at the provider already", job.position)
    with db.transaction(engine) as s:
        command = s.get_one(CallCommand, job.position, with_for_update=True)
        if command.state != "sending":
            return
        if hopeless:
            call_commands.fail(s, command, reason)
            _not_rung(s, command)
        elif reason:
            call_commands.retry(s, command, reason, unsure=unsure)
            if command.state == "failed":
                _not_rung(s, command)
        else:
            call_commands.done(s, command)
            _remember(s, command, made)
            if exchange and not exchange.tells_holds and command.verb in {"hold", "resume"}:
                held = command.verb == "hold"
                calls.hold(s, calls.get(s, command.call_id), held=held, at=None)


def _done(exchange: Exchange | None, job: _Job) -> str | None:
    if exchange is None:
        raise Refused("this provider takes no orders here")
    made = exchange.find(job.order) if job.unsure and job.order.verb in RINGS else None
    return made or exchange.do(job.order)


def _remember(s: Session, command: CallCommand, made: str | None) -> None:
    if made is None:
        return
    if command.verb == "ring_contact":
        call = calls.get(s, command.call_id)
        if call.provider_call_id.startswith("due-"):
            call.provider_call_id = made
        return
    who = s.get(CallLeg, command.arguments.get("leg"))
    if who:
        who.provider_call_id = who.provider_call_id or made
        calls.leg_reported(s, calls.get(s, command.call_id), who, "ringing", None)


def _not_rung(s: Session, command: CallCommand) -> None:
    """Somebody could not even be rung: as if nobody had answered, so that nobody is stranded."""
    leg_id = command.arguments.get("leg")
    if command.verb == "ring" and leg_id:
        call = calls.get(s, command.call_id)
        who = s.get_one(CallLeg, leg_id)
        if calls.leg_reported(s, call, who, "failed", None):
            happenings.left(s, call, who)
