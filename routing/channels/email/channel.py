"""E-mail: one account, read by IMAP or by a signed hook of the mail server, answered over SMTP.

A hook is the raw mail with the header `x-desk-signature: t=<unix seconds>,v1=<hex>`, where v1 is
HMAC-SHA256 with MAIL_HOOK_KEY over `<t>.` and the body; it is good for five minutes.
"""

import hashlib
import hmac
import re
import threading
from collections.abc import Callable

from crm import clock
from crm.channel_settings import Mail
from routing.channels.email.addresses import Addresses
from routing.channels.email.imap import TOO_LARGE, Mailbox
from routing.channels.email.reading import Reader, identity
from routing.channels.email.smtp import Server
from routing.channels.email.writing import compose
from routing.channels.port import (
    APPROVED,
    Forged,
    Hook,
    Limits,
    Outbound,
    Received,
    Unreachable,
    Unreadable,
)

SIGNATURE = "x-desk-signature"
SIGNED = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")
GOOD_FOR = 300


class Email:
    kind = "email"
    limits = Limits(max_chars=200_000, choices=20, max_file_bytes=10_000_000)

    def __init__(self, mail: Mail, *, secret: bytes, desk: str) -> None:
        self._mail, self._desk = mail, desk
        self.max_hook = mail.max_bytes
        self._addresses = Addresses(mail.address, secret)
        self._mark = hmac.new(secret, b"mail/mark", hashlib.sha256).hexdigest()[:24]
        self._reader = Reader(self._addresses, self._mark)
        self._mailbox = Mailbox(mail.imap_url, mail.max_bytes) if mail.imap_url else None

    def identify(self, hook: Hook) -> str:
        return identity(hook.body)

    def verify(self, hook: Hook) -> None:
        found = SIGNED.fullmatch(hook.headers.get(SIGNATURE, ""))
        if found is None or self._mail.hook_key is None:
            raise Forged
        moment, given = found.groups()
        expected = sign(self._mail.hook_key, int(moment), hook.body)
        is_late = abs(clock.now().timestamp() - int(moment)) > GOOD_FOR
        if is_late or not hmac.compare_digest(given, expected):
            raise Forged

    def receive(self, hook: Hook) -> Received:
        if TOO_LARGE in hook.headers and APPROVED not in hook.headers:
            raise Unreadable(f"too_large: {int(hook.headers[TOO_LARGE]) // 1_000_000} MB")
        return self._reader.read(hook.body, approved=APPROVED in hook.headers)

    def send(self, out: Outbound) -> str:
        if self._mail.smtp_url is None:
            raise Unreachable("SMTP_URL is not set")
        mail = compose(out, self._addresses, self._desk, self._mark)
        Server(self._mail.smtp_url).deliver(
            mail, sender=self._addresses.of_delivery(out.key), to=out.address
        )
        return self._addresses.message_id(out.key)

    def watch(self, take: Callable[[Hook], None], stop: threading.Event) -> None:
        if self._mailbox:
            self._mailbox.watch(take, stop, every=self._mail.poll_seconds)


def sign(key: bytes, moment: int, body: bytes) -> str:
    """The v1 of a hook's signature; `moment` is in seconds since 1970."""
    return hmac.new(key, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
