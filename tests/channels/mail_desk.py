"""A desk with an e-mail account, spoken to as the mail server would, over its signed hook."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from crm import clock
from crm.settings import Settings
from routing import outbound
from routing.channels import Channels, open_channels
from routing.channels.email.channel import SIGNATURE, sign
from tests.conftest import DeskClient, settings_for
from tests.desks import desk_with
from tests.scripted_bot import ScriptedBot

ADDRESS = "help@desk.example"
KEY = "m" * 40


@dataclass
class MailDesk:
    desk: DeskClient
    channels: Channels

    @property
    def engine(self) -> Engine:
        return self.desk.engine

    @property
    def addresses(self) -> Any:
        return self.channels["email"]._addresses

    def mail(self, raw: bytes, **more: Any) -> int:
        return self.answer(raw, **more).status_code

    def answer(self, raw: bytes, signature: str | None = None, age: int = 0) -> Any:
        moment = int(clock.now().timestamp()) - age
        signed = f"t={moment},v1={sign(KEY.encode(), moment, raw)}"
        headers = {SIGNATURE: signed if signature is None else signature}
        return self.desk.http.post("/hooks/email/main", content=raw, headers=headers)

    def send(self) -> None:
        while outbound.send_due(self.engine, self.channels, "https://desk.example"):
            pass


def mail_settings(data: Path, policy: str = "answer", **environ: str) -> Settings:
    keys = {"MAIL_ADDRESS": ADDRESS, "MAIL_HOOK_KEY": KEY, "DESK_RATE_LIMITS": "off"}
    settings = settings_for(data, **(keys | environ))
    mail = replace(settings.channels.mail, policy={"default": policy}, poll_seconds=0.2)
    return replace(settings, channels=replace(settings.channels, mail=mail))


@contextmanager
def mail_desk(
    engine: Engine, data: Path, *, policy: str = "answer", works: bool = False, **environ: str
) -> Iterator[MailDesk]:
    settings = mail_settings(data, policy, **environ)
    channels = open_channels(settings)
    with desk_with(
        ScriptedBot(), engine, data, settings=settings, channels=channels, works=works
    ) as desk:
        yield MailDesk(desk, channels)
