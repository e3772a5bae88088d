"""What the core said, in plain words: moments in the agency's zone, money, refusals, receipts."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from bot.dates import day_and_time
from bot.procurement.port import Money, Refused
from bot.wording import Wording


def money(value: Money | None) -> str:
    if value is None:
        return "-"
    return f"{plain_number(value.amount)} {value.currency}"


def plain_number(value: Decimal | str) -> str:
    """With its thousands apart; with two decimals, or with all that it has where it has more."""
    amount = Decimal(value)
    if amount == amount.to_integral_value():
        return f"{amount:,.0f}"
    coins = amount == amount.quantize(Decimal("0.01"))
    return f"{amount:,.2f}" if coins else f"{amount.normalize():,f}"


def refusal(words: Wording, error: Refused, zone: tzinfo | None) -> str:
    """What happened and what can be done now; the core's own words only where we have none."""
    fields: dict[str, str] = {}
    key = f"refused_{error.reason}"
    if error.reason in ("malformed", "incomplete") and not names_a_value(words, error):
        key = "refused_refused"  # a field of the core's own, which nobody here was asked for
    if error.moment is not None:
        fields["moment"] = day_and_time(error.moment, zone, words.language)
    elif error.reason in ("closed", "too_early"):
        key += "_now"
    if error.reason == "over_limit":
        fields["limit"] = money(error.limit)
    if error.reason == "other_currency" and error.limit:
        fields["currency"] = error.limit.currency
    if error.reason == "wrong_state" or key == "refused_refused":
        said = _state(words, error) or ("" if error.field in _STATED else error.words[:300])
        fields["words"], key = said, key if said else f"{key}_now"
    if names_a_value(words, error):
        fields["field"] = words(f"act_label_{error.field}")
    return words(key, **fields)


def names_a_value(words: Wording, error: Refused) -> bool:
    """Whether the refusal is about a value that the person gave."""
    return words.has(f"act_label_{error.field}")


_STATED = frozenset({"tender", "award", "contract", "complaint"})


def _state(words: Wording, error: Refused) -> str:
    """The state of the object that stands in the way, in words; empty where it is none."""
    state = error.words.replace(".", "_", 1)
    keys = (f"status_{error.field}_{state}", f"status_{state}")
    key = next((key for key in keys if error.field in _STATED and words.has(key)), None)
    return words(key) if key else ""


def receipt_text(
    words: Wording, kind: str, receipt: Mapping[str, Any], zone: tzinfo | None, undo: str | None
) -> str:
    """The receipt as the person reads it: what was done, its number, the core's time."""
    at = day_and_time(datetime.fromisoformat(str(receipt["at"])), zone, words.language)
    name = words(f"act_done_{kind}", number=str(receipt.get("tender_number") or ""))
    if receipt.get("state") == "awaiting_signature":  # nothing is done yet, whatever was begun
        name = words(f"awaiting_signature_{'bid' if kind in _BIDS else 'other'}")
    lines = [name, words("receipt", number=str(receipt["number"]), at=at)]
    if receipt.get("state") == "awaiting_payment":
        lines.append(words("awaiting_payment", fee=_fee(receipt)))
    if receipt.get("ticket"):
        lines.append(words("became_ticket"))
    if undo and words.has(f"undo_{undo}"):
        lines.append(words(f"undo_{undo}"))
    return "\n".join(lines)


def _fee(receipt: Mapping[str, Any]) -> str:
    amount, _, currency = str(receipt.get("fee") or "").partition(" ")
    return money(Money(Decimal(amount), currency) if amount else None)


_BIDS = frozenset({"bid", "submit_bid", "amend_bid"})
