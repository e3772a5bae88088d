"""Messages over Twilio, as SMS and WhatsApp share them: forms in, REST out, receipts by hook."""

import mimetypes
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Literal
from urllib.parse import parse_qs, quote, urlsplit

import requests
from twilio.base.exceptions import TwilioException

from crm import clock
from crm.channel_settings import Twilio
from routing.channels import links, remote_file
from routing.channels.port import (
    Forged,
    Hook,
    Incoming,
    Limits,
    Outbound,
    Receipt,
    Received,
    Refused,
    Remote,
    Unreachable,
    Unreadable,
    with_sources,
)
from routing.channels.twilio_client import client, mapped, reason_of, translated
from routing.channels.twilio_signature import HEADER, form_fields, is_twilios

MAX_MEDIA = 10
MAX_BODY = 1600
LISTED = 50
# Twilio's clock and ours need not agree to the second.
SLACK = timedelta(seconds=90)
STATES = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
# Where the words of a message stand; who presses a button or picks from a list says its title.
WORDS = ("ButtonText", "ListTitle", "Body")
# What WhatsApp calls a message that says something and asks nothing.
SIGNS = frozenset({"reaction", "sticker"})
# People's cards, by all the names that they go by.
VCARDS = ("text/vcard", "text/x-vcard", "text/directory")
# Statuses of messages that come in; they are no receipts.
INCOMING = frozenset({"receiving", "received"})


class TwilioMessages:
    """The common part; `prefix` stands before numbers of a channel that is not SMS."""

    kind = ""
    prefix = ""
    limits = Limits(max_chars=MAX_BODY, choices=10)
    max_hook = 64_000
    stop_words: frozenset[str] = frozenset(
        {"stop", "stop all", "alto", "baja", "darme de baja", "parar"}
        | {"수신거부", "수신 거부", "거부", "중지"}
    )
    start_words: frozenset[str] = frozenset(
        {"start", "unstop", "alta", "inicio", "iniciar", "수신동의", "수신 동의", "시작"}
    )
    help_words: frozenset[str] = frozenset({"help", "info", "ayuda", "도움말", "도움"})

    def __init__(self, twilio: Twilio, *, number: str, public_url: str, secret: bytes) -> None:
        self._twilio, self._number = twilio, number
        self._public_url, self._secret = public_url, secret
        self._client = client(twilio)

    def identify(self, hook: Hook) -> str:
        try:
            form = _form(hook)
        except Unreadable:
            form = {}
        sid = form.get("MessageSid") or form.get("SmsSid") or sha256(hook.body).hexdigest()
        return f"{sid}/{form.get('MessageStatus', '')}"

    def verify(self, hook: Hook) -> None:
        try:
            fields = form_fields(hook.body)
        except ValueError as error:
            raise Forged from error
        given = hook.headers.get(HEADER)
        if not is_twilios(self._twilio.auth_token, self._public_url, hook.target, fields, given):
            raise Forged

    def thanks(self, hook: Hook) -> tuple[str, bytes]:
        """Twilio reads the answer as TwiML: an empty one sends nothing."""
        del hook
        return "text/xml", b'<?xml version="1.0" encoding="UTF-8"?><Response/>'

    def receive(self, hook: Hook) -> Received:
        form = _form(hook)
        status = form.get("MessageStatus", "")
        if status and "Body" not in form:
            return self._receipt(hook, form, status)
        if form.get("MessageType") == "reaction" and not _words(form):
            return Received()  # a reaction was taken back
        return Received([self._incoming(form)])

    def send(self, out: Outbound) -> str:
        if not self._from(out):
            raise Refused("the desk has no number for this channel")
        try:
            message = self._client.messages.create(**self._fields(out))
        except (TwilioException, requests.RequestException) as error:
            raise translated(error) from error
        return str(message.sid)

    def find(self, out: Outbound, taken: Sequence[str]) -> str | None:
        since = (out.written_at or clock.now()) - SLACK
        try:
            listed = self._client.messages.list(
                to=self.prefix + out.address,
                from_=self.prefix + self._from(out),
                date_sent_after=since,
                limit=LISTED,
            )
        except (TwilioException, requests.RequestException) as error:
            raise Unreachable("the provider cannot be asked") from error
        text = " ".join(self.body(out).split())
        fitting = [
            m for m in listed if text in " ".join((m.body or "").split()) and m.sid not in taken
        ]
        return str(fitting[-1].sid) if fitting else None

    def fetch(self, reference: str, limit: int) -> bytes:
        host = urlsplit(reference).hostname or ""
        if not host.endswith(".twilio.com"):
            raise Refused("the file is not at Twilio")
        login = (self._twilio.account_sid, self._twilio.auth_token)
        try:
            with requests.get(
                mapped(reference, self._twilio.api_url), auth=login, timeout=20, stream=True
            ) as answer:
                chunks = answer.iter_content(remote_file.CHUNK)
                gone = {401, *remote_file.GONE}
                return remote_file.body(answer.status_code, chunks, limit, gone=gone)
        except requests.RequestException as error:
            raise Unreachable(type(error).__name__) from error

    def body(self, out: Outbound) -> str:
        """Text, sources and numbered choices in one: the other end shows plain words."""
        lines = [with_sources(out)] if with_sources(out) else []
        lines += [f"{n}. {choice}" for n, choice in enumerate(out.choices, 1)]
        return "\n".join(lines)[:MAX_BODY]

    def _from(self, out: Outbound) -> str:
        """The number that is set; without one, that which was written to in this very talk."""
        return self._number or out.sender

    def _fields(self, out: Outbound) -> dict[str, object]:
        fields: dict[str, object] = {
            "to": self.prefix + out.address,
            "from_": self.prefix + self._from(out),
            "body": self.body(out),
        }
        if self._public_url.startswith("https://"):
            path = f"/hooks/{self.kind}/{quote(out.account, safe='')}"
            fields["status_callback"] = f"{self._public_url}{path}?delivery={out.key}"
            media = [links.link(self._secret, self._public_url, f.id) for f in out.files if f.id]
            if media:
                fields["media_url"] = media[:MAX_MEDIA]
        return fields

    def _receipt(self, hook: Hook, form: dict[str, str], status: str) -> Received:
        state = STATES.get(status)
        if state is None:
            if status in INCOMING:
                return Received()
            raise Unreadable(f"unknown status: {status[:40]}")
        key = parse_qs(urlsplit(hook.target).query).get("delivery", [None])[0]
        code = form.get("ErrorCode", "")
        reason = reason_of(int(code) if code.isdecimal() else None) if state == "failed" else ""
        receipt = Receipt(state, key=key, reference=form.get("MessageSid"), reason=reason)  # type: ignore[arg-type]  # the values of STATES are a receipt's
        return Received(receipts=[receipt])

    def _incoming(self, form: dict[str, str]) -> Incoming:
        sid = form.get("MessageSid") or form.get("SmsSid") or ""
        address = form.get("From", "").removeprefix(self.prefix)
        if not sid or not address:
            raise Unreadable("neither a message nor its sender is named")
        words, place, files = _words(form), _place(form), _media(form)
        text = "\n".join(part for part in (words, place) if part)
        if not text and not files:
            raise Unreadable("empty")
        return Incoming(
            external_id=sid,
            address=address,
            text=text,
            name=form.get("ProfileName") or None,
            remote_files=files,
            wish=self._wish(form, text),
            sign=form.get("MessageType") in SIGNS,
            shows=_shown(form, words, place),
            to=form.get("To", "").removeprefix(self.prefix),
        )

    def _wish(self, form: dict[str, str], text: str) -> Literal["stop", "start", "help"] | None:
        told = form.get("OptOutType", "").upper()
        word = text.strip(" .!¡").casefold()
        if told == "STOP" or word in self.stop_words:
            return "stop"
        if told == "START" or word in self.start_words:
            return "start"
        return "help" if told == "HELP" or word in self.help_words else None


