"""The running desk: the parts that every request may need, wired once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.requests import HTTPConnection

from api.guests import Guests
from api.limits import Limiter
from api.live import Live
from bot.port import Bot
from bot.procurement.port import ProcurementCore
from crm.settings import Settings
from knowledge.port import Finding, Hit, Language, Query
from knowledge.snapshot import PassageRecord
from knowledge.trial import Trial
from routing.channels import Channels
from routing.channels.phone.lines import Lines
from routing.gaps import Space
from routing.turns import Turns


class Knowledge(Protocol):
    """What the edge asks of the knowledge room; `space` compares what people ask, where it can."""

    space: Space | None

    def search(self, query: Query) -> Finding: ...

    def hits(self, text: str, language: Language, limit: int) -> list[Hit]: ...

    def trial(self, draft: Sequence[PassageRecord]) -> Trial: ...

    def refresh(self) -> None: ...

    def ready(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Desk:
    settings: Settings
    engine: Engine
    knowledge: Knowledge
    bot: Bot
    turns: Turns
    live: Live
    limiter: Limiter
    channels: Channels
    guests: Guests = field(default_factory=Guests)
    core: ProcurementCore | None = None
    # How many hooks with a wrong signature came, by kind of channel, since the process began.
    forged: Counter[str] = field(default_factory=Counter)
    lines: Lines = field(default_factory=Lines)


def of(connection: HTTPConnection) -> Desk:
    """The desk that serves this request or socket."""
    app: FastAPI = connection.app
    desk: Desk = app.state.desk
    return desk
