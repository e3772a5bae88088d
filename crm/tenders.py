"""Tenders as a core tells of them: taken in page by page, and found again by words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, select, update
from sqlalchemy.orm import aliased

from crm import clarifications, clock, db, events, tender_words, words
from crm.clarifications import Published
from crm.db import Session
from crm.models import Crawl, OwedTender, Tender, TenderTerm

MOST_COUNTED = 2000
LONGEST_NUMBER = 60
LONGEST_ID = 80  # a core names no tender by more
# The core publishes it no longer. It is the word of OCDS for that, so a core may say it, too.
WITHDRAWN = "withdrawn"
# Nothing ends there any more, whatever moments it once named.
OVER = frozenset({"complete", "unsuccessful", "cancelled", WITHDRAWN})
# A core need not tell in its feed of what it takes out of sight.
LOOK_AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """A tender as the core shows it now. `value` is `{"amount", "currency"}`."""

    core_id: str
    number: str
    title: str
    description: str
    status: str
    buyer: str
    value: dict[str, Any] | None
    category: str
    place: str
    enquiry_ends: datetime | None
    tender_ends: datetime | None
    clarifications: Sequence[Published] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tenders to find. Amounts compare only within one currency, if it is named.

    What was withdrawn is found only by that status.
    """

    text: str = ""
    status: str | None = None
    buyer: str = ""
    category: str | None = None
    currency: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    closes_after: datetime | None = None
    closes_before: datetime | None = None


# Fields whose change concerns those who follow a tender.
TOLD = ("title", "status", "enquiry_ends", "tender_ends", "value")


def cursor_of(s: Session, source: str) -> str | None:
    """How far the feed of this core has been taken in."""
    return s.scalar(select(Crawl.cursor).where(Crawl.source == source))


def is_caught_up(s: Session) -> bool:
    """Whether a feed has been read to its end: what is not found here then is nowhere."""
    ends = select(Crawl.source).where(Crawl.at_end_since.is_not(None)).limit(1)
    return s.scalar(ends) is not None


def take_in(
    s: Session,
    source: str,
    seen: Sequence[Seen],
    *,
    after: str | None,
    cursor: str | None,
    at_end: bool,
) -> bool:
    """Keep the page that follows `after` and how far it reaches, both or neither.

    False when another crawl has passed `after` already: then nothing is changed. What is new is one
    event for the page; each known tender that changed has an event of its own.
    """
    db.alone(s, "crawl", source)
    if cursor_of(s, source) != after:
        return False
    # Should a core give one number to two tenders, the later one has it.
    latest = {_cut(one.number, LONGEST_NUMBER): one for one in seen if one.number.strip()}
    known = _known(s, latest)
    new, indexed = [], []
    published = {}
    for number, one in latest.items():
        row = known.get(one.core_id) or known.get(number)
        if row is None:
            row = Tender(number=number, core_id=one.core_id)
            new.append(row)
            _fill(row, one)
            indexed.append(row)
        elif _changed(s, row, one):
            indexed.append(row)
        published[one.core_id] = (row, one.clarifications)
    s.add_all(new)
    s.flush()
    clarifications.take_in(s, published)
    _index(s, indexed)
    _move_on(s, source, cursor, at_end=at_end)
    if new:
        events.emit(s, "tenders.taken_in", events.SYSTEM, data={"count": len(new)})
    return True


def to_look_at(s: Session, limit: int) -> Sequence[str]:
    """Core ids of tenders that may have changed without a word in the feed, and are not owed."""
    owed = select(OwedTender.core_id)
    found = s.scalars(
        select(Tender.core_id)
        .where(Tender.look_again_at <= clock.now(), Tender.core_id.not_in(owed))
        .order_by(Tender.look_again_at)
        .limit(limit)
    )
    return [core_id for core_id in found if core_id]


def doubt(s: Session, core_id: str) -> str | None:
    """The core has just said that it knows no such tender; the status that the desk knows of it,
    None where it knows none either.

    The crawl is to look soon.
    """
    known = update(Tender).where(Tender.core_id == core_id).values(look_again_at=clock.now())
    return s.execute(known.returning(Tender.status)).scalar()


def withdraw(s: Session, core_ids: Sequence[str]) -> None:
    """The core has these no more. What was last known of them stays; followers are told once.

    They are looked at once more a day later, and then only when the feed names them.
    """
    for row in s.scalars(select(Tender).where(Tender.core_id.in_(core_ids))):
        still = row.status == WITHDRAWN
        row.look_again_at = None if still else clock.now() + LOOK_AGAIN_AFTER
        if not still:
            row.status, row.changed_at = WITHDRAWN, clock.now()
            _tell(s, row, ["status"])


def start_again(s: Session, source: str) -> None:
    """The core no longer knows how far we were: its feed is read from the beginning."""
    crawl = s.get(Crawl, source)
    if crawl:
        crawl.cursor = None
    events.emit(s, "tenders.crawl_restarted", events.SYSTEM)


def over(tender: Tender) -> bool:
    """Whether nothing can end there any more; its last deadlines are history then."""
    return tender.status in OVER


def by_number(s: Session, number: str) -> Tender | None:
    return s.scalar(select(Tender).where(Tender.number == number.strip().upper())) or s.scalar(
        select(Tender).where(func.lower(Tender.number) == number.strip().lower())
    )


