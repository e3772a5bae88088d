"""Tenders that the feed names and the core does not show, over HTTP, restarts and kills."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.procurement.openprocurement import OpenProcurement
from bot.procurement.port import Unreachable
from crm import clock, contacts, conversations, db, owed_tenders, tenders, watches
from crm.events import SYSTEM
from crm.models import Event, Message, OwedTender
from crm.models import Tender as Row
from routing.tenders import Crawled, Patience, crawl
from routing.watching import tell_followers
from tests.conftest import ROOT, served
from tests.procurement.cores import BUYER, Actor, sandbox, tender_values

SOON = timedelta(microseconds=1)
ABSENT = Response("gone", 410)
ODD = [
    Response("{half an ans", 200),
    Response("<html>", 500),
    Response('{"data": {"title": "no id"}}', 200),
    Response("no", 403),
]


@dataclass
class Veiled:
    """A core some of whose tenders are answered otherwise; `hidden` by core id."""

    url: str
    core: OpenProcurement
    behind: OpenProcurement
    hidden: dict[str, Response]
    buyers: dict[str, Actor] = field(default_factory=dict)

    def publish(self, title: str) -> str:
        buyer = Actor(self.behind, BUYER)
        values = tender_values(self.behind, currency="UAH", title=title)
        tender = buyer.act("publish_tender", **values).object
        self.buyers[tender] = buyer
        return tender


@pytest.fixture
def veiled() -> Iterator[Veiled]:
    hidden: dict[str, Response] = {}

    def answer(request: Request) -> Response:
        veil = hidden.get(request.url.path.rsplit("/", 1)[-1])
        if veil is not None:
            return veil
        there = httpx.get(f"{here.url}{request.url.path}", params=request.query_params)
        return Response(there.content, there.status_code, media_type="application/json")

    veil = Starlette(routes=[Route("/{path:path}", answer)])
    with sandbox() as here, served(veil) as url:
        core = OpenProcurement(url, "broker", sleep=lambda _: None)
        yield Veiled(url, core, here.core, hidden)
        core.close()


def round_(engine: Engine, veiled: Veiled, patience: int = 1) -> Crawled:
    return crawl(engine, veiled.core, "core", pace=SOON, patience=Patience(patience))


def titles(engine: Engine) -> set[str]:
    with db.reading(engine) as s:
        return set(s.scalars(select(Row.title)))


def owed(engine: Engine) -> list[OwedTender]:
    with db.reading(engine) as s:
        return list(s.scalars(select(OwedTender)))


def kinds(engine: Engine) -> list[str]:
    with db.reading(engine) as s:
        return list(s.scalars(select(Event.kind).order_by(Event.id)))


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 180
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@contextmanager
def crawling(engine: Engine, url: str, path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A crawl in its own process; what is left of it at the block's end is killed."""
    database = f"sqlite:///{path}"
    if engine.dialect.name == "postgresql":
        shown = engine.url.set(drivername="postgresql")
        database = shown.render_as_string(hide_password=False)
    environ = os.environ | {"PYTHONPATH": str(ROOT), "DESK_DATABASE_URL": database}
    command = [sys.executable, "-m", "tests.routing.crawl_process", url]
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_a_tender_that_was_owed_before_a_kill_is_read_once_the_core_is_mended(
    engine: Engine, veiled: Veiled, tmp_path: Path
) -> None:
    broken = veiled.publish("Chairs")
    veiled.hidden[broken] = Response("{half an ans", 200)
    veiled.publish("Desks")
    path = tmp_path / "desk.sqlite"
    with crawling(engine, veiled.url, path):
        until(lambda: titles(engine) == {"Desks"} and len(owed(engine)) == 1)
    # The feed will not name it again: its place there has been passed.
    with db.reading(engine) as s:
        place = tenders.cursor_of(s, "core")
    assert broken not in [change.id for change in veiled.core.feed(place).changes]
    del veiled.hidden[broken]
    with crawling(engine, veiled.url, path):
        until(lambda: titles(engine) == {"Desks", "Chairs"})
    assert owed(engine) == []


@pytest.mark.parametrize("answer", ODD, ids=lambda answer: str(answer.status_code))
def test_what_cannot_be_read_holds_up_nothing_and_is_asked_for_again(
    sqlite_engine: Engine, veiled: Veiled, answer: Response
) -> None:
    broken = veiled.publish("Chairs")
    veiled.hidden[broken] = answer
    veiled.publish("Desks")
    assert round_(sqlite_engine, veiled, patience=9).at_end
    assert titles(sqlite_engine) == {"Desks"}
    veiled.hidden.clear()
    round_(sqlite_engine, veiled)
    assert titles(sqlite_engine) == {"Desks", "Chairs"}
    assert owed(sqlite_engine) == []


def test_a_page_of_which_nothing_is_read_is_waited_for_and_then_left(
    sqlite_engine: Engine, veiled: Veiled
) -> None:
    veiled.hidden |= {veiled.publish(title): Response("", 500) for title in ("Chairs", "Desks")}
    patience = Patience(2)
    with pytest.raises(Unreachable):
        crawl(sqlite_engine, veiled.core, "core", pace=SOON, patience=patience)
    assert owed(sqlite_engine) == []
    assert crawl(sqlite_engine, veiled.core, "core", pace=SOON, patience=patience).at_end
    assert {row.core_id for row in owed(sqlite_engine)} == set(veiled.hidden)
    veiled.hidden.clear()
    round_(sqlite_engine, veiled)
    assert titles(sqlite_engine) == {"Desks", "Chairs"}


