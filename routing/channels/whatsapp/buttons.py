"""Choices as WhatsApp shows them: up to three buttons, or a list of up to ten.

Twilio keeps their shapes as contents of the account, with the text as their one variable. A set of
choices is made once and known again by its name, whichever process made it.
"""

import hashlib
from collections.abc import Sequence

from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList

MOST_BUTTONS, LONGEST_BUTTON = 3, 20
MOST_ITEMS, LONGEST_ITEM = 10, 24
LONGEST_BODY = 1024
OPEN_LIST = {"en": "Choose", "es": "Elegir", "ko": "선택"}


def fit(choices: Sequence[str], text: str) -> bool:
    """Whether the choices can be shown so; else they are numbered lines."""
    if not choices or not text or len(text) > LONGEST_BODY or len(set(choices)) < len(choices):
        return False
    return _buttons(choices) or (
        len(choices) <= MOST_ITEMS and all(len(c) <= LONGEST_ITEM for c in choices)
    )


class Contents:
    """The sets of choices that the account knows."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, str] | None = None

    def of(self, choices: Sequence[str], language: str) -> str:
        """Twilio's name of these choices, made now if it is the first time. Asks the network."""
        told = "\0".join((language, *choices))
        name = f"desk-{hashlib.sha256(told.encode()).hexdigest()[:20]}"
        if self._known is None:
            made = self._client.content.v1.contents.list(limit=500)
            self._known = {content.friendly_name: content.sid for content in made}
        if name not in self._known:
            request = ContentList.ContentCreateRequest(_shape(name, choices, language))
            self._known[name] = str(self._client.content.v1.contents.create(request).sid)
        return self._known[name]


def _buttons(choices: Sequence[str]) -> bool:
    return len(choices) <= MOST_BUTTONS and all(len(c) <= LONGEST_BUTTON for c in choices)


def _shape(name: str, choices: Sequence[str], language: str) -> dict[str, object]:
    numbered = [(str(n), choice) for n, choice in enumerate(choices, 1)]
    if _buttons(choices):
        actions = [{"type": "QUICK_REPLY", "title": c, "id": n} for n, c in numbered]
        kind: dict[str, object] = {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}
    else:
        items = [{"id": n, "item": c, "description": None} for n, c in numbered]
        button = OPEN_LIST.get(language, OPEN_LIST["en"])
        kind = {"twilio/list-picker": {"body": "{{1}}", "button": button, "items": items}}
    return {"friendly_name": name, "language": language, "variables": {"1": "…"}, "types": kind}
