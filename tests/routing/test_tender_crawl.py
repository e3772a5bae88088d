"""The crawl of a core's feed into the desk's tenders, against a sandbox that runs."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select

from bot.procurement.openprocurement import OpenProcurement, Profile
from bot.procurement.port import Change, Page, Refused, Tender, Unreachable
from crm import contacts, conversations, db, tenders, watches
from crm.models import Crawl, Event
from crm.models import Tender as Row
from routing import clarifying
from routing.tenders import Crawled, TenderCrawl, crawl
from tests.procurement.cores import BUYER, SUPPLIER, Actor, Sandbox, sandbox, tender_values


@pytest.fixture
def here() -> Iterator[Sandbox]:
    with sandbox() as running:
        yield running


def publish(here: Sandbox, title: str) -> tuple[Actor, str]:
    buyer = Actor(here.core, BUYER)
    values = tender_values(here.core, currency="UAH", title=title)
    return buyer, buyer.act("publish_tender", **values).object


def rows(engine: Engine) -> dict[str, Row]:
    with db.reading(engine) as s:
        return {row.title: row for row in s.scalars(select(Row))}


def test_the_feed_becomes_rows(engine: Engine, here: Sandbox) -> None:
    _, key = publish(here, "Office chairs")
    assert crawl(engine, here.core, "core").at_end
    row = rows(engine)["Office chairs"]
    tender = here.core.tender(key)
    assert (row.core_id, row.number, row.status) == (key, tender.number, "active.enquiries")
    assert (row.buyer, row.category, row.place) == (BUYER.name, "goods", tender.place)
    assert row.value == {"amount": 6000, "currency": "UAH"}
    assert row.tender_ends == tender.tender_ends


def test_a_change_and_a_passing_deadline_arrive(engine: Engine, here: Sandbox) -> None:
    buyer, key = publish(here, "Office chairs")
    crawl(engine, here.core, "core")
    here.ahead(days=4)
    Actor(here.core, SUPPLIER).act("bid", key, amount="100")
    crawl(engine, here.core, "core")
    assert rows(engine)["Office chairs"].status == "active.tendering"
    buyer.act("extend", key, tender_ends="2099-01-01T00:00:00+00:00")
    crawl(engine, here.core, "core")
    ends = rows(engine)["Office chairs"].tender_ends
    assert ends
    assert ends.year == 2099
    with db.reading(engine) as s:
        told = [e.data["changed"] for e in s.scalars(
            select(Event).where(Event.kind == "tender.changed").order_by(Event.id))]  # fmt: skip
    assert told == [["status"], ["tender_ends"]]


def test_a_sealed_bid_leaves_no_trace_in_the_feed(engine: Engine, here: Sandbox) -> None:
    _, key = publish(here, "Office chairs")
    here.ahead(days=4)
    crawl(engine, here.core, "core")
    Actor(here.core, SUPPLIER).act("bid", key, amount="100")
    assert crawl(engine, here.core, "core").tenders == 0


class Pages(OpenProcurement):
    """A client with short pages, before each of which something may happen."""

    def __init__(self, url: str, between: Callable[[int], None]) -> None:
        super().__init__(url, "broker", Profile(page=2), sleep=lambda _: None)
        self._between, self.pages = between, 0

    def feed(self, cursor: str | None = None) -> Page:
        self.pages += 1
        self._between(self.pages)
        return super().feed(cursor)


def test_none_is_lost_while_the_feed_changes_under_the_crawl(engine: Engine, here: Sandbox) -> None:
    made = [publish(here, f"Lot of chairs {n}") for n in range(5)]

    def between(page: int) -> None:
        if page <= 4:  # what was read already moves to the end, and something new comes
            buyer, key = made[page - 1]
            buyer.act("extend", key, tender_ends=f"2099-01-0{page}T00:00:00+00:00")
            publish(here, f"Meanwhile {page}")

    core = Pages(here.url, between)
    crawl(engine, core, "core")
    found = rows(engine)
    assert set(found) == {f"Lot of chairs {n}" for n in range(5)} | {
        f"Meanwhile {n}" for n in range(1, 5)
    }
    moved = [found[f"Lot of chairs {n}"].tender_ends for n in range(4)]
    assert [ends.year for ends in moved if ends] == [2099] * 4
    core.close()


def test_after_a_day_s_gap_nothing_is_missing(engine: Engine, here: Sandbox) -> None:
    publish(here, "Before")
    crawl(engine, here.core, "core")
    with db.reading(engine) as s:
        kept = tenders.cursor_of(s, "core")
    assert kept
    here.ahead(days=1)
    names = {f"During {n}" for n in range(7)}
    for name in names:
        publish(here, name)
    core = Pages(here.url, lambda _: None)
    crawl(engine, core, "core")
    assert set(rows(engine)) == names | {"Before"}
    core.close()


def test_a_crawl_that_dies_goes_on_where_it_was(engine: Engine, here: Sandbox) -> None:
    for n in range(6):
        publish(here, f"Chairs {n}")

    def dies(page: int) -> None:
        if page == 3:
            raise Unreachable("gone")

    core = Pages(here.url, dies)
    with pytest.raises(Unreachable):
        crawl(engine, core, "core")
    assert len(rows(engine)) == 4
    crawl(engine, core, "core")
    assert len(rows(engine)) == 6
    core.close()


def test_a_core_that_forgot_us_is_read_from_its_beginning(engine: Engine, here: Sandbox) -> None:
    publish(here, "Chairs")
    with db.transaction(engine) as s:
        tenders.take_in(s, "core", [], after=None, cursor="nonsense", at_end=False)
    crawl(engine, here.core, "core")
    assert set(rows(engine)) == {"Chairs"}
    with db.reading(engine) as s:
        crawled = s.get_one(Crawl, "core")
        assert crawled.at_end_since
        assert s.scalar(select(Event).where(Event.kind == "tenders.crawl_restarted"))


def test_a_tender_that_is_gone_holds_up_nothing(sqlite_engine: Engine, here: Sandbox) -> None:
    publish(here, "Chairs")

    class Haunted(OpenProcurement):
        def feed(self, cursor: str | None = None) -> Page:
            page = super().feed(cursor)
            return (
                Page([Change("0" * 32, None), *page.changes], page.cursor) if not cursor else page
            )

    core = Haunted(here.url, "broker")
    assert crawl(sqlite_engine, core, "core").unread == 1
    assert set(rows(sqlite_engine)) == {"Chairs"}
    core.close()


def test_a_feed_that_stands_still_is_at_its_end(sqlite_engine: Engine, here: Sandbox) -> None:
    publish(here, "Chairs")

    class Still(OpenProcurement):
        def feed(self, cursor: str | None = None) -> Page:
            del cursor
            return Page(super().feed(None).changes, "always")

    core = Still(here.url, "broker")
    crawl(sqlite_engine, core, "core")
    assert crawl(sqlite_engine, core, "core", most_pages=3) == Crawled(1, 0, at_end=True)
    core.close()


def test_one_number_for_two_tenders_holds_up_nothing(sqlite_engine: Engine, here: Sandbox) -> None:
    publish(here, "Chairs")
    publish(here, "Desks")

    class Same(OpenProcurement):
        def tender(self, tender_id: str) -> Tender:
            return replace(super().tender(tender_id), number="UA-" + "9" * 80)

    core = Same(here.url, "broker")
    crawl(sqlite_engine, core, "core")
    crawl(sqlite_engine, core, "again")
    assert len(rows(sqlite_engine)) == 1
    core.close()


def test_two_crawls_at_once_take_in_each_tender_once(engine: Engine, here: Sandbox) -> None:
    for n in range(6):
        publish(here, f"Chairs {n}")
    cores = [Pages(here.url, lambda _: None) for _ in range(2)]
    threads = [threading.Thread(target=crawl, args=(engine, core, "core")) for core in cores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    crawl(engine, cores[0], "core")
    assert len(rows(engine)) == 6
    for core in cores:
        core.close()


def test_the_crawl_follows_the_core_until_it_is_stopped(
    sqlite_engine: Engine, here: Sandbox
) -> None:
    stop = TenderCrawl(sqlite_engine, here.core, "core", pause=0.05).start()
    publish(here, "Chairs")
    end = time.monotonic() + 20
    while not rows(sqlite_engine) and time.monotonic() < end:
        time.sleep(0.05)
    stop()
    assert set(rows(sqlite_engine)) == {"Chairs"}


def test_a_core_that_stays_away_is_tried_again(sqlite_engine: Engine) -> None:
    class Away:
        asked = 0

        def feed(self, cursor: str | None) -> Page:
            del cursor
            self.asked += 1
            if self.asked < 3:
                raise Unreachable
            raise Refused("key_refused")

        def tender(self, tender: str) -> Tender:
            raise Refused("not_found", tender)

    core = Away()
    stop = TenderCrawl(sqlite_engine, core, "core", pause=0.01).start()
    end = time.monotonic() + 20
    while core.asked < 5 and time.monotonic() < end:
        time.sleep(0.01)
    stop()
    assert core.asked >= 5


def test_a_day_without_a_crawl_loses_none(engine: Engine, here: Sandbox) -> None:
    """The crawl is away for a day in which more happens than one page holds, old and new."""
    core = Pages(here.url, lambda _: None)
    made = [publish(here, f"Before the gap {n}") for n in range(3)]
    crawl(engine, core, "core")
    with db.transaction(engine) as s:
        talk = conversations.start(
            s, contacts.meet(s, language="en", name=None, email=None), channel="web", language="en"
        )[0]
        number = here.core.tender(made[0][1]).number
        watches.follow(s, talk, person=talk.contact_id, number=number, tender=None)
    Actor(here.core, SUPPLIER).act("question", made[0][1], text="With armrests?")
    here.ahead(days=1)
    question = here.core.tender(made[0][1]).questions[0].id
    made[0][0].act("answer_question", made[0][1], question, answer="Without.")
    made += [publish(here, f"In the gap {n}") for n in range(7)]
    made[1][0].act("extend", made[1][1], tender_ends="2099-01-01T00:00:00+00:00")
    here.ahead(hours=1)
    began = core.pages
    TenderCrawl(engine, core, "core", pause=1).once()  # as a process that has just started
    assert core.pages - began > 3  # read page by page
    found = {row.core_id: row for row in rows(engine).values()}
    assert set(found) == {key for _, key in made}
    for _, key in made:
        there = here.core.tender(key)
        assert (found[key].number, found[key].status) == (there.number, there.status)
        assert found[key].tender_ends == there.tender_ends
    assert clarifying.tell_clarifications(engine) == 1
    core.close()
