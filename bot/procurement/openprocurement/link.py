"""Requests to the core: keys, careful retries, and what a missing answer means.

A read is asked again after a failure. A write is sent again only where the core surely did nothing
(no connection, 409, 429); a write that left and was not answered raises Unknown.
"""

import base64
import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx

from bot import tls
from bot.procurement.openprocurement.profile import Profile
from bot.procurement.openprocurement.refusals import refusal
from bot.procurement.openprocurement.shapes import as_documented
from bot.procurement.port import Attachment, Credential, Refused, Unknown, Unreachable

log = logging.getLogger(__name__)

API = "/api/2.5"
OWN_API = re.compile(r"/api/[\w.]+$")
TRIES = 3
PAUSES = (0.2, 0.6)
LONGEST_WAIT = 2.0
SECONDS = 10.0
WHOLE = 1.5  # times SECONDS: an answer that drips in is given up after that
LARGEST = 50_000_000  # bytes of one answer
HOPS = 4
GATEWAY = frozenset({502, 504})
# Said before the core looks at what is asked: too early, in the way of another, or too often.
BUSY = frozenset({408, 409, 412, 423, 425, 429})
MOVED = frozenset({301, 302, 307, 308})
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Elsewhere(httpx.UnsupportedProtocol):
    """The core sends its callers to another host, or round in circles."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is all here."""

    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Service:
    """The document service's address, and how it knows the desk: `secrets` are told to nobody."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


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
        root = OWN_API.sub("", url.rstrip("/"))
        named = OWN_API.search(url.rstrip("/"))
        self._api = root + (named.group() if named else API)
        self._files = _service(documents or f"{root}/upload", httpx.URL(self._api), key)
        self._http = httpx.Client(timeout=seconds, transport=transport, verify=tls.context())
        self._most_seconds = WHOLE * seconds
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
                reply = self._ask(
                    "GET", self._api + path, params=query, headers=self._headers(credential)
                )
            except httpx.RequestError as error:
                if attempt == TRIES - 1:
                    raise Unreachable(type(error).__name__) from None
                self._pause(attempt, None)
                continue
            self._see(reply)
            if reply.status not in BUSY and reply.status < 500:
                return self._body(reply, credential, unread=Unreachable)
            if attempt == TRIES - 1 or not self._pause(attempt, reply):
                raise Unreachable(f"{reply.status}", wait=_wait(reply))
        raise AssertionError  # the last attempt has returned or raised

    def write(
        self, method: str, path: str, data: Any, credential: Credential | None = None,
        **beside: Any,
    ) -> Any:  # fmt: skip
        """The body of a write's answer; null (None) when it changed nothing.

        Raises Refused, Unreachable (not done), or Unknown (perhaps done).
        """
        body = None if data is None else {"data": data, **beside}

        def send() -> Reply:
            headers = self._headers(credential)
            reply = self._ask(method, self._api + path, json=body, headers=headers)
            self._see(reply)
            return reply

        return self._send(send, credential)

    def upload(self, file: Attachment) -> dict[str, Any]:
        """Hand a file to the document service: title, address, digest and format of it.

        On a host of its own it knows the desk by what its address names, never by the core's key.
        A file of which nothing came back is handed in again: until it is named, it is nothing.
        """
        parts = {"file": (file.name, file.content, file.media_type)}
        for attempt in range(TRIES):
            try:
                answer = self._send(
                    lambda: self._ask(
                        "POST", self._files.url, files=parts, headers=self._files.headers
                    ),
                    None,
                )
                data: dict[str, Any] = answer["data"]
                break
            except (Unknown, KeyError, TypeError) as error:
                if attempt == TRIES - 1:
                    raise Unreachable("the document service does not answer") from error
                self._pause(attempt, None)
        return {name: data[name] for name in ("title", "url", "hash", "format") if name in data}

    def _send(self, send: Callable[[], Reply], credential: Credential | None) -> Any:
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            try:
                reply = send()
            except NOT_SENT as error:
                if last:
                    raise Unreachable(type(error).__name__) from None
                self._pause(attempt, None)
                continue
            except httpx.RequestError as error:
                late = isinstance(error, httpx.TimeoutException)
                raise Unknown(type(error).__name__, late=late) from None
            if reply.status >= 500:
                # A gateway's answer says nothing of what stands behind it.
                late = reply.status in GATEWAY
                raise Unknown(f"the core answered {reply.status}", late=late)
            if reply.status not in BUSY:
                return self._body(reply, credential, unread=Unknown)
            if last or not self._pause(attempt, reply):
                raise Unreachable(f"{reply.status}", wait=_wait(reply))
        raise AssertionError  # the last attempt has returned or raised

    def _ask(self, method: str, url: str, **more: Any) -> Reply:
        """One request and its whole answer, wherever on its own host the core has moved it.

        A request that is sent on has not been carried out where it was sent to first.
        """
        until = time.monotonic() + self._most_seconds
        for _ in range(HOPS):
            with self._http.stream(method, url, **more) as answer:
                place = answer.headers.get("Location")
                if answer.status_code not in MOVED or not place:
                    return Reply(answer.status_code, answer.headers, _whole(answer, until))
            asked, to = answer.request.url, answer.request.url.join(place)
            if not _same_place(asked, to):  # keys and tokens are for this core alone
                log.warning(
                    "the core at %s sends the desk on to %s: name that", _place(asked), _place(to)
                )
                break
            url = str(to)
            more["params"] = None  # the new address has them
        raise Elsewhere(place)

    def _headers(self, credential: Credential | None = None) -> Mapping[str, str]:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        if credential:
            headers["X-Access-Token"] = credential.token
        return headers

    def _body(
        self, reply: Reply, credential: Credential | None, *,
        unread: type[Unknown | Unreachable],
    ) -> Any:  # fmt: skip
        """What the answer holds; `unread` is raised when it came about and cannot be read."""
        try:
            # A refusal keeps its shape: what it says stands in lists and mappings.
            body = json.loads(reply.content, object_pairs_hook=as_documented if reply.ok else None)
        except (ValueError, RecursionError):
            body = None
            if reply.ok:  # half an answer: of a write nobody knows what it meant
                raise unread("the answer cannot be read") from None
        if reply.ok:
            return body
        token = credential.token if credential else ""
        secrets = (token, self._key, *self._files.secrets)
        raise refusal(reply.status, body, token=bool(token), secrets=secrets)

    def _see(self, reply: Reply) -> None:
        """Learn the core's clock from what it says of itself."""
        try:
            self._ahead = parsedate_to_datetime(reply.headers["Date"]) - datetime.now(UTC)
        except (KeyError, ValueError, TypeError):
            return
        if abs(self._ahead) < timedelta(seconds=2):
            self._ahead = timedelta()

    def _pause(self, attempt: int, reply: Reply | None) -> bool:
        """Wait a little before the next try; False when the core asks for more than a little."""
        asked = _wait(reply) if reply is not None else None
        if asked is not None and asked > LONGEST_WAIT:
            return False
        self._sleep(asked if asked is not None else PAUSES[min(attempt, len(PAUSES) - 1)])
        return True


