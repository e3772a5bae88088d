"""Telegram: updates by web hook with a secret of our own, answers by the bot API."""

import hashlib
import hmac
import json
import logging
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

import httpx

from bot import tls
from crm.channel_settings import Telegram as Settings
from routing.channels import remote_file
from routing.channels.port import (
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

log = logging.getLogger(__name__)
# The client's own log would show the bot's token, which is part of every address.
logging.getLogger("httpx").setLevel(logging.WARNING)

SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
SECONDS = 15.0
FILE_KINDS = ("document", "voice", "audio", "video", "video_note")
ENDINGS = {"voice": ".ogg", "audio": ".mp3", "video": ".mp4", "video_note": ".mp4"}
MAX_CAPTION = 1024
# What Telegram itself writes for whoever opens the bot, or looks for its help.
OPENING = re.compile(r"/(?:start|help)(?:@\w+)?(?:\s|$)")
# What the bot API's error codes mean; a 400 or 403 is the chat's own and final.
REFUSALS = {400: "the chat or the text is not taken", 403: "the person has blocked the desk"}


class Telegram:
    kind = "telegram"
    # A message may have 4096 places, and some letters take two.
    limits = Limits(max_chars=2048, choices=12, max_file_bytes=10_000_000)
    max_hook = 256_000

    def __init__(self, settings: Settings, *, public_url: str, secret: bytes) -> None:
        self._settings, self._public_url = settings, public_url
        made = hmac.new(secret, b"telegram/hook/" + settings.token.encode(), hashlib.sha256)
        self.hook_secret = made.hexdigest()
        self._http = httpx.Client(timeout=SECONDS, verify=tls.context())

    def close(self) -> None:
        self._http.close()

    def identify(self, hook: Hook) -> str:
        try:
            return f"update/{int(json.loads(hook.body)['update_id'])}"
        except (ValueError, KeyError, TypeError, OverflowError):
            return hashlib.sha256(hook.body).hexdigest()

    def verify(self, hook: Hook) -> None:
        given = hook.headers.get(SECRET, "")
        if not hmac.compare_digest(given.encode(), self.hook_secret.encode()):
            raise Forged

    def receive(self, hook: Hook) -> Received:
        try:
            update = json.loads(hook.body)
            pressed = update.get("callback_query")
            message = pressed["message"] if pressed else update.get("message")
            if message is None or message["chat"].get("type", "private") != "private":
                return Received()  # an edit, a group, a poll: nothing that was said to the desk
            who = (pressed or message).get("from", {})
            return Received([_incoming(update, pressed, message, who)])
        except (LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise Unreadable(f"not an update: {type(error).__name__}") from error

    def send(self, out: Outbound) -> str:
        text = with_sources(out)
        chat = {"chat_id": out.address}
        if len(out.files) == 1 and 0 < len(text) <= MAX_CAPTION and not out.choices:
            sent = self._upload(chat | {"caption": text}, out, 0)
            return f"{out.address}/{sent['message_id']}"
        fields: dict[str, Any] = {**chat, "text": text or "📎"}
        fields["link_preview_options"] = {"is_disabled": True}
        fields["reply_markup"] = _keyboard(out)
        sent = self._call("sendMessage", json=fields)
        for n in range(len(out.files)):
            try:
                self._upload(chat, out, n)
            except (Unreachable, Refused, Lost) as error:
                raise Lost(f"the text left, a file did not: {error}") from error
        return f"{out.address}/{sent['message_id']}"

    def fetch(self, reference: str, limit: int) -> bytes:
        """`reference` is Telegram's file id."""
        path = self._call("getFile", json={"file_id": reference}).get("file_path", "")
        url = f"{self._settings.api_url}/file/bot{self._settings.token}/{path}"
        try:
            with self._http.stream("GET", url) as answer:
                chunks = answer.iter_bytes(remote_file.CHUNK)
                # Telegram's addresses run out: a new one is asked for the next time.
                return remote_file.body(answer.status_code, chunks, limit, gone=())
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from error

    def watch(self, take: Callable[[Hook], None], stop: threading.Event) -> None:
        """Tell Telegram once where its updates go; it is asked again until it has heard."""
        del take
        pause = 5.0
        while self._public_url.startswith("https://") and not stop.is_set():
            try:
                self._call(
                    "setWebhook",
                    json={
                        "url": f"{self._public_url}/hooks/telegram/main",
                        "secret_token": self.hook_secret,
                        "allowed_updates": ["message", "callback_query"],
                    },
                )
            except (Unreachable, Refused, Lost) as error:
                log.warning("Telegram does not take the address of its hook: %s", error)
                stop.wait(pause)
                pause = min(pause * 2, 600)
            else:
                return

    def _upload(self, fields: Mapping[str, Any], out: Outbound, n: int) -> dict[str, Any]:
        file = out.files[n]
        files = {"document": (file.name, file.content, file.media_type)}
        return self._call("sendDocument", data=dict(fields), files=files)

    def _call(self, method: str, **what: Any) -> dict[str, Any]:
        """The result of a method; raises what a failure means."""
        url = f"{self._settings.api_url}/bot{self._settings.token}/{method}"
        try:
            answer = self._http.post(url, **what)
            told = answer.json()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unreachable(f"no connection: {type(error).__name__}") from error
        except (httpx.HTTPError, ValueError) as error:
            raise Lost(f"no answer: {type(error).__name__}") from error
        if isinstance(told, dict) and told.get("ok"):
            result = told.get("result")
            return result if isinstance(result, dict) else {}
        raise _failure(answer.status_code)


def _failure(code: int) -> Exception:
    if code in REFUSALS:
        return Refused(f"{REFUSALS[code]} ({code})")
    if code >= 500:
        return Lost(f"the provider failed ({code})")
    return Unreachable(f"not now ({code})")  # too many requests, or a token that is wrong


def _incoming(
    update: dict[str, Any], pressed: Any, message: dict[str, Any], who: dict[str, Any]
) -> Incoming:
    text = str(pressed["data"] if pressed else message.get("text") or message.get("caption") or "")
    shows: Literal["location", "contact"] | None = None
    if "location" in message and not text:
        text, shows = _place(message), "location"
    if "contact" in message and not text:
        text, shows = _card(message["contact"]), "contact"
    files = [] if pressed else _files(message)
    sticker = not text and not files and "sticker" in message
    if sticker:
        text = str(message["sticker"].get("emoji") or "🙂")
    if not text and not files:
        raise Unreadable("neither words nor a file")
    names = (who.get("first_name"), who.get("last_name"))
    language = str(who.get("language_code") or "")[:2]
    return Incoming(
        external_id=f"update/{int(update['update_id'])}",
        address=str(int(message["chat"]["id"])),
        text=text,
        name=" ".join(str(name) for name in names if name) or None,
        language=language if text.startswith("/") or not text else None,
        remote_files=files,
        wish="hello" if OPENING.match(text) else None,
        sign=sticker,
        shows=shows,
    )


def _place(message: dict[str, Any]) -> str:
    """A shared location in a line: what it is called, where it is, and its degrees."""
    where, venue = message["location"], message.get("venue", {})
    named = [str(venue[key]) for key in ("title", "address") if venue.get(key)]
    return "📍 " + " · ".join([*named, f"{where['latitude']}, {where['longitude']}"])


def _card(contact: dict[str, Any]) -> str:
    """A shared contact in a line."""
    told = (contact.get(key) for key in ("first_name", "last_name", "phone_number"))
    return "👤 " + " ".join(str(part) for part in told if part)


def _files(message: dict[str, Any]) -> list[Remote]:
    found = []
    if message.get("photo"):
        found.append(Remote(str(message["photo"][-1]["file_id"]), "photo.jpg"))
    for kind in FILE_KINDS:
        file = message.get(kind)
        if file:
            name = str(file.get("file_name") or f"{kind}{ENDINGS.get(kind, '')}")
            found.append(Remote(str(file["file_id"]), name))
    return found


def _keyboard(out: Outbound) -> dict[str, Any]:
    """Choices as keys that write themselves; they go away when one is pressed."""
    if not out.choices:
        return {"remove_keyboard": True}
    keys = [[{"text": choice}] for choice in out.choices]
    return {"keyboard": keys, "one_time_keyboard": True, "resize_keyboard": True}