def find(s: Session, wanted: Wanted, *, behind: int | None, limit: int) -> Sequence[Tender]:
    """Tenders that have every word asked for, the newest in line first.

    `behind` is the place in line of the last one already shown.
    """
    asked = tender_words.asked(wanted.text)
    asked |= {f"@{term}" for term in tender_words.asked(wanted.buyer)}
    if not asked and f"{wanted.text}{wanted.buyer}".strip():
        return []  # nothing but signs was asked for
    query = select(Tender).where(*_filters(wanted, by_words=bool(asked)))
    place: Any = Tender.place_in_line
    for n, term in enumerate(_rarest_first(s, asked)):
        entry = aliased(TenderTerm)
        here = and_(entry.term == term, entry.place_in_line == Tender.place_in_line)
        if n:
            query = query.where(select(entry.term).where(here).exists())
        else:  # the search walks along the entries of the rarest word
            query, place = query.join(entry, here), entry.place_in_line
    if behind is not None:
        query = query.where(place < behind)
    return s.scalars(query.order_by(place.desc()).limit(limit)).all()


def _filters(wanted: Wanted, *, by_words: bool) -> Iterator[ColumnElement[bool]]:
    """A search by words walks along its rarest word; no other index may lead it astray."""
    exact = {"status": wanted.status, "category": wanted.category, "currency": wanted.currency}
    for name, value in exact.items():
        if value is not None:
            yield _plain(getattr(Tender, name), by_words=by_words) == value
    if wanted.status is None:
        yield _plain(Tender.status, by_words=by_words) != WITHDRAWN
    if wanted.at_least is not None:
        yield Tender.amount >= wanted.at_least
    if wanted.at_most is not None:
        yield Tender.amount <= wanted.at_most
    if wanted.closes_after is not None:
        yield Tender.tender_ends >= wanted.closes_after
    if wanted.closes_before is not None:
        yield Tender.tender_ends < wanted.closes_before


def _plain(column: Any, *, by_words: bool) -> Any:
    return func.coalesce(column, "") if by_words else column


def _known(s: Session, seen: Mapping[str, Seen]) -> dict[str, Tender]:
    """Rows that the page, by number, tells of: by core id and by number."""
    core_ids = [one.core_id for one in seen.values()]
    rows = s.scalars(
        select(Tender).where(Tender.core_id.in_(core_ids) | Tender.number.in_(list(seen)))
    )
    found: dict[str, Tender] = {}
    for row in rows:
        found[row.number] = row
        if row.core_id:
            found[row.core_id] = row
    return found


def _changed(s: Session, row: Tender, seen: Seen) -> bool:
    """Bring a known row up to date; whether its words changed. What followers care for is told."""
    before = {name: getattr(row, name) for name in TOLD}
    said = (row.title, row.description, row.buyer, row.place, row.number)
    row.core_id = seen.core_id
    _fill(row, seen)
    told = [name for name in TOLD if getattr(row, name) != before[name]]
    if told:
        row.changed_at = clock.now()
        _tell(s, row, told)
    return said != (row.title, row.description, row.buyer, row.place, row.number)


def _tell(s: Session, row: Tender, changed: list[str]) -> None:
    events.emit(s, "tender.changed", events.SYSTEM, data={"tender": row.id, "changed": changed})


def _fill(row: Tender, seen: Seen) -> None:
    row.title, row.buyer = _cut(seen.title, 300), _cut(seen.buyer, 200)
    row.description, row.place = _cut(seen.description, 2000), _cut(seen.place, 200)
    row.status, row.category = _cut(seen.status, 40), _cut(seen.category, 20)
    row.enquiry_ends, row.tender_ends = seen.enquiry_ends, seen.tender_ends
    row.look_again_at = None if over(row) else clock.now() + LOOK_AGAIN_AFTER
    row.value = seen.value
    row.amount, row.currency = None, ""
    if seen.value:
        row.amount = float(seen.value["amount"])
        row.currency = str(seen.value.get("currency", ""))[:3]


def _index(s: Session, rows: Sequence[Tender]) -> None:
    """Write down the terms of these tenders anew."""
    if not rows:
        return
    terms = {row.place_in_line: _terms(row) for row in rows}
    s.execute(delete(TenderTerm).where(TenderTerm.place_in_line.in_(list(terms))))
    entries = sorted((term, place) for place, found in terms.items() for term in found)
    if entries:  # into the table itself: nobody holds such an entry as an object
        rows_of_it = [{"term": term, "place_in_line": place} for term, place in entries]
        s.execute(insert(cast("Table", TenderTerm.__table__)), rows_of_it)


def _terms(row: Tender) -> set[str]:
    said = f"{row.number} {row.title} {row.description} {row.buyer} {row.place}"
    buyers = {f"@{term}"[: tender_words.LONGEST] for term in tender_words.terms(row.buyer)}
    return tender_words.terms(said) | buyers


def _rarest_first(s: Session, terms: set[str]) -> list[str]:
    if len(terms) < 2:
        return sorted(terms)
    counted = {}
    for term in terms:
        few = select(TenderTerm.term).where(TenderTerm.term == term).limit(MOST_COUNTED).subquery()
        counted[term] = s.scalar(select(func.count()).select_from(few)) or 0
    return sorted(terms, key=lambda term: (counted[term], term))


def _move_on(s: Session, source: str, cursor: str | None, *, at_end: bool) -> None:
    crawl = s.get(Crawl, source)
    if crawl is None:
        crawl = Crawl(source=source)
        s.add(crawl)
    crawl.cursor, crawl.read_at = cursor, clock.now()
    crawl.at_end_since = (crawl.at_end_since or crawl.read_at) if at_end else None


def _cut(text: str, most: int) -> str:
    return words.storable(text)[:most]
