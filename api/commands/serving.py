"""Serving: prepare what is missing, say what is going on, and run until told to stop."""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import uvicorn
from httpx import HTTPError
from sqlalchemy import Engine

from api import demo, wiring
from api.app import create
from api.commands import keys, running
from api.commands.database import connect
from api.commands.environments import ensure
from api.commands.progress import progress, say
from api.commands.rasa_process import RasaProcess
from api.commands.sandbox_process import SandboxProcess
from api.commands.starting import CannotStart, only_one
from api.commands.train import train_if_stale
from api.following import Following
from api.knowledge import DeskKnowledge, is_prepared, open_knowledge, take_in
from bot.port import Bot
from bot.procurement.port import CoreError, ProcurementCore
from crm import clock, counselors, db, events
from crm.settings import Settings
from knowledge.ingest import BadFolder
from routing.actions import Machine
from routing.allocator import Allocator
from routing.channels import close, open_channels
from routing.channels.phone.lines import open_lines
from routing.surge import Watch
from routing.turns import Turns
from routing.worker import Worker

ROOT = Path(__file__).resolve().parents[2]
# A thread that computes lets the others run after this long. Each statement of a transaction gives
# the interpreter away and waits to have it back, so the default of 5 ms holds all writers up.
SWITCH_SECONDS = 0.001


def serve(settings: Settings, options: argparse.Namespace) -> None:
    """Prepare and run the desk, or its part, until it is told to stop."""
    sys.setswitchinterval(SWITCH_SECONDS)
    alone = only_one(settings)
    engine = connect(settings)
    rasa = _rasa(settings, options.role)
    sandbox = _sandbox(settings, options.role)
    if sandbox:
        settings = replace(
            settings, sandbox=True, procurement_url=sandbox.url, procurement_key=sandbox.key
        )
    try:
        knowledge = _knowledge(settings, engine)
        core = wiring.core(settings)
        acts, machine = wiring.acting(settings, engine, core)
        rasa_url = rasa.url if rasa else settings.rasa_url
        bot = wiring.bot(settings, knowledge.search, rasa_url, acts)
        if options.role == "worker":
            _work(settings, engine, bot, machine, knowledge)
            return
        url = settings.public_url or f"http://{_shown(options.host)}:{options.port}"
        put_up = _read_tenders(settings, engine, core, sandbox) if options.demo else {}
        _welcome(settings, engine, url, put_up, demo_wanted=options.demo)
        hooked = replace(settings, public_url=url)  # without PUBLIC_URL hooks come to this address
        app = create(
            settings,
            channels=open_channels(hooked),
            lines=open_lines(hooked),
            engine=engine,
            bot=bot,
            knowledge=knowledge,
            core=core,
            machine=machine,
            works=options.role == "all",
            embed=knowledge.embed,
        )
        running.note(
            settings.data,
            running.Running(
                os.getpid(), url, *_rasa_place(settings, rasa), settings.procurement_url
            ),
        )
        uvicorn.run(
            app,
            host=options.host,
            port=options.port,
            log_level="warning",
            access_log=False,
            proxy_headers=True,
            ws_max_size=65_536,
            timeout_graceful_shutdown=5,
        )
    finally:
        running.forget(settings.data)
        for child in (rasa, sandbox):
            if child:
                child.stop()
        engine.dispose()
        if alone:
            alone.close()


def _rasa(settings: Settings, role: str) -> RasaProcess | None:
    """A Rasa of our own, unless DESK_RASA_URL names one that runs elsewhere."""
    if settings.rasa_url:
        return None
    python = ensure(ROOT, settings.data, "rasa")
    try:
        model = train_if_stale(ROOT, settings.data, python)
    except subprocess.CalledProcessError as error:
        raise CannotStart("Rasa could not be trained; the lines above say why.") from error
    rasa = RasaProcess(ROOT, python, model, settings.data / "rasa" / f"serve-{role}.log")
    rasa.start()
    return rasa


