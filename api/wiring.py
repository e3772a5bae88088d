"""Which parts the desk is made of: the one place that chooses them by settings."""

from zoneinfo import ZoneInfo

from bot.phrases import catalogue
from bot.port import Bot
from bot.rasa_http import RasaClient
from bot.turn import DeskBot
from crm import clock
from crm.settings import Settings
from knowledge.port import Search


def bot(settings: Settings, search: Search, rasa_url: str | None) -> Bot:
    """The desk's bot over the Rasa at `rasa_url`; one that never answers is as good as none."""
    engine = RasaClient(rasa_url or "http://127.0.0.1:9", timeout=settings.rasa_seconds)
    # "Today at six" means the agency's six o'clock.
    zone = ZoneInfo(settings.hours.zone)
    return DeskBot(search, engine, catalogue(), clock=lambda: clock.now().astimezone(zone))


def has_model(settings: Settings) -> bool:
    """Whether the packaged embedding model is built."""
    return any((settings.data / "models").glob("*/model.json"))


def has_index(settings: Settings) -> bool:
    """Whether a search index stands, of whatever model."""
    return any((settings.data / "index").glob("*/current"))
