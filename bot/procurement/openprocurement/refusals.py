"""From the API's errors to the port's reasons. `description` comes in four shapes."""

import re
from collections.abc import Iterator
from typing import Any

from bot.procurement.port import Reason, Refused

MOST_WORDS = 300
# What the API calls a value that the port's acts name otherwise.
FIELDS = {"classification": "code", "amountPaid": "amount_paid", "dateSigned": "signed_at",
          "requirementResponses": "answers"}  # fmt: skip
# Rules of time and state are told by sentences only; these parts of them are stable upstream.
SENTENCES: tuple[tuple[str, Reason], ...] = (
    ("pkcs7-signature is required", "signature_needed"),
    ("Can't view bid", "sealed"),
    ("Can't add bid in current (active.enquiries)", "too_early"),
    ("Can't add bid in current", "closed"),
    ("Can't delete bid in current", "closed"),
    ("only during the tendering period", "closed"),
    ("only in enquiryPeriod", "closed"),
    ("clarificationsUntil", "closed"),
    ("complaintPeriod", "closed"),
    ("should be less than value of", "over_limit"),
    ("from draft to pending", "fee_unpaid"),
    ("field is required", "incomplete"),
    ("is required", "incomplete"),
    ("Responses are required", "incomplete"),
)


def refusal(status: int, body: Any, *, token: bool, secrets: tuple[str, ...] = ()) -> Refused:
    """The Refused that an answer of 4xx means. `secrets` are struck from its words."""
    said = body.get("errors") if isinstance(body, dict) else None
    errors = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    first = errors[0] if errors else {}
    location, name = first.get("location"), first.get("name")
    words = "; ".join(plain(error.get("description")) for error in errors)
    for secret in secrets:
        words = words.replace(secret, "…") if secret else words
    field = FIELDS.get(str(name), name) if location == "body" and name != "data" else None
    return Refused(_reason(status, location, name, words, token=token),
                   words[:MOST_WORDS], field=field)  # fmt: skip


def _reason(status: int, location: Any, name: Any, words: str, *, token: bool) -> Reason:
    if status == 401 or (status == 403 and location == "url"):
        return "forbidden" if token and status == 403 else "key_refused"
    if status in (404, 410):
        return "not_offered" if name == "not_found" else "not_found"
    for part, reason in SENTENCES:
        if part in words:
            return reason
    if status == 403:
        return "wrong_state"
    return "malformed" if status == 422 else "refused"


def plain(description: Any) -> str:
    """One line of a description: a text, a list of texts, a mapping, or a list of mappings."""
    return re.sub(r"\s+", " ", ", ".join(_parts(description)))


def _parts(description: Any) -> Iterator[str]:
    if isinstance(description, dict):
        for name, value in description.items():
            yield f"{name}: {plain(value)}"
    elif isinstance(description, list):
        for value in description:
            yield from _parts(value)
    elif description is not None:
        yield str(description)
