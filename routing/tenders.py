"""The crawl: what changed at the core, read page by page into the desk's own tenders.

A page's tenders and how far the feed has been read are kept in one transaction, so a crawl that
dies goes on where it was. Tenders that change while it runs move to the feed's end, where it meets
them again: none is lost, some are read twice.
"""

import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Engine

from bot.procurement import port
from crm import db, tenders
from crm.clarifications import Published

log = logging.getLogger(__name__)

AT_ONCE = 4
MOST_PAGES = 50
STOP_SECONDS = 15
# The sign under which the desk finds its own questions again is no part of what was asked.
UNSIGNED = re.compile(r"\n\(SM-[0-9A-F]{10}\)\s*$")


@dataclass(frozen=True, slots=True)
class Crawled:
    """What a round brought. `at_end` says that the feed has no more at present."""

    tenders: int
    gone: int
    at_end: bool


class TenderCrawl:
    """The crawl as a thread of its own: long rounds hold up nothing else."""

    def __init__(
        self, engine: Engine, core: port.ProcurementCore, source: str, *, pause: float
    ) -> None:
        self._engine, self._core, self._source, self._pause = engine, core, source, pause

    def start(self) -> Callable[[], None]:
        """Begin; returns the way to stop after the present page."""
        stop = threading.Event()
        thread = threading.Thread(target=self.run_until, args=(stop,), name="crawl", daemon=True)
        thread.start()

        def finish() -> None:
            stop.set()
            thread.join(STOP_SECONDS)

        return finish

    def once(self) -> None:
        """Read to the feed's present end; raises CoreError."""
        while not crawl(self._engine, self._core, self._source).at_end:
            pass

    def run_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                round_ = crawl(self._engine, self._core, self._source, stopping=stop.is_set)
                pause = self._pause if round_.at_end else 0
            except port.CoreError as error:
                log.warning("the core cannot be read now (%s); it is tried again", error)
                pause = self._pause * 3
            except Exception:
                log.exception("the crawl failed; it goes on")
                pause = self._pause * 3
            stop.wait(pause)


def crawl(
    engine: Engine,
    core: port.ProcurementCore,
    source: str,
    *,
    most_pages: int = MOST_PAGES,
    stopping: Callable[[], bool] = lambda: False,
) -> Crawled:
    """Read on in the feed of `source`, for at most so many pages.

    Raises Unreachable when the core stays away; what was read until then is kept.
    """
    taken = gone = 0
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="crawl") as pool:
        for _ in range(most_pages):
            if stopping():
                break
            after, page = _page(engine, core, source)
            found = list(pool.map(lambda change: _look(core, change), page.changes))
            seen = [_seen(tender) for tender in found if tender]
            taken, gone = taken + len(seen), gone + len(found) - len(seen)
            at_end = not page.changes
            with db.transaction(engine) as s:
                tenders.take_in(s, source, seen, after=after, cursor=page.cursor, at_end=at_end)
            if at_end:
                return Crawled(taken, gone, at_end=True)
    return Crawled(taken, gone, at_end=False)


def _page(engine: Engine, core: port.ProcurementCore, source: str) -> tuple[str | None, port.Page]:
    """Where we are in the feed, and what follows there."""
    with db.reading(engine) as s:
        cursor = tenders.cursor_of(s, source)
    try:
        return cursor, core.feed(cursor)
    except port.Refused:
        if cursor is None:
            raise
    log.warning("the core does not know our place in its feed; it is read from its beginning")
    with db.transaction(engine) as s:
        tenders.start_again(s, source)
    return None, core.feed(None)


def _look(core: port.ProcurementCore, change: port.Change) -> port.Tender | None:
    """The tender as it is now; None when it is not to be seen any more."""
    try:
        return core.tender(change.id)
    except port.Refused as refused:
        log.info("a tender of the feed was refused: %s", refused.reason)
        return None


def _seen(tender: port.Tender) -> tenders.Seen:
    value = tender.value
    return tenders.Seen(
        core_id=tender.id,
        number=tender.number,
        title=tender.title,
        description=tender.description,
        status=tender.status,
        buyer=tender.buyer,
        value={"amount": _number(value.amount), "currency": value.currency} if value else None,
        category=tender.category,
        place=tender.place,
        enquiry_ends=tender.enquiry_ends,
        tender_ends=tender.tender_ends,
        clarifications=[_published(one) for one in tender.questions if one.answer],
    )


def _published(question: port.Question) -> Published:
    asked = UNSIGNED.sub("", question.text).strip()
    return Published(
        question=question.id,
        asked=asked or question.title,
        answer=question.answer or "",
        answered_at=question.answered_at,
    )


def _number(amount: Decimal) -> int | float:
    """As JSON has it, and whole where it is whole."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
