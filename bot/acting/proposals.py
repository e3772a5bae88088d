"""A filled act, checked by the core and shown before anything is done."""

from typing import Any, cast

from bot.acting import asks, bid_form, items, lines
from bot.acting.exchange import Exchange, Next
from bot.acting.previews import proposal, signing_asked
from bot.acting.state import Filling
from bot.port import Abstain
from bot.procurement.port import Action, Kind, Preview, Refused


def proposed(exchange: Exchange, filling: Filling) -> Next:
    """The preview; the act to go on with where its tender asks other things by now."""
    action = _action(exchange, filling)
    try:
        preview = _prepared(exchange, filling, action)
    except Refused as error:
        anew = bid_form.asking_anew(exchange, filling) if error.field == "answers" else None
        if anew is None:
            raise
        return anew
    if preview is not None and signing_asked(filling, preview):
        return exchange.ask(filling, "signature")
    if preview is not None and _stands_there(filling, preview):
        said = Abstain(exchange.now.words("question_stands", number=filling.number or ""), ())
        return [said], exchange.after(filling)
    step, filling = proposal(exchange.now, filling, action, preview, exchange.before)
    return [step], exchange.keeping(filling)


def _prepared(exchange: Exchange, filling: Filling, action: Action) -> Preview | None:
    """The core's check of the act; None for what it has no call for: that becomes a ticket."""
    desk = exchange.desk
    if not desk.can(action.kind):
        return None
    try:
        return desk.prepare(exchange.conversation, filling.organisation or "", action)
    except Refused as error:
        if error.reason == "not_offered":
            return None
        raise


def _action(exchange: Exchange, filling: Filling) -> Action:
    kind, target = cast("Kind", filling.kind), filling.target
    given = _values(filling)
    if filling.act.target == "contract" and not exchange.desk.can(kind):
        given["contract"] = filling.target or ""
    if filling.kind == "complaint" and target:
        given["award"], target = target, None
    party = exchange.desk.party(exchange.conversation, filling.organisation or "")
    return Action(kind, party, filling.tender, target, given)


def _values(filling: Filling) -> dict[str, Any]:
    """The values of the act (`bot.procurement.port.VALUES`) that its slots make."""
    given: dict[str, Any] = {
        k: v
        for k, v in filling.slots.items()
        if k != "signature" and not filling.line(k) and not asks.is_slot(k)
    }
    if items.MORE in filling.act.slots:
        given = {k: v for k, v in given.items() if k != items.MORE and not items.part_of(k)}
        several = items.values_of(filling.slots)
        given |= {"items": several} if several else {}
    if filling.criteria:
        given["answers"] = asks.answers(filling.criteria, filling.slots)
    if filling.lines:
        given |= lines.values_of(filling.lines, filling.slots)
    elif filling.lots:
        given["amounts"] = {filling.lots[0]: filling.slots["amount"]}
    if filling.kind == "question":
        given.setdefault("title", filling.slots["text"][:80])
    return given


def _stands_there(filling: Filling, preview: Preview) -> bool:
    """Whether this very question was published already; a sign may stand under its text."""
    if filling.kind != "question" or preview.tender is None:
        return False
    asked = filling.slots["text"].strip()
    published = (one.text.partition("\n(SM-")[0].strip() for one in preview.tender.questions)
    return asked in published
