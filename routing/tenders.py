"""The crawl: what changed at the core, read page by page into the desk's own tenders.

A page's tenders and how far the feed has been read are kept in one transaction, so a crawl that
dies goes on where it was. Tenders that change while it runs move to the feed's end, where it meets
them again: none is lost, some are read twice.
"""

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
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
PATIENCE = 3  # rounds that wait for a tender the core does not show
MOST_OWED = 20  # of those left behind, asked for again in one go
# The sign under which the desk finds its own questions again is no part of what was asked.
UNSIGNED = re.compile(r"\n\(SM-[0-9A-F]{10}\)\s*$")


@dataclass(frozen=True, slots=True)
class Crawled:
    """What a round brought. `at_end` says that the feed has no more at present."""

    tenders: int
    gone: int
    at_end: bool


class Owed:
    """Tenders that the core names in its feed and does not show, asked for again in each round.

    One that is broken there must not hold up all that come after it. Of this process only: after
    a start such a tender is met again when it changes.
    """

    def __init__(self, patience: int = PATIENCE) -> None:
        self._patience = patience
        self._failed: Counter[str] = Counter()
        self._left: dict[str, None] = {}

    def next(self) -> Sequence[str]:
        return list(self._left)[:MOST_OWED]

    def shown(self, tender: str) -> None:
        self._failed.pop(tender, None)
        self._left.pop(tender, None)

    def may_be_left(self, tender: str) -> bool:
        """Whether it was waited for long enough; it goes behind the others that are owed."""
        self._failed[tender] += 1
        if self._failed[tender] < self._patience:
            return False
        if self._failed[tender] == self._patience:
            log.warning("the core names the tender %s and does not show it: left for later", tender)
        self._left.pop(tender, None)
        self._left[tender] = None
        return True


class TenderCrawl:
    """The crawl as a thread of its own: long rounds hold up nothing else."""

    def __init__(
        self, engine: Engine, core: port.ProcurementCore, source: str, *, pause: float
    ) -> None:
        self._engine, self._core, self._source, self._pause = engine, core, source, pause
        self._owed = Owed()

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
        nobody_waits = Owed(patience=1)
        while not crawl(self._engine, self._core, self._source, owed=nobody_waits).at_end:
            pass

    def run_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                round_ = crawl(
                    self._engine, self._core, self._source, owed=self._owed, stopping=stop.is_set
                )
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
    owed: Owed | None = None,
) -> Crawled:
    """Read on in the feed of `source`, for at most so many pages.

    Raises Unreachable when the core stays away; what was read until then is kept.
    """
    taken = gone = 0
    owed = owed or Owed()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="crawl") as pool:
        for _ in range(most_pages):
            if stopping():
                break
            after, page = _page(engine, core, source)
            wanted = dict.fromkeys([*(change.id for change in page.changes), *owed.next()])
            looks = list(pool.map(lambda tender: _look(core, tender), wanted))
            seen, missing = _sorted(looks, owed)
            taken, gone = taken + len(seen), gone + missing
            # A core whose feed does not move on has no more to tell at present.
            at_end = not page.changes or page.cursor == after
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


Look = tuple[str, port.Tender | port.CoreError]


def _look(core: port.ProcurementCore, tender: str) -> Look:
    """The tender as it is now, or why it is not to be seen."""
    try:
        return tender, core.tender(tender)
    except port.CoreError as error:
        return tender, error


def _sorted(looks: Sequence[Look], owed: Owed) -> tuple[list[tenders.Seen], int]:
    """What was seen, and how many are not to be seen any more.

    Raises Unreachable while a tender is worth waiting for.
    """
    seen, away, gone = [], [], 0
    for tender, found in looks:
        if isinstance(found, port.Unreachable):
            away.append((tender, found))
            continue
        owed.shown(tender)
        if isinstance(found, port.CoreError):
            log.info("a tender of the feed was refused: %s", found)
            gone += 1
        else:
            seen.append(_seen(found))
    worth_waiting = [error for tender, error in away if not owed.may_be_left(tender)]
    if worth_waiting:
        raise worth_waiting[0]
    return seen, gone


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
