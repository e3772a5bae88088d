"""Handing a mail to the server of SMTP_URL, step by step: what a failure means depends on when."""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from routing.channels.email.bounces import STATUS, reason_of
from routing.channels.port import Lost, Refused, Unreachable

SECONDS = 30
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PORTS = {"smtp": 587, "smtps": 465}
# What servers answer without an enhanced code (RFC 5321).
REPLIES = {
    421: "the server is closing",
    450: "the mailbox is busy",
    451: "the server failed",
    452: "the server is full",
    454: "the server cannot secure or check just now",
    500: "the server did not understand",
    501: "the server did not understand",
    503: "the server did not understand",
    521: "the server takes no mail",
    530: "the server wants a login",
    535: "the login was refused",
    550: "no such address",
    551: "the person is elsewhere",
    552: "the mail is too large",
    553: "the address is malformed",
    554: "refused by policy",
    555: "the server did not understand",
    556: "the domain takes no mail",
}


@dataclass(frozen=True, slots=True)
class Server:
    """`smtp://user:password@host:port` (STARTTLS, left out on loopback alone) or `smtps://…`."""

    url: str

    def deliver(self, mail: EmailMessage, *, sender: str, to: str) -> None:
        """Raises Unreachable, Refused, or Lost when the answer to the content never came."""
        content = mail.as_bytes()
        with self._connected() as smtp:
            with _told("sender"):
                _must(smtp.mail(sender))
            with _told("recipient"):
                _must(smtp.rcpt(to))
            answer: tuple[int, bytes | str]
            try:
                answer = smtp.data(content)
            except smtplib.SMTPDataError as error:  # it wanted no content at all
                answer = (error.smtp_code, error.smtp_error)
            except (OSError, smtplib.SMTPException) as error:
                raise Lost(f"no answer after the content: {type(error).__name__}") from error
            _must(answer)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.quit()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        context = ssl.create_default_context()
        smtp: smtplib.SMTP | None = None
        try:
            with _told("connection"):
                if parts.scheme == "smtps":
                    smtp = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
                else:
                    smtp = smtplib.SMTP(host, port, timeout=SECONDS)
                smtp.ehlo()
                if parts.scheme == "smtp" and (host not in LOOPBACK or smtp.has_extn("starttls")):
                    smtp.starttls(context=context)
                    smtp.ehlo()
                if parts.username:
                    smtp.login(unquote(parts.username), unquote(parts.password or ""))
            assert smtp is not None  # noqa: S101 - the block above made it or raised
            yield smtp
        finally:
            if smtp is not None:
                smtp.close()


@contextlib.contextmanager
def _told(where: str) -> Iterator[None]:
    """Before the content nothing has left: a failure there is only a reason to come back."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise Unreachable("the login was refused (SMTP_URL)") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"{where}: {type(error).__name__}") from error


def _must(answer: tuple[int, bytes | str]) -> None:
    code, text = answer
    if code in {250, 251, 252}:
        return
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    reason = reason_of(said) if STATUS.search(said) else REPLIES.get(code, f"code {code}")
    if code >= 500 and code not in {530, 535}:
        raise Refused(reason)
    raise Unreachable(reason)
