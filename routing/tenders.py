"""The crawl: what changed at the core, read page by page into the desk's own tenders.

A page's tenders, those that could not be read, and how far the feed has been read are kept in one
transaction, so a crawl that dies goes on where it was. Tenders that change while it runs move to
the feed's end, where it meets them again: none is lost, some are read twice.
"""

import logging
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Engine

from bot.procurement import port
from crm import db, owed_tenders, tenders
from crm.clarifications import Published

log = logging.getLogger(__name__)

AT_ONCE = 4
MOST_PAGES = 50
STOP_SECONDS = 15
PACE = timedelta(seconds=5)
PATIENCE = 3  # rounds that wait while the core shows nothing of a page
MOST_ASIDE = 20  # looked at beside a page: what is owed, and what may have gone unnoticed
# The sign under which the desk finds its own questions again is no part of what was asked.
UNSIGNED = re.compile(r"\n\(SM-[0-9A-F]{10}\)\s*$")


@dataclass(frozen=True, slots=True)
class Crawled:
    """What a round brought; `unread` were named and not shown. `at_end`: the feed has no more."""

    tenders: int
    unread: int
    at_end: bool


class Patience:
    """How long a page is waited for of which the core shows nothing: it may only be away.

    A tender that is broken there must not hold up all that come after it. Of this process only.
    """

    def __init__(self, rounds: int = PATIENCE) -> None:
        self._rounds, self._waited = rounds, 0

    def lasts(self) -> bool:
        self._waited += 1
        return self._waited < self._rounds

    def renew(self) -> None:
        self._waited = 0


class TenderCrawl:
    """The crawl as a thread of its own: long rounds hold up nothing else.

    `pause` is what lies between two rounds, in seconds.
    """

    def __init__(
        self, engine: Engine, core: port.ProcurementCore, source: str, *, pause: float
    ) -> None:
        self._engine, self._core, self._source, self._pause = engine, core, source, pause
        self._patience = Patience()

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
        nobody_waits = Patience(rounds=1)
        while not crawl(self._engine, self._core, self._source, patience=nobody_waits).at_end:
            pass

    def run_until(self, stop: threading.Event) -> None:
        pace = timedelta(seconds=self._pause)
        while not stop.is_set():
            try:
                round_ = crawl(
                    self._engine,
                    self._core,
                    self._source,
                    pace=pace,
                    patience=self._patience,
                    stopping=stop.is_set,
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
    pace: timedelta = PACE,
    stopping: Callable[[], bool] = lambda: False,
    patience: Patience | None = None,
) -> Crawled:
    """Read on in the feed of `source`, for at most so many pages.

    What is owed is asked for again after twice the `pace`, and then ever later. Raises Unreachable
    when the core stays away; what was read until then is kept.
    """
    taken = unread = 0
    patience = patience or Patience()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="crawl") as pool:
        for _ in range(most_pages):
            if stopping():
                break
            after, page = _page(engine, core, source)
            named = [one.id for one in page.changes if len(one.id) <= tenders.LONGEST_ID]
            wanted = dict.fromkeys([*named, *_aside(engine, source)])
            looks = _sorted(pool.map(lambda tender: _look(core, tender), wanted))
            _wait_for(named, looks.unread, patience)
            taken, unread = taken + len(looks.seen), unread + len(looks.unread)
            # A core whose feed does not move on has no more to tell at present.
            at_end = not page.changes or page.cursor == after
            with db.transaction(engine) as s:
                kept = tenders.take_in(
                    s, source, list(looks.seen.values()),
                    after=after, cursor=page.cursor, at_end=at_end,
                )  # fmt: skip
                if kept:
                    absent = owed_tenders.settle(
                        s, source, shown=looks.seen, unread=looks.unread, pace=pace
                    )
                    tenders.withdraw(s, absent)
            if at_end:
                return Crawled(taken, unread, at_end=True)
    return Crawled(taken, unread, at_end=False)


def _page(engine: Engine, core: port.ProcurementCore, source: str) -> tuple[str | None, port.Page]:
    """Where we are in the feed, and what follows there."""
    with db.reading(engine) as s:
        cursor = tenders.cursor_of(s, source)
    try:
        return cursor, core.feed(cursor)
    except port.Refused as refused:
        if cursor is None or refused.reason == "key_refused":
            raise
    log.warning("the core does not know our place in its feed; it is read from its beginning")
    with db.transaction(engine) as s:
        tenders.start_again(s, source)
    return None, core.feed(None)


def _aside(engine: Engine, source: str) -> Sequence[str]:
    """What is looked at though the feed does not name it now."""
    with db.reading(engine) as s:
        owed = owed_tenders.due(s, source, MOST_ASIDE)
        return [*owed, *tenders.to_look_at(s, MOST_ASIDE - len(owed))]


@dataclass(frozen=True, slots=True)
class Looks:
    """What the core showed, and of each other tender why it did not, by the ids asked for."""

    seen: Mapping[str, tenders.Seen]
    unread: Mapping[str, str]


def _sorted(looks: Iterable[tuple[str, tenders.Seen | str]]) -> Looks:
    seen, unread = {}, {}
    for tender, found in looks:
        if isinstance(found, str):
            unread[tender] = found
        else:
            seen[tender] = found
    return Looks(seen, unread)


def _look(core: port.ProcurementCore, tender: str) -> tuple[str, tenders.Seen | str]:
    """The tender as it is now, or why it is not to be seen."""
    try:
        return tender, _seen(core.tender(tender))
    except port.Refused as refused:
        return tender, owed_tenders.ABSENT if refused.reason == "not_found" else str(refused)
    except port.CoreError as error:
        return tender, str(error)
    except Exception as error:
        log.exception("the tender %s cannot be read", tender)
        return tender, type(error).__name__


def _wait_for(named: Sequence[str], unread: Mapping[str, str], patience: Patience) -> None:
    """Raises Unreachable while a page of which nothing could be read is worth waiting for."""
    why = [unread.get(one, owed_tenders.ABSENT) for one in named]
    away = [one for one in why if one != owed_tenders.ABSENT]
    if named and len(away) == len(named) and patience.lasts():
        raise port.Unreachable(away[0])
    patience.renew()


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