def test_a_tender_that_is_absent_at_first_is_not_lost(
    sqlite_engine: Engine, veiled: Veiled
) -> None:
    """One machine of a core names it while another does not have it yet."""
    late = veiled.publish("Chairs")
    veiled.hidden[late] = ABSENT
    round_(sqlite_engine, veiled)
    assert titles(sqlite_engine) == set()
    del veiled.hidden[late]
    round_(sqlite_engine, veiled)
    assert titles(sqlite_engine) == {"Chairs"}


def test_the_gaps_between_two_tries_grow(sqlite_engine: Engine, veiled: Veiled) -> None:
    veiled.hidden[veiled.publish("Chairs")] = Response("", 500)
    patience = Patience(1)
    gaps = []
    for _ in range(3):
        crawl(sqlite_engine, veiled.core, "core", pace=timedelta(hours=1), patience=patience)
        [row] = owed(sqlite_engine)
        gaps.append(row.next_at - clock.now())
        make_due(sqlite_engine)
    assert [row.tries for row in owed(sqlite_engine)] == [3]
    assert timedelta(hours=1) < gaps[0] <= timedelta(hours=2) < gaps[1] <= timedelta(hours=4)
    assert gaps[1] < gaps[2] <= owed_tenders.LONGEST_GAP


def make_due(engine: Engine) -> None:
    with db.transaction(engine) as s:
        for row in s.scalars(select(OwedTender)):
            row.next_at = clock.now()


def give_up(engine: Engine, veiled: Veiled) -> OwedTender:
    for _ in range(owed_tenders.MOST_TRIES + 1):
        make_due(engine)
        round_(engine, veiled)
    [row] = owed(engine)
    return row


def test_what_is_never_shown_is_given_up_and_told(engine: Engine, veiled: Veiled) -> None:
    broken = veiled.publish("Chairs")
    veiled.hidden[broken] = Response("", 500)
    row = give_up(engine, veiled)
    assert (row.core_id, row.tries, row.why) == (broken, owed_tenders.MOST_TRIES, "500")
    assert kinds(engine).count("tender.given_up") == 1
    with db.reading(engine) as s:
        assert [one.id for one in owed_tenders.given_up(s, after=None, limit=9)] == [row.id]
        assert owed_tenders.counts(s) == (0, 1)
    veiled.hidden.clear()
    round_(engine, veiled)
    assert titles(engine) == set()
    with db.transaction(engine) as s:
        owed_tenders.ask_again(s, row.id, SYSTEM)
    round_(engine, veiled)
    assert titles(engine) == {"Chairs"}
    assert owed(engine) == []


def test_what_was_given_up_is_asked_for_when_the_feed_names_it_again(
    sqlite_engine: Engine, veiled: Veiled
) -> None:
    broken = veiled.publish("Chairs")
    veiled.hidden[broken] = Response("", 500)
    give_up(sqlite_engine, veiled)
    veiled.buyers[broken].act("extend", broken, tender_ends="2099-01-01T00:00:00+00:00")
    round_(sqlite_engine, veiled)
    [row] = owed(sqlite_engine)
    assert row.given_up_at is None
    assert row.tries < owed_tenders.MOST_TRIES


def test_what_vanishes_is_withdrawn_and_its_followers_are_told_once(
    engine: Engine, veiled: Veiled
) -> None:
    tender = veiled.publish("Chairs")
    round_(engine, veiled)
    follow(engine, veiled.core.tender(tender).number)
    tell_followers(engine, "UTC")
    veiled.hidden[tender] = ABSENT
    round_(engine, veiled)
    assert states(engine) == ["active.enquiries"]  # the feed does not name it: nobody has looked
    vanish(engine, veiled, tender)
    assert states(engine) == ["withdrawn"]
    with db.reading(engine) as s:
        assert not tenders.find(s, tenders.Wanted(text="chairs"), behind=None, limit=9)
        assert not tenders.find(s, tenders.Wanted(), behind=None, limit=9)
        withdrawn = tenders.Wanted(status="withdrawn")
        assert len(tenders.find(s, withdrawn, behind=None, limit=9)) == 1
    assert tell_followers(engine, "UTC") == 1
    assert "no longer published" in last_said(engine)
    vanish(engine, veiled, tender)
    assert tell_followers(engine, "UTC") == 0
    with db.reading(engine) as s:
        assert s.scalars(select(Row.look_again_at)).one() is None  # not asked about for ever
    veiled.hidden.clear()
    look_again(engine)
    round_(engine, veiled)
    assert states(engine) == ["active.enquiries"]
    assert tell_followers(engine, "UTC") == 1
    assert "open for questions" in last_said(engine)


def follow(engine: Engine, number: str) -> None:
    with db.transaction(engine) as s:
        contact = contacts.meet(s, language="en", name=None, email=None)
        talk = conversations.start(s, contact, channel="web", language="en")[0]
        watches.follow(s, talk, person=talk.contact_id, number=number, tender=None)


def vanish(engine: Engine, veiled: Veiled, tender: str) -> None:
    look_again(engine)
    for _ in range(owed_tenders.BELIEVED + 1):
        round_(engine, veiled)
        make_due(engine)
    assert tender in veiled.hidden
    assert owed(engine) == []


def look_again(engine: Engine) -> None:
    """As if a day had passed in which the feed did not name any tender."""
    with db.transaction(engine) as s:
        for row in s.scalars(select(Row)):
            row.look_again_at = clock.now()


def states(engine: Engine) -> list[str]:
    with db.reading(engine) as s:
        return list(s.scalars(select(Row.status)))


def last_said(engine: Engine) -> str:
    with db.reading(engine) as s:
        return s.scalars(select(Message.text).order_by(Message.created_at.desc())).first() or ""
