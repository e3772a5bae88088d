"""The dialogue engine over HTTP: its own process, on loopback, asked within a deadline."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Protocol
from urllib.parse import urlsplit

from bot.cleaning import is_command

HEADERS = {"Content-Type": "application/json"}


class EngineDown(Exception):
    """The engine gave no usable answer in time."""


@dataclass(frozen=True, slots=True)
class Understood:
    """`steps` are the engine's `{"step": ...}`, `entities` are (kind, value) pairs."""

    steps: Sequence[Mapping[str, Any]]
    state: Mapping[str, Any]
    intent: str = ""
    confidence: float = 0.0
    entities: Sequence[tuple[str, str]] = field(default=())


class Engine(Protocol):
    def understand(
        self, sender: str, text: str, language: str, state: Mapping[str, Any]
    ) -> Understood:
        """One message in the light of the state. Raises EngineDown."""
        ...

    def ready(self) -> bool: ...


class RasaClient:
    """Keeps as many connections open as there were askers at once; may be shared by threads."""

    def __init__(self, url: str, timeout: float = 6.0) -> None:
        self._address, self._timeout = urlsplit(url), timeout
        self._idle: deque[HTTPConnection] = deque()
        self._closed = False

    def understand(
        self, sender: str, text: str, language: str, state: Mapping[str, Any]
    ) -> Understood:
        if is_command(text):
            raise ValueError("A command must never be sent to the dialogue engine.")
        body = {"sender": sender, "text": text, "language": language, "state": dict(state)}
        try:
            status, answer = self._ask("POST", "/webhooks/desk/turn", json.dumps(body).encode())
            if status != HTTPStatus.OK:
                raise EngineDown(str(status))
            return _understood(json.loads(answer))
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            raise EngineDown(type(error).__name__) from error

    def ready(self) -> bool:
        connection = self._connection(min(self._timeout, 2.0))
        try:
            connection.request("GET", f"{self._address.path.rstrip('/')}/webhooks/desk/")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """One request on a connection kept open, or on a new one where the engine had closed it.

        Asking twice is safe then: the engine keeps nothing of what it was asked.
        """
        try:
            kept = self._idle.pop()
        except IndexError:
            return self._exchange(self._connection(self._timeout), method, path, body)
        try:
            return self._exchange(kept, method, path, body)
        except TimeoutError:
            raise
        except (OSError, HTTPException):
            return self._exchange(self._connection(self._timeout), method, path, body)

    def _exchange(
        self, connection: HTTPConnection, method: str, path: str, body: bytes
    ) -> tuple[int, bytes]:
        try:
            connection.request(method, self._address.path.rstrip("/") + path, body, HEADERS)
            response = connection.getresponse()
            answer = response.status, response.read()
        except BaseException:
            # Half an answer may still be under way on it: nobody may take that for theirs.
            connection.close()
            raise
        if self._closed:
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    def _connection(self, timeout: float) -> HTTPConnection:
        # Straight to the engine, which is a neighbour: no proxy of the environment stands between.
        kind = HTTPSConnection if self._address.scheme == "https" else HTTPConnection
        return kind(self._address.hostname or "", self._address.port, timeout=timeout)


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
    )
