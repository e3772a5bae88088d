"""Sending what is due: claim, let go of the database, send, write down what became of it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, select

from crm import db, outbox
from crm.db import Session
from crm.models import Delivery, Message
from routing.channels import Channels
from routing.channels.port import Limits, Outbound, Refused, Unreachable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parcel:
    delivery_id: str
    channel: str
    out: Outbound


def send_due(engine: Engine, channels: Channels) -> int:
    """Send what is due now; returns how many deliveries were tried."""
    with db.reading(engine) as s:
        waiting = outbox.due(s)
    tried = 0
    for delivery_id in waiting:
        with db.transaction(engine) as s:
            parcel = _claim(s, delivery_id, channels)
        if parcel:
            _send(engine, parcel, channels)
            tried += 1
    return tried


def render(message: Message, limits: Limits) -> tuple[str, list[str]]:
    """The text and choices as the other end can show them: sources and choices become lines."""
    lines = [message.text]
    lines += [f"{c['title']} ({c['version']}): {c['url']}" for c in message.citations]
    shown = [str(choice) for choice in message.choices[: limits.choices]]
    text = "\n".join(lines)
    if len(text) > limits.max_chars:
        text = text[: limits.max_chars - 1].rstrip() + "…"
    return text, shown


def _claim(s: Session, delivery_id: str, channels: Channels) -> Parcel | None:
    delivery = outbox.claim(s, delivery_id)
    if delivery is None:
        return None
    channel = channels.get(delivery.channel)
    if channel is None:
        outbox.refuse(s, delivery, "the channel is switched off")
        return None
    message = s.scalars(select(Message).where(Message.id == delivery.message_id)).one()
    text, choices = render(message, channel.limits)
    out = Outbound(message.id, delivery.account, delivery.address or "", text, choices)
    return Parcel(delivery_id, delivery.channel, out)


def _send(engine: Engine, parcel: Parcel, channels: Channels) -> None:
    write = _outcome(parcel, channels)
    with db.transaction(engine) as s:
        delivery = s.get_one(Delivery, parcel.delivery_id)
        if delivery.state == "sending":
            write(s, delivery)


def _outcome(parcel: Parcel, channels: Channels) -> Callable[[Session, Delivery], None]:
    """Call the provider with no session held; the answer says how to write it down.

    Any other exception leaves the row in `sending`: it may have left, so its lease makes it
    unknown and a person decides.
    """
    try:
        reference = channels[parcel.channel].send(parcel.out)
    except Unreachable as error:
        reason = str(error)
        return lambda s, delivery: outbox.retry(s, delivery, reason)
    except Refused as error:
        refusal = str(error)
        return lambda s, delivery: outbox.refuse(s, delivery, refusal)
    return lambda s, delivery: outbox.sent(s, delivery, reference)
