"""Requests to the core: keys, careful retries, and what a missing answer means.

A read is asked again after a failure. A write is sent again only where the core surely did nothing
(no connection, 409, 429); a write that left and was not answered raises Unknown.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from bot.procurement.openprocurement.profile import Profile
from bot.procurement.openprocurement.refusals import refusal
from bot.procurement.port import Attachment, Credential, Refused, Unknown, Unreachable

API = "/api/2.5"
TRIES = 3
PAUSES = (0.2, 0.6)
LONGEST_WAIT = 2.0
SECONDS = 10.0
GATEWAY = frozenset({502, 504})
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Link:
    """One core's address and the desk's key to it. Owner tokens come with each call."""

    def __init__(
        self,
        url: str,
        key: str,
        profile: Profile,
        *,
        documents: str | None = None,
        transport: httpx.BaseTransport | None = None,
        seconds: float = SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.profile, self._key, self._sleep = profile, key, sleep
        self._documents = documents or f"{url.rstrip('/')}/upload"
        self._http = httpx.Client(
            base_url=url.rstrip("/") + API, timeout=seconds, transport=transport
        )
        self._ahead = timedelta()

    def close(self) -> None:
        self._http.close()

    def now(self) -> datetime:
        return (datetime.now(UTC) + self._ahead).astimezone(self.profile.zone)

    def read(
        self,
        path: str,
        credential: Credential | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """The whole body of a GET; asked again where that may help."""
        for attempt in range(TRIES):
            try:
                answer = self._http.get(path, params=query, headers=self._headers(credential))
            except httpx.TransportError as error:
                if attempt == TRIES - 1:
                    raise Unreachable(type(error).__name__) from None
                self._pause(attempt, None)
                continue
            self._see(answer)
            if answer.status_code not in {409, 429} and answer.status_code < 500:
                return self._body(answer, credential)
            if attempt == TRIES - 1 or not self._pause(attempt, answer):
                raise Unreachable(f"{answer.status_code}", wait=_wait(answer))
        raise AssertionError  # the last attempt has returned or raised

    def write(
        self, method: str, path: str, data: Any, credential: Credential | None = None,
        **beside: Any,
    ) -> Any:  # fmt: skip
        """The body of a write's answer; null (None) when it changed nothing.

        Raises Refused, Unreachable (not done), or Unknown (perhaps done).
        """
        body = None if data is None else {"data": data, **beside}
        return self._send(
            lambda: self._http.request(
                method, path, json=body, headers=self._headers(credential)
            ),
            credential,
        )  # fmt: skip

    def upload(self, file: Attachment) -> dict[str, Any]:
        """Hand a file to the document service: title, address, digest and format of it.

        A file of which nothing came back is handed in again: until it is named, it is nothing.
        """
        parts = {"file": (file.name, file.content, file.media_type)}
        for attempt in range(TRIES):
            try:
                answer = self._send(
                    lambda: self._http.post(self._documents, files=parts, headers=self._headers()),
                    None,
                )
                break
            except Unknown as error:
                if attempt == TRIES - 1:
                    raise Unreachable("the document service does not answer") from error
                self._pause(attempt, None)
        data: dict[str, Any] = answer["data"]
        return {name: data[name] for name in ("title", "url", "hash", "format") if name in data}

    def _send(self, send: Callable[[], httpx.Response], credential: Credential | None) -> Any:
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            try:
                answer = send()
            except NOT_SENT as error:
                if last:
                    raise Unreachable(type(error).__name__) from None
                self._pause(attempt, None)
                continue
            except httpx.TransportError as error:
                late = isinstance(error, httpx.TimeoutException)
                raise Unknown(type(error).__name__, late=late) from None
            self._see(answer)
            if answer.status_code >= 500:
                # A gateway's answer says nothing of what stands behind it.
                late = answer.status_code in GATEWAY
                raise Unknown(f"the core answered {answer.status_code}", late=late)
            if answer.status_code not in {409, 429}:
                return self._body(answer, credential)
            if last or not self._pause(attempt, answer):
                raise Unreachable(f"{answer.status_code}", wait=_wait(answer))
        raise AssertionError  # the last attempt has returned or raised

    def _headers(self, credential: Credential | None = None) -> Mapping[str, str]:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        if credential:
            headers["X-Access-Token"] = credential.token
        return headers

    def _body(self, answer: httpx.Response, credential: Credential | None) -> Any:
        try:
            body = answer.json()
        except ValueError:
            body = None
            if answer.is_success:  # half an answer: of a write nobody knows what it meant
                raise (
                    Unreachable if answer.request.method == "GET" else Unknown
                )("the answer cannot be read") from None  # fmt: skip
        if answer.is_success:
            return body
        token = credential.token if credential else ""
        raise refusal(answer.status_code, body, token=bool(token), secrets=(token, self._key))

    def _see(self, answer: httpx.Response) -> None:
        """Learn the core's clock from what it says of itself."""
        try:
            self._ahead = parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)
        except (KeyError, ValueError):
            return
        if abs(self._ahead) < timedelta(seconds=2):
            self._ahead = timedelta()

    def _pause(self, attempt: int, answer: httpx.Response | None) -> bool:
        """Wait a little before the next try; False when the core asks for more than a little."""
        asked = _wait(answer) if answer is not None else None
        if asked is not None and asked > LONGEST_WAIT:
            return False
        self._sleep(asked if asked is not None else PAUSES[min(attempt, len(PAUSES) - 1)])
        return True


def _wait(answer: httpx.Response) -> float | None:
    try:
        return float(answer.headers["Retry-After"])
    except (KeyError, ValueError):
        return None


def mark(key: str) -> str:
    """What stands in a public text so that it can be found again: a short digest of the key."""
    return "SM-" + hashlib.sha256(key.encode()).hexdigest()[:10].upper()


def id_of(key: str) -> str:
    """The id of an object whose id its sender chooses."""
    return hashlib.sha256(b"id\0" + key.encode()).hexdigest()[:32]


def same_file(file: Attachment, documents: list[dict[str, Any]]) -> bool:
    """Whether this very file is handed in already."""
    digest = "md5:" + hashlib.md5(file.content).hexdigest()  # noqa: S324 - the API's own checksum
    return any(document.get("hash") == digest for document in documents)


def found(refused: Refused) -> bool:
    return refused.reason != "not_found"
