"""KakaoTalk, as a skill of the i Open Builder (skill JSON 2.0): asked and answered in one request.

Kakao waits five seconds. A turn that is ready by then goes into the answer; a later one goes to the
callback address that came with the request (good for one minute, once); with neither, what waits
goes into the answer to the person's next message. Nothing can be pushed at other times.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot import tls
from crm import clock
from crm.channel_settings import Kakao as Settings
from routing import words
from routing.channels import links, remote_file
from routing.channels.port import (
    Attachment,
    Awaited,
    Forged,
    Hook,
    Incoming,
    Limits,
    Lost,
    Outbound,
    Received,
    Refused,
    Remote,
    Unreachable,
    Unreadable,
    with_sources,
)

KEY = "x-kakao-key"
MAX_TEXT, MAX_OUTPUTS, MAX_CHOICES, MAX_LABEL, MAX_TITLE = 1000, 3, 10, 14, 50
PICTURES = frozenset({"image/png", "image/jpeg"})
SECONDS, FETCH_SECONDS = 5.0, 20.0
WAITS = "waits until the person writes again"
# Kakao gives requests no id; the same words in the same moment are the same request.
MOMENT = 5


class KakaoTalk:
    kind = "kakao"
    limits = Limits(max_chars=MAX_TEXT, choices=MAX_CHOICES, max_file_bytes=10_000_000)
    max_hook = 64_000
    # How long the answer to a hook waits for the turn: Kakao's five seconds, less the way.
    inline_seconds = 4.0
    inline_most = MAX_OUTPUTS

    def __init__(self, settings: Settings, *, public_url: str, secret: bytes) -> None:
        self._settings, self._public_url, self._secret = settings, public_url, secret
        self._http = httpx.Client(timeout=SECONDS, verify=tls.context())

    def close(self) -> None:
        self._http.close()

    def identify(self, hook: Hook) -> str:
        callback = _callback(hook)
        if callback:
            return callback
        moment = int(clock.now().timestamp()) // MOMENT
        return f"{hashlib.sha256(hook.body).hexdigest()}/{moment}"

    def verify(self, hook: Hook) -> None:
        given = hook.headers.get(KEY, "")
        if not hmac.compare_digest(given.encode(), self._settings.key.encode()):
            raise Forged

    def receive(self, hook: Hook) -> Received:
        try:
            asked = json.loads(hook.body)["userRequest"]
            address = str(asked["user"]["id"])
            text = asked["utterance"].strip()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f"not a skill request: {type(error).__name__}") from error
        if not text or not address:
            raise Unreadable("empty")
        files = _sent_files(text, self._settings.files_host)
        said = Incoming(
            external_id=self.identify(hook),
            address=address,
            text="" if files else text,
            # Whoever shows no language yet is Korean there.
            language=None if re.search(r"[^\W\d_]", text) else "ko",
            remote_files=files,
        )
        return Received([said])

    def fetch(self, reference: str, limit: int) -> bytes:
        """A picture that a person sent, from Kakao's own store and from nowhere else."""
        if not _is_on(reference, self._settings.files_host):
            raise Refused("the file is not at Kakao")
        try:
            with self._http.stream("GET", reference, timeout=FETCH_SECONDS) as answer:
                chunks = answer.iter_bytes(remote_file.CHUNK)
                gone = {403, *remote_file.GONE}
                return remote_file.body(answer.status_code, chunks, limit, gone=gone)
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from error

    def inline(self, hook: Hook, outs: Sequence[Outbound], awaited: Awaited) -> tuple[str, bytes]:
        """The answer to a hook: what is ready, or the promise of a callback, or a calm word."""
        if outs:
            return _json(self._skill(outs))
        language = "ko"
        if awaited != "turn":
            key = "passed_on" if awaited == "people" else "not_read"
            return _json(_said(words.say(language, key)))
        if _callback(hook):
            waiting = {"text": words.say(language, "one_moment")}
            return _json({"version": "2.0", "useCallback": True, "data": waiting})
        return _json(_said(words.say(language, "ask_again")))

    def send(self, out: Outbound) -> str:
        url = next((name for name in reversed(out.answers) if name.startswith("https://")), None)
        if url is None or not _is_on(url, self._settings.callback_host):
            raise Unreachable(WAITS)
        try:
            answer = self._http.post(url, json=self._skill([out]))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unreachable(f"no connection: {type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise Lost(f"no answer: {type(error).__name__}") from error
        if answer.status_code >= 500:
            raise Lost(f"the provider failed ({answer.status_code})")
        if answer.status_code != httpx.codes.OK:  # used, or older than a minute
            raise Unreachable(WAITS)
        return f"callback/{out.key}"

    def _skill(self, outs: Sequence[Outbound]) -> dict[str, Any]:
        return skill(outs, lambda file: links.link(self._secret, self._public_url, file.id))


def skill(
    outs: Sequence[Outbound], link: Callable[[Attachment], str] = lambda file: file.id
) -> dict[str, Any]:
    """Skill JSON 2.0: at most three bubbles, and the choices of the last as quick replies.

    Pictures are bubbles of their own, other files buttons, for as many as there is room; `link` is
    where a file is fetched from.
    """
    outs = outs[:MAX_OUTPUTS]
    bubbles = [_bubble(with_sources(out)) for out in outs]
    bubbles += [_file(file, link(file), out.language) for out in outs for file in out.files]
    template: dict[str, Any] = {"outputs": bubbles[:MAX_OUTPUTS]}
    choices = outs[-1].choices[:MAX_CHOICES]
    if choices:
        template["quickReplies"] = [
            {"label": choice[:MAX_LABEL], "action": "message", "messageText": choice}
            for choice in choices
        ]
    return {"version": "2.0", "template": template}


def _said(text: str) -> dict[str, Any]:
    return {"version": "2.0", "template": {"outputs": [_bubble(text)]}}


def _bubble(text: str) -> dict[str, Any]:
    return {"simpleText": {"text": text[:MAX_TEXT] or "…"}}


def _file(file: Attachment, url: str, language: str) -> dict[str, Any]:
    if file.media_type in PICTURES:
        return {"simpleImage": {"imageUrl": url, "altText": file.name[:MAX_TEXT]}}
    label = words.say(language, "open_file")[:MAX_LABEL]
    button = {"action": "webLink", "label": label, "webLinkUrl": url}
    return {"textCard": {"title": file.name[:MAX_TITLE], "buttons": [button]}}


def _sent_files(text: str, host: str) -> Sequence[Remote]:
    """Who sends a picture says nothing but its address in Kakao's store, or several as a list."""
    addresses = [a.strip() for a in re.sub(r"^List\(|\)$", "", text).split(",")]
    if not all(_is_on(a, host) for a in addresses):
        return ()
    return [Remote(a, urlsplit(a).path.rsplit("/", 1)[-1] or "picture") for a in addresses]


def _json(told: dict[str, Any]) -> tuple[str, bytes]:
    return "application/json", json.dumps(told, ensure_ascii=False).encode()


def _callback(hook: Hook) -> str | None:
    try:
        url = json.loads(hook.body)["userRequest"].get("callbackUrl")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return url if isinstance(url, str) and url.startswith("https://") and len(url) <= 200 else None


def _is_on(url: str, host: str) -> bool:
    """The request was Kakao's, but its words are not an order to call just anybody."""
    parts = urlsplit(url) if " " not in url else urlsplit("")
    name = parts.hostname or ""
    return parts.scheme in {"http", "https"} and (name == host or name.endswith("." + host))
