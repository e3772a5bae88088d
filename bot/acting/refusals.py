"""What the core does not do: a value is asked for again, the act waits, or it is off."""

from dataclasses import replace

from bot.acting import consent, numbered
from bot.acting.exchange import Exchange, Next
from bot.acting.state import Filling
from bot.acting.table import AMOUNTS
from bot.acting.telling import refusal
from bot.answering import Told
from bot.port import Abstain
from bot.procurement.port import Refused

# Refused for one value: with another the act can go on.
MENDABLE = frozenset(
    {"over_limit", "other_currency", "malformed", "incomplete", "past", "not_later", "only_longer"}
)


def refused(exchange: Exchange, filling: Filling, error: Refused) -> Told:
    if error.reason == "not_shown":
        return later(exchange, filling, "refused_not_shown")
    now, slot = exchange.now, error.field or ""
    text = refusal(now.words, error, now.time.tzinfo)
    if error.reason in MENDABLE and (filling.lines or (slot == "answers" and filling.asks)):
        lot = next((line.lot_title for line in filling.lines if line.lot == slot), "")
        exchange.before.append(f"{lot}: {text}" if lot else text)
        return numbered.ask(exchange, filling)
    if error.reason == "over_limit" and slot not in filling.act.slots:
        slot = next((one for one in filling.act.slots if one in AMOUNTS), "")
    if error.reason in MENDABLE and slot in filling.act.slots:
        again = filling.without(slot).without("currency" if slot in AMOUNTS else slot)
        exchange.before.append(text)
        return exchange.ask(again, slot)
    said, memory = exchange.off(text)
    return said, replace(memory, facts=exchange.facts(filling))


def later(exchange: Exchange, filling: Filling, key: str) -> Told:
    """The act is kept, and goes on when the person says so."""
    now = exchange.now
    waiting = replace(filling, asked="go_on", options=())
    choices = (now.words("choice_go_on"), now.words("choice_cancel"), now.counselor())
    text = "\n".join([*exchange.before, now.words(key)])
    return [Abstain(text, choices)], exchange.keeping(waiting)


def tried_again(exchange: Exchange, filling: Filling) -> Next:
    """The answer of who was asked whether a waiting act shall go on."""
    if consent.is_plain_no(exchange.now.text):
        return exchange.cancelled()
    return replace(filling, asked="")
