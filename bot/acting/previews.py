"""What a yes would do, in plain words: tender, object, values, deadline, effects."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.acting import items, stating
from bot.acting.lines import SLOT, amounts_of
from bot.acting.state import Filling
from bot.acting.table import ACCOUNTS, AMOUNTS, CHOICES, DAYS, MOMENTS, PRICED
from bot.acting.telling import money, plain_number
from bot.answering import Moment
from bot.dates import day, day_and_time
from bot.port import Propose
from bot.procurement.port import Action, Money, Preview
from bot.wording import one_line

LONGEST_VALUE = 600


def signing_asked(filling: Filling, preview: Preview) -> bool:
    """Whether a signed document must come first; a bid may be kept as a draft without one."""
    return preview.signature and not filling.files and filling.kind not in ("bid", "amend_bid")


def proposal(
    now: Moment, filling: Filling, action: Action, preview: Preview | None, before: list[str]
) -> tuple[Propose, Filling]:
    """The preview as a step, and the act that now waits for a plain yes."""
    shown = _text(now, filling, preview)
    deadline = preview.deadline if preview else None
    if preview and preview.tender:
        opens = preview.tender.opens_at or preview.tender.tender_ends
        filling = replace(filling, opens=opens.isoformat() if opens else filling.opens)
    filling = replace(filling, asked="confirmed", options=(), tries=0, shown=shown)
    step = Propose(
        text="\n".join([*before, shown]),
        kind=filling.kind,
        payload={"action": action.to_json(), "files": list(filling.files), "title": filling.title},
        preview=_checked(preview),
        choices=(now.words("choice_yes_do"), now.words("choice_cancel")),
        organisation=filling.organisation,
        role=filling.role,
        tender=filling.tender,
        tender_number=filling.number,
        deadline=deadline,
        sealed_until=filling.sealed_until,
    )
    return step, filling


def _text(now: Moment, filling: Filling, preview: Preview | None) -> str:
    lines = [now.words(f"act_preview_{filling.kind}"), *_about(now, filling)]
    given = [slot for slot in filling.wanted if filling.slots.get(slot) and _apart(filling, slot)]
    if filling.files and "signature" not in given:
        given.append("signature")
    for slot in given:
        if slot == "amount":
            lines += _items(now, filling)
        lines.append(_shown(now, filling, slot, preview))
    if filling.lines:
        lines.append(f"{now.words('act_label_total')}: {_total(now, filling)}")
    lines += [stating.answer(now, filling, ask) for ask in filling.asks]
    return "\n".join([*lines, *_effects(now, filling, preview), now.words("yes_needed")])


def _about(now: Moment, filling: Filling) -> list[str]:
    """For whom, and about which tender and what of it."""
    words, lines = now.words, []
    if filling.organisation:
        lines.append(f"{words('act_label_organisation')}: {filling.organisation}")
    if filling.number:
        title = one_line(filling.title, 120)
        lines.append(f"{words('act_label_tender')}: {filling.number} · {title}")
    of = filling.act.target or f"{filling.kind}_award"
    if filling.about and of in ("question", "award", "contract", "complaint_award"):
        lines.append(f"{words('act_label_' + of)}: {one_line(filling.about, 160)}")
    if filling.lot:
        lines.append(f"{words('act_label_lot')}: {filling.lot}")
    return lines


def _effects(now: Moment, filling: Filling, preview: Preview | None) -> list[str]:
    """Until when it can be done, and what it will do; for what no core does, where it goes."""
    words = now.words
    if preview is None:
        return [words("goes_to_ticket" if filling.kind not in _LOCAL else "goes_nowhere_else")]
    lines = []
    if preview.deadline:
        at = day_and_time(preview.deadline, now.time.tzinfo, now.language)
        lines.append(f"{words('act_label_deadline')}: {at}")
    codes = (
        *(f"effect_{e}" for e in preview.effects),
        *(f"warning_{w}" for w in preview.warnings),
    )
    return [*lines, *(words(code) for code in codes if words.has(code))]


def _apart(filling: Filling, slot: str) -> bool:
    """Whether a value has a line of its own: answers stand last, what is one of several items
    stands in the line of that item.
    """
    several = items.MORE in filling.act.slots and items.count(filling.slots) > 1
    in_line = several and slot in items.PARTS[1:]
    return not (filling.ask(slot) or in_line or items.part_of(slot) or slot == items.MORE)


def _items(now: Moment, filling: Filling) -> list[str]:
    several = items.values_of(filling.slots) if items.MORE in filling.act.slots else []
    return [
        now.words(
            "act_item", n=str(n), name=one_line(item["description"], 120),
            quantity=plain_number(item["quantity"]), unit=item["unit"], code=item["code"],
        )
        for n, item in enumerate(several, start=1)
    ]  # fmt: skip


def _shown(now: Moment, filling: Filling, slot: str, preview: Preview | None) -> str:
    if filling.line(slot):
        return line_in_words(now, filling, slot)
    value = value_in_words(now, filling, slot, preview)
    if slot == "amount" and filling.kind in PRICED and filling.looked_up:
        value = f"{value}, {_vat_words(now, filling)}"
    return f"{now.words('act_label_' + slot)}: {value}"


def line_in_words(now: Moment, filling: Filling, slot: str) -> str:
    """One price of a bid with its place, what it is for, and what it comes to."""
    line, price = filling.line(slot), filling.slots[slot]
    assert line is not None  # noqa: S101 - narrows the type
    fields = {
        "n": slot.removeprefix(SLOT),
        "name": one_line(line.title, 120),
        "sum": f"{plain_number(line.comes_to(price))} {filling.currency}".strip(),
    }
    if line.item is None:
        return now.words("act_line_whole", **fields)
    each = f"{plain_number(price)} {filling.currency}".strip()
    return now.words(
        "act_line", **fields, quantity=plain_number(line.quantity), unit=line.unit, price=each
    )


def _total(now: Moment, filling: Filling) -> str:
    total = sum(amounts_of(filling.lines, filling.slots).values(), Decimal(0))
    worth = f"{plain_number(total)} {filling.currency}".strip()
    return f"{worth}, {_vat_words(now, filling)}"


def _vat_words(now: Moment, filling: Filling) -> str:
    return now.words("with_vat" if filling.with_vat else "without_vat")


_LOCAL = frozenset({"follow", "unfollow"})


def value_in_words(  # noqa: PLR0911 - one return for each kind of value
    now: Moment, filling: Filling, slot: str, preview: Preview | None = None
) -> str:
    """What was said for a slot, as the person is shown it."""
    value = filling.slots[slot]
    if slot in AMOUNTS:
        if preview and preview.amount:
            return money(preview.amount)
        return f"{plain_number(value)} {filling.slots.get('currency', '')}".strip()
    if slot in DAYS:
        return day(datetime.fromisoformat(value).astimezone(now.time.tzinfo), now.language)
    if slot in MOMENTS:
        return day_and_time(datetime.fromisoformat(value), now.time.tzinfo, now.language)
    if slot in CHOICES:
        return now.words(f"act_option_{value}")
    if slot in ACCOUNTS:
        return f"{value[:4]} ••• {value[-4:]}"  # enough to know it by
    if slot == "signature":
        return now.words("act_signed")
    return one_line(value, LONGEST_VALUE)


def _checked(preview: Preview | None) -> dict[str, Any]:
    """What of the preview must still hold when the yes comes, and what the receipt needs."""
    if preview is None:
        return {}
    return {
        "checked_at": preview.checked_at.isoformat(),
        "amount": _money(preview.amount),
        "deadline": preview.deadline.isoformat() if preview.deadline else None,
        "undo": preview.undo,
        "signature": preview.signature,
    }


def _money(value: Money | None) -> list[str] | None:
    return [str(value.amount), value.currency] if value else None
