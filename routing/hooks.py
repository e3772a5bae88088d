"""From a provider's bytes to messages in the record: keep raw, parse, recognise, take."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Engine

from crm import db, inbox
from crm.models import InboxItem
from crm.settings import Settings
from crm.words import storable
from routing import arrivals, receipts
from routing.channels import Channels
from routing.channels.port import APPROVED, Channel, Hook, Unreadable
from routing.inbound import Taken
from routing.work import Work

log = logging.getLogger(__name__)

# Those in colons are the desk's own remarks on a hook; no sender can make such a header.
KEPT_HEADERS = frozenset({"content-type", "user-agent", ":too_large"})
TARGET = ":target"  # no header has a colon in its name
MAX_ACCOUNT = 60
# Whoever began to take an item in has surely ended or died by then.
LEFT_OVER_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class TakenHook:
    new: bool
    claimed: Sequence[Work] = ()
    # Whether the bot owes somebody an answer, in this process or another.
    owed: bool = False
    # Who wrote, as the channel calls them.
    addresses: Sequence[str] = ()


def take(
    engine: Engine, settings: Settings, channel: Channel, hook: Hook, *, claims: bool = True
) -> TakenHook:
    """Keep a verified hook and take in its messages; the same hook again changes nothing.

    Without `claims` the turns it owes are left to whichever process runs turns.
    """
    headers = {k: storable(v) for k, v in hook.headers.items() if k in KEPT_HEADERS}
    with db.transaction(engine) as s:
        item, new = inbox.keep(
            s,
            channel=channel.kind,
            account=arrivals.owner_of_ids(channel, hook.account),
            external_id=storable(channel.identify(hook))[:200],
            headers=headers | {TARGET: storable(hook.target)},
            body=hook.body,
        )
        state, item_id = item.state, item.id
    if state != "new":  # a hook whose first taking-in died is taken in now
        return TakenHook(new)
    taken, addresses = _take_in(engine, settings, channel, hook, item_id, claims=claims)
    claimed = [t.claimed for t in taken if t.claimed]
    return TakenHook(new, claimed, any(t.turn_id for t in taken), addresses)


def take_in_left_overs(engine: Engine, settings: Settings, channels: Channels) -> int:
    """Finish what a process began to take in before it died; returns how many items were tried."""
    with db.reading(engine) as s:
        waiting = inbox.left_over(s, older_than=LEFT_OVER_AFTER)
    for item_id in waiting:
        take_in_again(engine, settings, channels, item_id)
    return len(waiting)


def take_in_again(
    engine: Engine, settings: Settings, channels: Channels, item_id: str, *, approved: bool = False
) -> None:
    """Take in a kept item. `approved` says that a person has looked at it.

    Its turns are left to the sweep of whichever process runs turns.
    """
    with db.transaction(engine) as s:
        item = inbox.begin(s, item_id)
        hook = _hook(item) if item else None
        channel = channels.get(item.channel) if item else None
        if item and channel is None:
            inbox.quarantine(s, item_id, "channel_off")
    if hook is None or channel is None:
        return
    if approved:
        hook = replace(hook, headers={**hook.headers, APPROVED: "yes"})
    try:
        _take_in(engine, settings, channel, hook, item_id, claims=False)
    except Exception:
        log.exception("inbox item %s could not be taken in", item_id)


def _take_in(
    engine: Engine,
    settings: Settings,
    channel: Channel,
    hook: Hook,
    item_id: str,
    *,
    claims: bool = True,
) -> tuple[list[Taken], list[str]]:
    try:
        received = channel.receive(hook)
    except Unreadable as error:
        _hold(engine, item_id, str(error))
        return [], []
    try:
        with db.transaction(engine) as s:
            if not inbox.is_new(s, item_id):  # the same hook came twice at once
                return [], []
            taken = [
                arrivals.take(s, settings, channel, hook.account, m, claims=claims)
                for m in received.messages
            ]
            for told in received.receipts:
                receipts.write(s, channel.kind, told)
            inbox.done(s, item_id)
    except Unreadable as error:  # nothing of it was written
        _hold(engine, item_id, str(error))
        return [], []
    addresses = list(dict.fromkeys(m.address for m in received.messages))
    return taken, addresses


def _hold(engine: Engine, item_id: str, reason: str) -> None:
    with db.transaction(engine) as s:
        if inbox.is_new(s, item_id):
            inbox.quarantine(s, item_id, reason)


def _hook(item: InboxItem) -> Hook:
    account = item.account.removeprefix(f"{item.channel}/")
    headers = {str(k): str(v) for k, v in item.headers.items() if k != TARGET}
    return Hook(account, headers, item.body, str(item.headers.get(TARGET, "")))
