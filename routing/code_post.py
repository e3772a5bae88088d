"""One-time codes on their way out, past the record: by SMTP, where SMTP_URL names a server
(smtp[s]://user:password@host:port?from=), and by text."""

import secrets
import smtplib
from urllib.parse import parse_qs, unquote, urlsplit

from routing.acts import mail
from routing.channels.port import Channel, Lost, Outbound, Refused, Unreachable

SECONDS = 10


class SmtpPost:
    """Implements `routing.acts.CodePost`. Holds the server's address and nothing of anybody."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._secure = parts.hostname or "localhost", parts.scheme == "smtps"
        self._port = parts.port or (465 if self._secure else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = parse_qs(parts.query).get("from", [f"desk@{self._host}"])[0]

    def send(self, address: str, subject: str, text: str) -> bool:
        opened = smtplib.SMTP_SSL if self._secure else smtplib.SMTP
        try:
            with opened(self._host, self._port, timeout=SECONDS) as server:
                if not self._secure and server.has_extn("starttls"):
                    server.starttls()
                if self._user:
                    server.login(self._user, self._password)
                server.send_message(mail(self._sender, address, subject, text))
        except (OSError, smtplib.SMTPException):
            return False
        return True


class TextPost:
    """Implements `routing.acts.CodePost` over the channel that texts leave by."""

    def __init__(self, sms: Channel) -> None:
        self._sms = sms

    def send(self, address: str, subject: str, text: str) -> bool:
        del subject
        key = f"code-{secrets.token_hex(8)}"
        try:
            self._sms.send(Outbound(key, "main", address, text, choices=()))
        except (Unreachable, Refused, Lost):
            return False
        return True