def _sandbox(settings: Settings, role: str) -> SandboxProcess | None:
    """A core of our own, unless PROCUREMENT_URL names one; several processes need a named one."""
    if settings.procurement_url or role != "all":
        return None
    sandbox = SandboxProcess(
        ROOT,
        settings.data / "sandbox.sqlite",
        settings.data / "sandbox.log",
        zone=settings.procurement["zone"],
        demo=settings.demo,
        control=os.environ.get("SANDBOX_CONTROL") or secrets.token_urlsafe(24),
    )
    sandbox.start()
    return sandbox


def _read_tenders(
    settings: Settings,
    engine: Engine,
    core: ProcurementCore | None,
    sandbox: SandboxProcess | None,
) -> dict[str, str]:
    """Read the core's tenders before the demo opens; the numbers of those that play a part."""
    if core is None:
        return {}
    try:
        if sandbox:
            sandbox.wait()
        wiring.crawl_of(settings, engine, core).once()
        if sandbox:
            put_up = sandbox.demo_tenders()
            demo.entrust(engine, settings, put_up.values())
            return {part: str(one["number"]) for part, one in put_up.items()}
    except (CoreError, HTTPError):
        log = f"; its log: {settings.data}/sandbox.log" if sandbox else ""
        say(f"  The procurement core does not answer yet{log}")
    return demo.tenders_by_state(engine)


def _knowledge(settings: Settings, engine: Engine) -> DeskKnowledge:
    """Articles, model and index at their newest, loaded.

    The heavy part is left to a process of its own: what it takes of memory ends with it.
    """
    try:
        with progress("Reading the articles"):
            take_in(settings, engine, say)
    except BadFolder as error:
        raise CannotStart(str(error)) from error
    if not is_prepared(settings, engine):
        # Ctrl+C is for us alone: who is interrupted at an import tells a page of it.
        indexing = subprocess.run(
            [sys.executable, "-m", "api.commands.index"], check=False, start_new_session=True
        )
        if indexing.returncode:
            raise CannotStart("The search index could not be built; the lines above say why.")
    with progress("Loading the index"):
        return open_knowledge(settings, engine)


def _welcome(
    settings: Settings,
    engine: Engine,
    url: str,
    put_up: dict[str, str],
    *,
    demo_wanted: bool,
) -> None:
    with db.reading(engine) as s:
        empty = counselors.none_yet(s)
    say("")
    say(f"Sinmungo is at {url} (help page and chat), {url}/console (counselors)")
    if demo_wanted:
        with progress("Furnishing the demo"):
            path = demo.furnish(engine, settings, url, put_up)
        for user in demo.read(path)["users"]:
            say(f"  {user['role']:<11} {user['email']:<26} {user['password']}")
        say(f"  Everything the demo made stands in {path}")
        say(f"  Phone the desk from a browser: {url}/demo/phone")
    elif empty:
        code = secrets.token_urlsafe(9)
        keys.write_private(settings.data / "setup-code", code)
        say(f"  Nobody is signed up yet. Make the first admin at {url}/setup with the code {code}")
    say("  Rasa needs some seconds more; until then answers come from knowledge alone.")
    say("  Stop with Ctrl+C.")


def _rasa_place(settings: Settings, rasa: RasaProcess | None) -> tuple[str | None, int | None]:
    return (rasa.url, rasa.pid) if rasa else (settings.rasa_url, None)


def _work(
    settings: Settings, engine: Engine, bot: Bot, machine: Machine, knowledge: DeskKnowledge
) -> None:
    """Take up left-over turns and send what is due, until asked to stop."""
    events.use_key(settings.secret)
    clock.use_zone(settings.hours.zone)
    turns = Turns(engine, bot, settings, machine)
    turns.start()
    stops = (
        Allocator(engine).start(),
        Watch(engine, knowledge.embed).start(),
        Following(engine, knowledge).start(),
    )
    say("The worker runs. Stop with Ctrl+C.")
    core = wiring.core(settings)
    stop_crawling = wiring.crawl_of(settings, engine, core).start() if core else None
    channels, exchanges = open_channels(settings), open_lines(settings).exchanges
    worker = Worker(engine, settings, channels, machine, exchanges)
    worker.run_until(_asked_to_stop())
    if stop_crawling:
        stop_crawling()
    for stop in stops:
        stop()
    turns.stop()
    close(channels)
    close(exchanges)


def _shown(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - shown, not bound


def _asked_to_stop() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