def _service(url: str, core: httpx.URL, key: str) -> Service:
    """The document service: what its address names for it is sent to it, and otherwise the core's
    key where it stands in the same place."""
    named = httpx.URL(url)
    if named.userinfo:
        pair = base64.b64encode(unquote_to_bytes(named.userinfo)).decode()
        bare = str(named.copy_with(userinfo=b""))
        return Service(bare, {"Authorization": f"Basic {pair}"}, (pair, named.password))
    own = _place(named) == _place(core)
    return Service(url, {"Authorization": f"Bearer {key}"} if own and key else {})


def _place(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"


def _same_place(asked: httpx.URL, to: httpx.URL) -> bool:
    """The same host, scheme and port; from plain HTTP also to the host's own HTTPS."""
    safer = (asked.scheme, to.scheme) == ("http", "https") and asked.port is to.port is None
    return to.host == asked.host and (safer or _place(to) == _place(asked))


def _whole(answer: httpx.Response, until: float) -> bytes:
    parts, size = [], 0
    for part in answer.iter_bytes():
        parts.append(part)
        size += len(part)
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the answer drips in", request=answer.request)
        if size > LARGEST:
            raise httpx.ReadError("the answer has no end", request=answer.request)
    return b"".join(parts)


def _wait(reply: Reply) -> float | None:
    """Seconds that the core asks to wait: a number, or the moment at which to come again."""
    asked = reply.headers.get("Retry-After", "")
    if re.fullmatch(r"\d{1,9}(\.\d+)?", asked):
        return float(asked)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(reply.headers["Date"])
    except (KeyError, ValueError, TypeError):
        return None
    return max(wait.total_seconds(), 0.0)


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
