"""The dialogue engine over HTTP: its own process, on loopback, asked within a deadline."""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Protocol
from urllib.parse import urlsplit

from bot.cleaning import is_command

JSON = {"Content-Type": "application/json"}


def nothing() -> None:
    """What is done meanwhile where there is nothing to do."""


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
        self,
        sender: str,
        text: str,
        language: str,
        state: Mapping[str, Any],
        meanwhile: Callable[[], None] = ...,
    ) -> Understood:
        """One message in the light of the state. Raises EngineDown.

        `meanwhile` may be done once while the engine thinks; it raises nothing.
        """
        ...

    def ready(self) -> bool: ...


class RasaClient:
    """Keeps connections open, as many as there were askers at once; may be shared by threads.

    What is asked changes nothing at the engine, so it may be asked twice.
    """

    def __init__(self, url: str, timeout: float = 6.0) -> None:
        there = urlsplit(url)
        self._connect = HTTPSConnection if there.scheme == "https" else HTTPConnection
        self._where, self._path = there.netloc, there.path.rstrip("/")
        self._timeout = timeout
        self._idle: deque[HTTPConnection] = deque()

    def understand(
        self,
        sender: str,
        text: str,
        language: str,
        state: Mapping[str, Any],
        meanwhile: Callable[[], None] = nothing,
    ) -> Understood:
        if is_command(text):
            raise ValueError("A command must never be sent to the dialogue engine.")
        body = {"sender": sender, "text": text, "language": language, "state": dict(state)}
        try:
            return _understood(json.loads(self._answer(json.dumps(body).encode(), meanwhile)))
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            raise EngineDown(type(error).__name__) from error

    def ready(self) -> bool:
        with closing(self._connect(self._where, timeout=2.0)) as connection:
            try:
                connection.request("GET", f"{self._path}/webhooks/desk/")
                return connection.getresponse().status == HTTPStatus.OK
            except (OSError, HTTPException):
                return False

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _answer(self, body: bytes, meanwhile: Callable[[], None]) -> bytes:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect(self._where, timeout=self._timeout)
        try:
            answer = self._said(connection, body, meanwhile)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer

    def _said(
        self, connection: HTTPConnection, body: bytes, meanwhile: Callable[[], None]
    ) -> bytes:
        """The body of a good answer; what the engine closed while it stood idle is opened anew."""
        target = f"{self._path}/webhooks/desk/turn"
        try:
            connection.request("POST", target, body, JSON)
            meanwhile()
            response = connection.getresponse()
        except ConnectionError:
            connection.close()
            connection.request("POST", target, body, JSON)
            response = connection.getresponse()
        answer = response.read()
        if response.status != HTTPStatus.OK:
            raise HTTPException(response.status)
        return answer


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
