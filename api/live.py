"""The live stream: one tailer per process reads the journal and fans out in memory.

A listener registers first and reads the past second, so nothing falls between the two.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from api import signs
from api.signs import Sign
from crm import access, db, events
from crm.access import Guest, Member, Viewer
from crm.models import Conversation, Event, File, Message, Ticket

log = logging.getLogger(__name__)

BATCH = 500
# The bell may be out of hearing (another process, a lost connection); then this is the delay.
POLL_SECONDS = 1.0
MOST_WAITING = 1000
# After any of these, others in the queue may stand elsewhere.
MOVES = frozenset(
    f"conversation.{what}" for what in ("handed_off", "accepted", "transferred", "ended", "wrapped")
)
PLACES_SECONDS = 1.0
# After any of these, one of the desk may see less or more than before.
WALLED = frozenset({"wall.put_up", "wall.lifted", "wall.reached"})


@dataclass(frozen=True, slots=True)
class Seen:
    """An event with the rows it speaks of, as they are now."""

    event: Event
    conversation: Conversation | None
    ticket: Ticket | None
    message: Message | None
    files: list[File]

    def by(self, viewer: Viewer) -> bool:
        return access.visible(self.event, viewer, self.conversation, self.ticket)


@dataclass(eq=False, slots=True)
class Listener:
    viewer: Viewer
    queue: asyncio.Queue[Seen | Sign | None] = field(default_factory=asyncio.Queue)


class Live:
    def __init__(self, engine: Engine, staffed: signs.Staffed = signs.always) -> None:
        """`staffed` says whether a queue's people are there: a place means nothing without."""
        self._engine = engine
        self._staffed = staffed
        self._name = secrets.token_hex(8)
        self._moved = False
        self._placed = 0.0
        self._listeners: set[Listener] = set()
        self._bell = asyncio.Event()
        self._last = 0

    async def run(self) -> None:
        """Tail the journal until cancelled."""
        loop = asyncio.get_running_loop()
        silence = events.on_commit(lambda: self._ring(loop))
        listening = asyncio.create_task(self._hear_other_processes())
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._bell.wait()
                self._bell.clear()
                await self._fan_out_or_later()
                await self._tell_places_or_later()
        finally:
            silence()
            listening.cancel()

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        """From the thread that committed. Nobody is woken where nobody listens: who comes later
        reads what was; a loop that is closing hears nothing more."""
        if self._listeners:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._bell.set)

    async def sign(self, sign: Sign) -> None:
        """Show a sign to whom it is for, here and in the other processes; it may be lost."""
        self._show(sign)
        if self._engine.dialect.name == "postgresql":
            await asyncio.to_thread(signs.pass_on, self._engine, sign, self._name)

    async def follow(self, viewer: Viewer, after: int) -> AsyncIterator[Seen | Sign]:
        """All events after `after` that the viewer may see: those that were, then those to come."""
        listener = Listener(viewer)
        if not self._listeners:
            # Nobody listened, so nobody tailed: what lies before this moment is read below.
            newest = await asyncio.to_thread(self._newest)
            if not self._listeners:  # somebody else may have come while we asked
                self._last = newest
        self._listeners.add(listener)
        try:
            last = after
            while past := await asyncio.to_thread(read, self._engine, viewer, last):
                for seen in past.shown:
                    last = seen.event.id
                    yield seen
                if past.last <= last and not past.shown:
                    break
                last = max(last, past.last)
            while listener in self._listeners:
                given = await listener.queue.get()
                if given is None:
                    return
                if isinstance(given, Sign) or given.event.id > last:
                    yield given
        finally:
            self._listeners.discard(listener)

    async def _fan_out_or_later(self) -> None:
        """One failed read must not end the stream for everybody: the next bell tries again."""
        try:
            await self._fan_out()
        except SQLAlchemyError:
            log.exception("the live stream stumbled; it goes on")
            await asyncio.sleep(POLL_SECONDS)

    async def _fan_out(self) -> None:
        while self._listeners:
            batch = await asyncio.to_thread(load, self._engine, self._last)
            if not batch:
                return
            self._last = batch[-1].event.id
            for seen in batch:
                if seen.event.kind in WALLED:
                    self._send_away(seen.event.data.get("counselor"))
                self._moved = self._moved or seen.event.kind in MOVES
                for listener in tuple(self._listeners):
                    if seen.by(listener.viewer):
                        self._give(listener, seen)
            if len(batch) < BATCH:
                return

    async def _tell_places_or_later(self) -> None:
        """Whoever waits hears of a new place, at most once in a while however busy the queue is."""
        now = asyncio.get_running_loop().time()
        if not self._moved or now - self._placed < PLACES_SECONDS:
            return
        self._moved, self._placed = False, now
        waiting = [x.viewer.conversation_id for x in self._listeners if isinstance(x.viewer, Guest)]
        if not waiting:
            return
        try:
            for sign in await asyncio.to_thread(signs.places, self._engine, self._staffed, waiting):
                self._show(sign)
        except SQLAlchemyError:
            log.exception("could not tell the places in the queues; it goes on")

    def _show(self, sign: Sign) -> None:
        for listener in tuple(self._listeners):
            if sign.is_for(listener.viewer):
                self._give(listener, sign)

    def _send_away(self, counselor: object) -> None:
        """Whose walls changed listens no more: they come back with what they may see now."""
        for listener in tuple(self._listeners):
            if isinstance(listener.viewer, Member) and listener.viewer.id == counselor:
                self._listeners.discard(listener)
                listener.queue.put_nowait(None)

    def _give(self, listener: Listener, seen: Seen | Sign) -> None:
        """A reader too slow for its events is let go: it comes back and asks what it missed."""
        listener.queue.put_nowait(seen)
        if listener.queue.qsize() > MOST_WAITING:
            self._listeners.discard(listener)

    def _newest(self) -> int:
        with db.reading(self._engine) as s:
            return s.scalar(select(func.max(Event.id))) or 0

    async def _hear_other_processes(self) -> None:
        if self._engine.dialect.name != "postgresql":
            return
        url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as listen:
                    await listen.execute(f"LISTEN {events.CHANNEL}")
                    await listen.execute(f"LISTEN {signs.CHANNEL}")
                    async for told in listen.notifies():
                        if told.channel == events.CHANNEL:
                            self._bell.set()
                        elif sign := signs.passed_on(told.payload, self._name):
                            self._show(sign)
            except psycopg.Error:
                log.warning("lost the database's bell; polling until it is back")
                await asyncio.sleep(POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class Page:
    """`last` is the last id looked at, which may be later than the last one shown."""

    shown: Sequence[Seen]
    last: int


def read(engine: Engine, viewer: Viewer, after: int, limit: int = BATCH) -> Page:
    """The events after an id that the viewer may see, scanned in one step."""
    with db.reading(engine) as s:
        newest = s.scalar(select(func.max(Event.id))) or 0
        rows = s.scalars(
            select(Event)
            .where(Event.id > after, Event.id <= newest, access.events_seen_by(viewer))
            .order_by(Event.id)
            .limit(limit)
        ).all()
        seen = _with_rows(s, rows)
    last = rows[-1].id if len(rows) == limit else max(newest, after)
    shown = [x for x in seen if x.by(viewer)]
    return Page(shown, last)


def articles_changed(engine: Engine, after: int | None) -> int | None:
    """The id of the newest event about an article, looked for after the one already known."""
    with db.reading(engine) as s:
        found = s.scalar(
            select(func.max(Event.id)).where(
                Event.kind.in_(("article.published", "article.withdrawn")), Event.id > (after or 0)
            )
        )
    return found or after


def load(engine: Engine, after: int) -> list[Seen]:
    with db.reading(engine) as s:
        rows = s.scalars(
            select(Event).where(Event.id > after).order_by(Event.id).limit(BATCH)
        ).all()
        return _with_rows(s, rows)


def _with_rows(s: db.Session, rows: Sequence[Event]) -> list[Seen]:
    talks = {e.conversation_id for e in rows if e.conversation_id}
    said = {e.message_id for e in rows if e.message_id}
    conversations = {
        c.id: c for c in s.scalars(select(Conversation).where(Conversation.id.in_(talks)))
    }
    told = {e.ticket_id for e in rows if e.ticket_id and e.data.get("told")}
    tickets = (
        {t.id: t for t in s.scalars(select(Ticket).where(Ticket.id.in_(told)))} if told else {}
    )
    found = {m.id: m for m in s.scalars(select(Message).where(Message.id.in_(said)))}
    files: dict[str | None, list[File]] = {}
    for file in s.scalars(select(File).where(File.message_id.in_(said))):
        files.setdefault(file.message_id, []).append(file)
    return [
        Seen(
            e,
            conversations.get(e.conversation_id or ""),
            tickets.get(e.ticket_id or ""),
            found.get(e.message_id or ""),
            files.get(e.message_id, []) if e.message_id else [],
        )
        for e in rows
    ]
