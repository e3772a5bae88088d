"""Which parts the desk is made of: the one place that chooses them by settings."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from bot.acting.port import Desk
from bot.phrases import catalogue
from bot.port import Bot
from bot.procurement import ocds
from bot.procurement.openprocurement import OpenProcurement, Profile
from bot.procurement.port import ProcurementCore
from bot.rasa_http import RasaClient
from bot.rephrasing.model import LanguageModel
from bot.rephrasing.rephrased import Rephrased
from bot.turn import DeskBot
from crm import clock
from crm.settings import Settings
from knowledge import embedding_model
from knowledge.port import Search
from routing import acted
from routing.actions import Machine
from routing.acts import Acts
from routing.channels.phone import numbers
from routing.channels.sms.channel import Sms
from routing.code_post import SmtpPost, TextPost
from routing.no_core import NoCore
from routing.tenders import TenderCrawl


def bot(settings: Settings, search: Search, rasa_url: str | None, acts: Desk | None = None) -> Bot:
    """The desk's bot over the Rasa at `rasa_url`; one that never answers is as good as none.

    `acts` is what it may look up and do at the core; without it the bot answers and hands over.
    """
    engine = RasaClient(rasa_url or "http://127.0.0.1:9", timeout=settings.rasa_seconds)
    # "Today at six" means the agency's six o'clock.
    zone = ZoneInfo(settings.hours.zone)
    model = language_model(settings)
    asked = Rephrased(search, model) if model else search
    return DeskBot(
        asked,
        engine,
        catalogue(),
        clock=lambda: clock.now().astimezone(zone),
        desk=acts,
        looks_ahead=model is None,  # which is asked for nothing that may not be needed
    )


def language_model(settings: Settings) -> LanguageModel | None:
    """The model that puts answers in plainer words, where one is named."""
    named = settings.language_model
    return LanguageModel(named.url, named.name, named.key, named.seconds) if named else None


def acting(
    settings: Settings, engine: Engine, core: ProcurementCore | None
) -> tuple[Acts, Machine]:
    """What the bot may look up at the core, and what performs once what was said yes to.

    Without a core the desk still acts on its own rows, and what a core would do becomes a ticket.
    """
    acted.use_zone(settings.hours.zone)
    core = core or NoCore(clock.now)
    post = SmtpPost(settings.smtp_url) if settings.smtp_url else None
    twilio = settings.channels.twilio
    region = numbers.region_of(twilio.sms_number) if twilio else None
    acts = Acts(engine, core, settings.secret, post, _texts(settings), region)
    return acts, Machine(engine, core, acts, acted.late_text)


def _texts(settings: Settings) -> TextPost | None:
    """The way a one-time code is texted, where the desk has a number to text from."""
    twilio = settings.channels.twilio
    if twilio is None or not twilio.sms_number:
        return None
    return TextPost(Sms(twilio, public_url=settings.public_url, secret=settings.secret))


def core(settings: Settings) -> ProcurementCore | None:
    """The core tender and bid services, if one is named."""
    url = settings.procurement_url
    if url is None:
        return None
    if url.startswith(ocds.PREFIX):
        return ocds.OcdsCore(url.removeprefix(ocds.PREFIX))
    named = settings.procurement
    profile = Profile(
        zone=ZoneInfo(named["zone"]),
        currency=named["currency"],
        country=named["country"],
        identifier_scheme=named["identifier_scheme"],
        class_scheme=named["class_scheme"],
    )
    return OpenProcurement(
        url,
        settings.procurement_key or "",
        profile,
        documents=settings.procurement_documents_url,
    )


def crawl_of(settings: Settings, engine: Engine, core: ProcurementCore) -> TenderCrawl:
    """The crawl of that core. The sandbox has another port each day, and yet is the same core."""
    source = "sandbox" if settings.sandbox else (settings.procurement_url or "")[:200]
    return TenderCrawl(engine, core, source, pause=settings.procurement["crawl_seconds"])


def has_model(settings: Settings) -> bool:
    """Whether the embedding model of the settings is prepared."""
    return embedding_model.is_built(settings.embedding_model, settings.data / "models")


def lacking_pair_models(settings: Settings) -> Mapping[str, str]:
    """Of the reranker and the reader that are named, what each lacks to serve; empty if nothing."""
    if not (settings.reranker_model or settings.reader_model):
        return {}
    from knowledge.pairs import named  # noqa: PLC0415 - costs nothing where none is named

    models = settings.data / "models"
    told = ((named.RERANKER, settings.reranker_model), (named.READER, settings.reader_model))
    return {part.kind.noun: part.lacks(name, models) for part, name in told if name}


def has_index(settings: Settings) -> bool:
    """Whether a search index stands, of whatever model."""
    return any((settings.data / "index").glob("*/current"))
