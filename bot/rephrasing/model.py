"""A language model behind the chat-completions protocol that many servers speak; off by default."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from bot import tls

LARGEST = 64_000  # bytes of an answer that are read
FAILURES, REST = 3, 60.0  # so many in a row, and it is left alone for so many seconds

Message = dict[str, str]


class NoWords(Exception):
    """The model gave nothing usable in time; the message says why and quotes nobody."""


@dataclass(slots=True)
class _Strain:
    failures: int = 0
    until: float = 0.0


class LanguageModel:
    """Asked within `seconds`, up to the last byte read. Threads may share it."""

    def __init__(
        self,
        url: str,
        name: str,
        key: str | None = None,
        seconds: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = _completions(url)
        self._name = name
        self._seconds = seconds
        self._clock = clock
        self._strain = _Strain()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(
            headers=headers, timeout=seconds, follow_redirects=False, verify=tls.context()
        )

    def says(self, messages: Sequence[Message], most_tokens: int) -> str:
        """The model's one answer. Raises NoWords, at once while it rests after failing."""
        if self._clock() < self._strain.until:
            raise NoWords("resting")
        try:
            said = self._asked(messages, most_tokens)
        except NoWords:
            self._failed()
            raise
        self._strain = _Strain()
        return said

    def answers(self) -> bool:
        """Whether it says anything at all now."""
        try:
            return bool(self._asked([{"role": "user", "content": "Say: ready"}], 8))
        except NoWords:
            return False

    def close(self) -> None:
        self._http.close()

    def _asked(self, messages: Sequence[Message], most_tokens: int) -> str:
        body = {
            "model": self._name,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": most_tokens,
        }
        end = self._clock() + self._seconds
        try:
            with self._http.stream("POST", self._url, json=body) as response:
                response.raise_for_status()
                whole = self._read(response, end)
            return _content(json.loads(whole))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NoWords(type(error).__name__) from None

    def _read(self, response: httpx.Response, end: float) -> bytes:
        """The whole body; a server that lets it drip does not get more time than another."""
        whole = bytearray()
        for part in response.iter_raw():
            whole += part
            if len(whole) > LARGEST or self._clock() > end:
                raise NoWords("too long" if len(whole) > LARGEST else "too slow")
        return bytes(whole)

    def _failed(self) -> None:
        self._strain.failures += 1
        if self._strain.failures >= FAILURES:
            self._strain = _Strain(until=self._clock() + REST)


def _completions(url: str) -> str:
    url = url.rstrip("/")
    return url if url.endswith("/chat/completions") else f"{url}/chat/completions"


def _content(answer: Any) -> str:
    try:
        said = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise NoWords("not the protocol") from error
    if not isinstance(said, str) or not said.strip():
        raise NoWords("empty")
    return said.strip()