def _form(hook: Hook) -> dict[str, str]:
    try:
        return dict(form_fields(hook.body))
    except ValueError as error:
        raise Unreadable("too many fields") from error


def _words(form: dict[str, str]) -> str:
    return next((form[k].strip() for k in WORDS if form.get(k, "").strip()), "")


def _place(form: dict[str, str]) -> str:
    """A shared location in a line: what it is called, where it is, and its degrees."""
    if "Latitude" not in form or "Longitude" not in form:
        return ""
    degrees = f"{form['Latitude']}, {form['Longitude']}"
    named = (form.get("Label", "").strip(), form.get("Address", "").strip())
    return "📍 " + " · ".join([*dict.fromkeys(name for name in named if name), degrees])


def _shown(form: dict[str, str], words: str, place: str) -> Literal["location", "contact"] | None:
    """What came to be looked at, where it came without words."""
    if words:
        return None
    if place:
        return "location"
    return "contact" if form.get("MediaContentType0", "").startswith(VCARDS) else None


def _media(form: dict[str, str]) -> list[Remote]:
    count = form.get("NumMedia", "0")
    found = []
    for n in range(min(int(count), MAX_MEDIA) if count.isdecimal() else 0):
        url, kind = form.get(f"MediaUrl{n}"), form.get(f"MediaContentType{n}", "")
        if url:
            vcard = kind.startswith(VCARDS)
            ending = ".vcf" if vcard else mimetypes.guess_extension(kind.split(";")[0]) or ".bin"
            found.append(Remote(url, f"file-{n + 1}{ending}"))
    return found
