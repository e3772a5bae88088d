"""What every test may ask for: a database of either kind, a desk, and people who use it."""

import asyncio
import gc
import getpass
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import argon2
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, Table, delete, event, func, insert, select
from starlette.applications import Starlette

import crm.models
import knowledge.models
from api.app import create
from api.auth import COOKIE
from crm import counselors, db, events, migrate
from crm.db import Base
from crm.models import Counselor, Event, PersonalToken
from crm.settings import QUEUES, Settings, load
from knowledge.port import Finding, Hit, Query
from knowledge.snapshot import PassageRecord
from knowledge.trial import Trial
from tests.scripted_bot import ScriptedBot

ROOT = Path(__file__).resolve().parent.parent
ROLES = ("counselor", "senior", "supervisor", "editor", "admin", "auditor")
PASSWORD = "a long enough password"
PORTAL_KEY = "p" * 40
WITH_DATABASE = {"engine", "sqlite_engine", "postgres_engine", "sqlite_template"}
assert crm.models
assert knowledge.models


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failed one")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if item.config.getoption("--no-skips") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may be: {report.longrepr}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What has a database is a part of its own: the rest is quick enough to run at every step."""
    for item in items:
        if WITH_DATABASE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


def pytest_collection_finish() -> None:
    """What is loaded and collected by now stays: the collector need not look at it ever again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> Iterator[argon2.PasswordHasher]:
    """Passwords of tests are hashed at argon2's lowest cost; yields the product's own hasher."""
    own = counselors._hasher
    counselors._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield own
    counselors._hasher = own


# --- databases -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database, to be copied by each test."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.sqlite"
    engine = db.connect(f"sqlite:///{path}")
    migrate.upgrade(engine)
    engine.dispose()  # closing the last connection folds the write-ahead log into the file
    return path


def postgres_server() -> str | None:
    """A server where databases may be made: DESK_DATABASE_URL's, or a local one that answers."""
    users = (getpass.getuser(), "postgres")
    named = os.environ.get("DESK_DATABASE_URL", "")
    urls = [named] if named.startswith("postgresql") else []
    urls += [f"postgresql://{user}@127.0.0.1:5432/postgres" for user in users]
    urls += [f"postgresql://{user}@/postgres?host=/var/run/postgresql" for user in users]
    for url in urls:
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.Error:
            continue
        return url
    return None


@pytest.fixture(scope="session")
def postgres_engine() -> Iterator[Engine]:
    """A migrated database of this run's own, dropped at its end."""
    server = postgres_server()
    if server is None:
        pytest.skip("no PostgreSQL answers; name one in DESK_DATABASE_URL")
    name = f"sinmungo_test_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        # No test cuts the power: what is committed need not have reached the disk.
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    head, _, query = server.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    engine = db.connect(url)
    migrate.upgrade(engine)
    leave_rows_where_they_are(engine)
    yield engine
    engine.dispose()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def leave_rows_where_they_are(engine: Engine) -> None:
    """Without the vacuum no test's rows fill the gaps of an earlier one's in another order."""
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} SET (autovacuum_enabled = off)")


