"""Which parts the desk is made of: the one place that chooses them by settings."""

from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from bot.acting.port import Desk
from bot.phrases import catalogue
from bot.port import Bot
from bot.procurement.port import ProcurementCore
from bot.rasa_http import RasaClient
from bot.turn import DeskBot
from crm import clock
from crm.settings import Settings
from knowledge.port import Search
from routing.acted import late_text
from routing.actions import Machine
from routing.acts import Acts
from routing.code_post import SmtpPost


def bot(settings: Settings, search: Search, rasa_url: str | None, acts: Desk | None = None) -> Bot:
    """The desk's bot over the Rasa at `rasa_url`; one that never answers is as good as none.

    `acts` is what it may look up and do at the core; without it the bot answers and hands over.
    """
    engine = RasaClient(rasa_url or "http://127.0.0.1:9", timeout=settings.rasa_seconds)
    # "Today at six" means the agency's six o'clock.
    zone = ZoneInfo(settings.hours.zone)
    return DeskBot(
        search, engine, catalogue(), clock=lambda: clock.now().astimezone(zone), desk=acts
    )


def acts(settings: Settings, engine: Engine, core: ProcurementCore) -> Acts:
    """What the bot may look up at this core, and whose objects are whose."""
    post = SmtpPost(settings.smtp_url) if settings.smtp_url else None
    return Acts(engine, core, settings.secret, post)


def machine(engine: Engine, core: ProcurementCore, looked_up: Acts) -> Machine:
    """What performs, once, what was said yes to."""
    return Machine(engine, core, looked_up, late_text)


def has_model(settings: Settings) -> bool:
    """Whether the packaged embedding model is built."""
    return any((settings.data / "models").glob("*/model.json"))


def has_index(settings: Settings) -> bool:
    """Whether a search index stands, of whatever model."""
    return any((settings.data / "index").glob("*/current"))
