"""Real mail servers on this machine's loopback address, for as long as a block lasts."""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Arrived:
    sender: str
    to: list[str]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class SmtpServer:
    """Takes every mail but what `refuse` answers with a line of SMTP."""

    refuse: Callable[[str], str | None] = lambda _: None
    arrived: list[Arrived] = field(default_factory=list)
    controller: Controller | None = None
    options: dict[str, Any] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        refusal = self.refuse(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self.arrived.append(Arrived(envelope.mail_from or "", envelope.rcpt_tos, raw))
        return "250 2.0.0 taken"

    @property
    def port(self) -> int:
        assert self.controller
        assert self.controller.server
        return int(self.controller.server.sockets[0].getsockname()[1])

    def __enter__(self) -> Self:
        options = {"hostname": "127.0.0.1", "port": 0} | self.options
        self.controller = _AnyPort(self, **options)
        self.controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.controller
        self.controller.stop()


class _AnyPort(Controller):
    """Its own check of having started needs a port known before; the system chooses ours."""

    def _trigger_server(self) -> None:
        assert self.server
        port = self.server.sockets[0].getsockname()[1]
        if self.ssl_context is None:
            smtplib.SMTP("127.0.0.1", port, timeout=5).close()