def empty(engine: Engine) -> None:
    """Leave a PostgreSQL database as its migrations made it, but without their first rows.

    TRUNCATE would make new files for every table and wait for the disk: seconds where this takes
    milliseconds.
    """
    deletions = "".join(f"{delete(t)}; " for t in reversed(Base.metadata.sorted_tables))
    again = "PERFORM setval(quote_ident(sequencename)::regclass, start_value, false)"
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"DO $$ BEGIN {deletions} {again} FROM pg_sequences WHERE schemaname = 'public'; END $$"
        )


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty, migrated database: each test runs on both kinds."""
    events.use_key(b"a key for tests")
    if request.param == "postgres":
        shared: Engine = request.getfixturevalue("postgres_engine")
        empty(shared)
        yield shared
        return
    yield from _sqlite(request, tmp_path)


# Narrows `engine`, and every fixture over it, for a test whose parameters are words, keys or a
# provider's answers: the statements behind them are those of its neighbours, which run on both.
# Not for locks, searches, sums, migrations and whole transactions, nor for odd input: PostgreSQL
# refuses characters and numbers that SQLite takes.
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def sqlite_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """For what does not depend on the database."""
    events.use_key(b"a key for tests")
    yield from _sqlite(request, tmp_path)


class Moving:
    """One SQLite engine for a whole run: it keeps what it has compiled, and each test moves it to a
    file of its own."""

    def __init__(self) -> None:
        self.path = Path("nowhere.sqlite")
        self.engine = _without_waiting("sqlite:///nowhere.sqlite")
        event.listen(self.engine, "do_connect", self._here)

    def _here(self, dialect: object, record: object, where: list[str], how: object) -> None:
        del dialect, record, how
        where[0] = str(self.path)


@pytest.fixture(scope="session")
def moving() -> Moving:
    return Moving()


def _sqlite(request: pytest.FixtureRequest, folder: Path) -> Iterator[Engine]:
    kept: Moving = request.getfixturevalue("moving")
    kept.path = folder / "desk.sqlite"
    shutil.copy(request.getfixturevalue("sqlite_template"), kept.path)
    yield kept.engine
    kept.engine.dispose()


def _copied(request: pytest.FixtureRequest, folder: Path) -> Engine:
    """An engine of its own, for a database that outlives a test."""
    path = folder / "desk.sqlite"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return _without_waiting(f"sqlite:///{path}")


def _without_waiting(url: str) -> Engine:
    """As with PostgreSQL: no commit waits for the disk, neither in SQLite nor in `crm.on_disk`."""
    engine = db.connect(url)
    del db._logs[engine]
    event.listen(engine, "connect", lambda own, _: own.execute("PRAGMA synchronous = OFF"))
    return engine


# --- the desk --------------------------------------------------------------------------------


class NoKnowledge:
    """A base without articles, for tests that are not about answers."""

    space = None

    def search(self, query: Query) -> Finding:
        del query
        return Finding("none")

    def hits(self, text: str, language: str, limit: int) -> list[Hit]:
        del text, language, limit
        return []

    def find(self, query: Query) -> Finding:
        return self.search(query)

    def near(self, text: str, language: str, limit: int) -> list[PassageRecord]:
        del text, language, limit
        return []

    def trial(self, draft: list[PassageRecord]) -> Trial:
        return Trial(self, self, draft)

    def refresh(self) -> None:
        """Nothing to load again."""

    def ready(self) -> bool:
        return True


@dataclass
class Person:
    id: str
    role: str
    email: str
    password: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class DeskClient:
    """A desk over HTTP, in this process."""

    http: TestClient
    app: FastAPI
    engine: Engine
    settings: Settings
    people: dict[str, Person] = field(default_factory=dict)

    def guest(self, **body: object) -> "GuestClient":
        answer = self.http.post("/api/v1/chat/sessions", json=body)
        assert answer.status_code == 201, answer.text
        return GuestClient(self.http, answer.json()["conversation_id"], answer.json()["token"])

    def as_(self, role: str, method: str, path: str, **more: object) -> "object":
        return self.http.request(method, path, headers=self.people[role].headers, **more)

    def page(self, role: str, path: str) -> str:
        """A page of the console, as somebody signed in there gets it."""
        cookie, _ = self._sign_in(role)
        answer = self.http.get(path, headers=cookie)
        assert answer.status_code == 200, answer.text
        return answer.text

    def form(self, role: str, path: str, fields: dict[str, str], **more: object) -> "object":
        """What a form of a page of the console is answered with, before any redirect."""
        cookie, csrf = self._sign_in(role)
        body = fields | {"csrf": csrf}
        return self.http.post(path, headers=cookie, data=body, follow_redirects=False, **more)

    def _sign_in(self, role: str) -> tuple[dict[str, str], str]:
        with db.transaction(self.engine) as s:
            person = s.get_one(Counselor, self.people[role].id)
            cookie, session = counselors.sign_in(s, person)
        return {"Cookie": f"{COOKIE}={cookie}"}, session.csrf


@dataclass
class GuestClient:
    """Somebody at the chat widget."""

    http: TestClient
    conversation_id: str
    token: str
    said: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def say(self, text: str, client_id: str | None = None, **more: object) -> dict:
        """Say something and wait for the outcome."""
        self.said += 1
        body = {"client_id": client_id or f"c{self.said}", "text": text, **more}
        answer = self.http.post("/api/v1/chat/messages?wait=30", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def outcome(self, text: str) -> dict:
        """The one reply of the turn that has an act."""
        replies = [r for r in self.say(text)["replies"] if r["act"]]
        assert len(replies) == 1, replies
        return replies[0]


def settings_for(data: Path, **environ: str) -> Settings:
    keys = {"DESK_SECRET": "s" * 40, "PORTAL_KEY": "p" * 40, "SIMULATOR_KEY": "k" * 40}
    return load(ROOT, data, keys | environ, demo=True)


class Household:
    """The people of every role, signed up once for real and then moved in as rows."""

    people: dict[str, Person] = {}  # noqa: RUF012 - kept for the whole run
    rows: dict[Table, list[dict]] = {}  # noqa: RUF012 - the same


def sign_up_everyone(engine: Engine) -> dict[str, Person]:
    """A person in every role. Their rows are made once a run: each test's desk is a new one."""
    with db.reading(engine) as s:
        untouched = s.scalar(select(func.count()).select_from(Event)) == 0
    if not untouched:
        return _sign_up_everyone(engine)
    if not Household.rows:
        Household.people = _sign_up_everyone(engine)
        with engine.connect() as connection:
            for model in (Counselor, PersonalToken, Event):
                table = model.__table__
                found = connection.execute(select(table)).mappings()
                Household.rows[table] = [
                    {k: v for k, v in row.items() if (table.name, k) != ("events", "id")}
                    for row in found
                ]
        return Household.people
    with engine.begin() as connection:
        for table, rows in Household.rows.items():
            connection.execute(insert(table), rows)
    return Household.people


