"""What the core said, in plain words: moments in the agency's zone, money, refusals, receipts."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from bot.procurement.port import Money, Refused
from bot.wording import Wording


def day_and_time(at: datetime, zone: tzinfo | None) -> str:
    """As 2026-12-01 14:30 KST: the same in every language, and never without its zone."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M %Z}"


def money(value: Money | None) -> str:
    if value is None:
        return "-"
    return f"{plain_number(value.amount)} {value.currency}"


def plain_number(value: Decimal | str) -> str:
    amount = Decimal(value)
    whole = amount == amount.to_integral_value()
    return f"{amount:,.0f}" if whole else f"{amount:,.2f}"


def refusal(words: Wording, error: Refused, zone: tzinfo | None) -> str:
    """What happened and what can be done now; the core's own words only where we have none."""
    fields: dict[str, str] = {}
    key = f"refused_{error.reason}"
    if error.moment is not None:
        fields["moment"] = day_and_time(error.moment, zone)
    elif error.reason in ("closed", "too_early"):
        key += "_now"
    if error.reason == "over_limit":
        fields["limit"] = money(error.limit)
    if error.reason in ("refused", "wrong_state"):
        fields["words"] = error.words[:300] or "-"
    if error.reason in ("malformed", "incomplete"):
        label = f"act_label_{error.field}"
        fields["field"] = words(label) if words.has(label) else error.field or "-"
    return words(key, **fields)


def receipt_text(
    words: Wording, kind: str, receipt: Mapping[str, Any], zone: tzinfo | None, undo: str | None
) -> str:
    """The receipt as the person reads it: what was done, its number, the core's time."""
    at = day_and_time(datetime.fromisoformat(str(receipt["at"])), zone)
    name = words(f"act_done_{kind}", number=str(receipt.get("tender_number") or ""))
    lines = [name, words("receipt", number=str(receipt["number"]), at=at)]
    if receipt.get("state") == "awaiting_signature":
        lines.append(words(f"awaiting_signature_{'bid' if kind in _BIDS else 'other'}"))
    if receipt.get("state") == "awaiting_payment":
        lines.append(words("awaiting_payment", fee=str(receipt.get("fee") or "-")))
    if receipt.get("ticket"):
        lines.append(words("became_ticket"))
    if undo and words.has(f"undo_{undo}"):
        lines.append(words(f"undo_{undo}"))
    return "\n".join(lines)


_BIDS = frozenset({"bid", "submit_bid", "amend_bid"})
