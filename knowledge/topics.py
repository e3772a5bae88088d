"""Topics of articles: those that have names in every language, and any that a folder brings."""

import re
from collections.abc import Iterable

# The known topics in the order they are shown, each with its queue; None is any queue's matter.
QUEUES: dict[str, str | None] = {
    "registration": "registration",
    "bidding": "bidding",
    "contract": "contract",
    "payment": "payment",
    "sme": "sme_support",
    "innovation": "sme_support",
    "legal": "legal",
    "callcenter": None,
    "compranet": "technical",
    "koneps": "technical",
    "complaint": "complaint",
    "buyer": "buyer_support",
}
KNOWN = tuple(QUEUES)
SLUG = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}$")


def in_order(topics: Iterable[str]) -> list[str]:
    """Known topics as they are always shown, then the others alphabetically; each once."""
    found = set(topics)
    return [topic for topic in KNOWN if topic in found] + sorted(found.difference(KNOWN))


def queue_of(topic: str) -> str | None:
    """The queue that a topic belongs to or is named after; None where any queue can take it."""
    return topic if topic in QUEUES.values() else QUEUES.get(topic)