def _sign_up_everyone(engine: Engine) -> dict[str, Person]:
    people: dict[str, Person] = {}
    with db.transaction(engine) as s:
        for role in ROLES:
            queues = [q for q in QUEUES if q != "legal"] if role == "counselor" else QUEUES
            counselor = counselors.sign_up(
                s,
                email=f"{role}@desk.example",
                name=f"{role.title()} Example",
                password=PASSWORD,
                role=role,
                languages=["en", "es", "ko"],
                queues=queues,
            )
            token = counselors.issue_token(s, counselor)
            people[role] = Person(counselor.id, role, counselor.email, PASSWORD, token)
    return people


@pytest.fixture
def desk(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[DeskClient]:
    """A desk with people in every role and a bot that follows a script, on both databases."""
    yield from _desk(engine, tmp_path, works=_works(request))


@pytest.fixture
def sqlite_desk(
    request: pytest.FixtureRequest, sqlite_engine: Engine, tmp_path: Path
) -> Iterator[DeskClient]:
    """The same on SQLite alone, for what does not depend on the database."""
    yield from _desk(sqlite_engine, tmp_path, works=_works(request))


def _works(request: pytest.FixtureRequest) -> bool:
    """What the desk does by itself (send, offer, tidy) rests where a test is `at_rest`: there it
    would only race with what the test looks at, for a third of the time."""
    return request.node.get_closest_marker("at_rest") is None


def _desk(engine: Engine, data: Path, *, works: bool = True) -> Iterator[DeskClient]:
    settings = settings_for(data, DESK_RATE_LIMITS="off")
    app = create(settings, engine=engine, bot=ScriptedBot(), knowledge=NoKnowledge(), works=works)
    with TestClient(app) as http:
        yield DeskClient(http, app, engine, settings, sign_up_everyone(engine))


@dataclass
class DeskServer:
    """A desk on a real port of this machine."""

    url: str
    engine: Engine
    settings: Settings
    people: dict[str, Person]


@pytest.fixture
def desk_server(sqlite_engine: Engine, tmp_path: Path) -> Iterator[DeskServer]:
    settings = settings_for(
        tmp_path, DESK_RATE_LIMITS="off", PORTAL_KEY=PORTAL_KEY, TWILIO_AUTH_TOKEN="t" * 32
    )
    people = sign_up_everyone(sqlite_engine)
    app = create(settings, engine=sqlite_engine, bot=ScriptedBot(), knowledge=NoKnowledge())
    with served(app) as url:
        yield DeskServer(url, sqlite_engine, settings, people)


class Prompt(uvicorn.Server):
    """Stops as soon as it may. uvicorn looks ten times a second and then waits a tenth more."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:  # noqa: ASYNC110 - uvicorn's flags are plain attributes
            await asyncio.sleep(0.005)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        del sockets
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        for server in self.servers:
            await server.wait_closed()
        await self.lifespan.shutdown()


class served:  # noqa: N801 - read as a phrase: `with served(app) as url`
    """Serve an app on a free port of the loopback address for as long as the block lasts."""

    def __init__(self, app: Starlette, **config: Any) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        how = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", **config)
        self._server = Prompt(how)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        return self.url

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
