"""The dialogue engine over HTTP: its own process, on loopback, asked within a deadline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from bot.cleaning import is_command


class EngineDown(Exception):
    """The engine gave no usable answer in time."""


@dataclass(frozen=True, slots=True)
class Understood:
    """`steps` are the engine's `{"step": ...}`, `entities` are (kind, value) pairs.

    `act` says which act or look-up the intent `act` means (`bot/acting/table.py`), `acts` which it
    may mean instead, the likeliest first.
    """

    steps: Sequence[Mapping[str, Any]]
    state: Mapping[str, Any]
    intent: str = ""
    confidence: float = 0.0
    entities: Sequence[tuple[str, str]] = field(default=())
    act: str | None = None
    acts: Sequence[str] = field(default=())


class Engine(Protocol):
    def understand(
        self, sender: str, text: str, language: str, state: Mapping[str, Any]
    ) -> Understood:
        """One message in the light of the state. Raises EngineDown."""
        ...

    def ready(self) -> bool: ...


class RasaClient:
    """Keeps connections open; may be shared by threads."""

    def __init__(self, url: str, timeout: float = 6.0, connections: int = 64) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        # The engine is a neighbour on loopback: a proxy of the environment must not stand between.
        self._http = httpx.Client(base_url=url, timeout=timeout, limits=limits, trust_env=False)

    def understand(
        self, sender: str, text: str, language: str, state: Mapping[str, Any]
    ) -> Understood:
        if is_command(text):
            raise ValueError("A command must never be sent to the dialogue engine.")
        body = {"sender": sender, "text": text, "language": language, "state": dict(state)}
        try:
            response = self._http.post("/webhooks/desk/turn", json=body)
            response.raise_for_status()
            return _understood(response.json())
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise EngineDown(type(error).__name__) from error

    def ready(self) -> bool:
        try:
            return self._http.get("/webhooks/desk/", timeout=2.0).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        self._http.close()


def _understood(answer: Mapping[str, Any]) -> Understood:
    steps = answer["steps"]
    if not steps:
        raise ValueError("The dialogue engine said nothing.")
    intent = answer["intent"]
    return Understood(
        steps=steps,
        state=answer["state"],
        intent=str(intent["name"]),
        confidence=float(intent["confidence"]),
        entities=tuple((str(e["kind"]), str(e["value"])) for e in intent["entities"]),
        act=intent.get("act") or None,
        acts=tuple(str(one) for one in intent.get("acts") or ()),
    )
