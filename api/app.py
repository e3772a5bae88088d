"""The FastAPI application: the rooms wired together, and nothing decided here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine

from api import errors
from api.desk import Desk, Knowledge
from api.limits import Limiter
from api.live import Live
from api.routes import (
    articles,
    chat,
    conversations,
    health,
    hooks,
    journal,
    pages,
    people,
    tenders,
    tickets,
)
from api.security import Shield
from bot.port import Bot
from crm import events
from crm.settings import Settings
from routing.channels import Channels, open_channels
from routing.turns import Turns
from routing.worker import Worker

VERSION = "0.1.0"
ROUTERS = (chat, conversations, tickets, people, articles, journal, tenders, hooks, health)


def create(
    settings: Settings,
    *,
    engine: Engine,
    bot: Bot,
    knowledge: Knowledge,
    channels: Channels | None = None,
    works: bool = True,
    rasa_state: Callable[[], str] = lambda: "not started",
) -> FastAPI:
    """The desk as an ASGI application. The database is at the newest migration already.

    `works` says whether this process also does the background work (sending, tidying).
    """
    events.use_key(settings.secret)
    here = Desk(
        settings=settings,
        engine=engine,
        knowledge=knowledge,
        bot=bot,
        turns=Turns(engine, bot, settings),
        live=Live(engine),
        limiter=Limiter(settings.rates),
        channels=open_channels(settings) if channels is None else channels,
        rasa_state=rasa_state,
    )
    app = FastAPI(
        title=settings.name,
        version=VERSION,
        lifespan=_lifespan,
        docs_url=None,  # its page needs scripts of another host; the schema itself is public
        redoc_url=None,
    )
    app.state.desk, app.state.works = here, works
    errors.install(app)
    for module in ROUTERS:
        app.include_router(module.router)
    pages.install(app)
    app.mount("/static", StaticFiles(directory=settings.root / "web" / "static"), "static")
    app.add_middleware(
        Shield, sites=settings.frame_ancestors, max_file_bytes=settings.max_file_bytes
    )
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    here: Desk = app.state.desk
    here.turns.start()
    worker = Worker(here.engine, here.settings, here.channels)
    stop_working = worker.start() if app.state.works else None
    tail = asyncio.create_task(here.live.run())
    yield
    tail.cancel()
    await asyncio.gather(tail, return_exceptions=True)
    if stop_working:
        stop_working.set()
    await asyncio.to_thread(here.turns.stop)
