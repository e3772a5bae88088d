"""The FastAPI application: the rooms wired together, and nothing decided here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from sqlalchemy import Engine

from api import errors, wiring
from api.desk import Desk, Knowledge
from api.following import Following
from api.head import Head
from api.hook_addresses import HookAddresses
from api.limits import Limiter
from api.live import Live
from api.pages import errors as page_errors
from api.pages.assets import Assets
from api.routes import (
    actions,
    allocation,
    appointments,
    articles,
    calls,
    campaigns,
    chat,
    chat_phone,
    contacts,
    conversations,
    gaps,
    health,
    hooks,
    imports,
    incidents,
    journal,
    macros,
    media,
    notifications,
    pages,
    people,
    phone,
    placing,
    planning,
    post_room,
    protection,
    quality,
    recalls,
    receipts,
    replies,
    reports,
    reviews,
    rulings,
    staffing,
    team,
    tenders,
    tickets,
    told,
    waiting,
    walls,
)
from api.security import Shield
from api.stopping import Stopping
from bot.port import Bot
from bot.procurement.port import ProcurementCore
from crm import calendars, clock, db, events
from crm.db import Session
from crm.settings import Settings
from routing import hours
from routing.actions import Machine
from routing.allocator import Allocator
from routing.channels import Channels, close, open_channels
from routing.channels.phone.lines import Lines, open_lines
from routing.surge import Embed, Watch
from routing.turns import Turns
from routing.worker import Worker

VERSION = "0.2.0"
# Looked through in this order: what is asked most often stands first.
ROUTERS = (
    chat,
    chat_phone,
    phone,
    hooks,
    conversations,
    actions,
    allocation,
    waiting,
    incidents,
    tickets,
    notifications,
    rulings,
    appointments,
    contacts,
    people,
    macros,
    replies,
    imports,
    told,
    articles,
    reviews,
    recalls,
    gaps,
    journal,
    tenders,
    staffing,
    planning,
    protection,
    reports,
    campaigns,
    quality,
    team,
    calls,
    placing,
    post_room,
    media,
    health,
    walls,
    receipts,
    pages,
)


def create(
    settings: Settings,
    *,
    engine: Engine,
    bot: Bot,
    knowledge: Knowledge,
    channels: Channels | None = None,
    core: ProcurementCore | None = None,
    machine: Machine | None = None,
    lines: Lines | None = None,
    works: bool = True,
    embed: Embed | None = None,
) -> FastAPI:
    """The desk as an ASGI application. The database is at the newest migration already.

    `works` says whether this process also does the background work (sending, tidying, offering).
    `embed` measures how alike questions are, where bursts of them are looked for.
    """
    events.use_key(settings.secret)
    clock.use_zone(settings.hours.zone)
    machine = machine or wiring.acting(settings, engine, core)[1]
    here = Desk(
        settings=settings,
        engine=engine,
        knowledge=knowledge,
        bot=bot,
        turns=Turns(engine, bot, settings, machine),
        live=Live(engine, lambda s, queue: staffed(s, settings, queue)),
        limiter=Limiter(settings.rates),
        channels=open_channels(settings) if channels is None else channels,
        core=core,
        lines=open_lines(settings) if lines is None else lines,
    )
    app = FastAPI(
        title=settings.name,
        version=VERSION,
        lifespan=_lifespan,
        docs_url=None,  # its page needs scripts of another host; the schema itself is public
        redoc_url=None,
    )
    app.state.desk, app.state.works = here, works
    app.state.machine, app.state.embed = machine, embed
    errors.install(app)
    page_errors.install(app)
    # As they are and in one row: an included router is looked through at least twice a request.
    app.router.routes += (route for room in ROUTERS for route in room.router.routes)
    app.mount("/static", Assets(directory=settings.root / "web" / "static"), "static")
    app.add_middleware(
        Shield,
        sites=settings.frame_ancestors,
        max_file_bytes=settings.max_file_bytes,
        soft_phone=settings.phone.rings_browsers,
    )
    app.add_middleware(Head)
    app.add_middleware(HookAddresses)
    app.add_middleware(Stopping)
    return app


def staffed(s: Session, settings: Settings, queue: str) -> bool:
    """Whether the people of a queue are there now."""
    return hours.of_queue(s, settings, queue).is_open(clock.now())


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    here: Desk = app.state.desk
    with db.transaction(here.engine) as s:
        calendars.keep_file(s, here.settings.hours, hours.of_file(here.settings))
    here.turns.start()
    worker = Worker(
        here.engine, here.settings, here.channels, app.state.machine, here.lines.exchanges
    )
    stop_working = worker.start() if app.state.works else None
    stop_crawling = None
    if app.state.works and here.core:
        stop_crawling = wiring.crawl_of(here.settings, here.engine, here.core).start()
    stop_allocating = Allocator(here.engine).start() if app.state.works else None
    stop_watching = Watch(here.engine, app.state.embed).start() if app.state.works else None
    tail = asyncio.create_task(here.live.run())
    stop_following = Following(here.engine, here.knowledge).start()
    try:
        yield
    finally:
        tail.cancel()
        await asyncio.gather(tail, return_exceptions=True)
        for stop in (stop_following, stop_watching, stop_allocating, stop_crawling, stop_working):
            if stop:
                await asyncio.to_thread(stop)
        await asyncio.to_thread(here.turns.stop)
        close(here.channels)
        close(here.lines.exchanges)
