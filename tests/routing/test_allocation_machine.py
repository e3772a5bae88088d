"""Whatever counselors, contacts and crashes do in whatever order: nobody lost, stuck or doubled."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select, text

from crm import (
    callbacks,
    clock,
    contacts,
    conversations,
    counselors,
    db,
    events,
    presence,
    queues,
    tickets,
)
from crm.access import Member
from crm.db import Base
from crm.errors import Conflict, DeskError, Forbidden, NotFound
from crm.events import BOT, SYSTEM, Actor
from crm.models import CallBack, Conversation, Presence, Reservation, Ticket
from routing import allocator, desk, line
from tests.conftest import _without_waiting as without_waiting

PACKET = {"reason": "asked", "goal": "x", "facts": {}, "sources_tried": [], "language": "en",
          "deadline": None, "last_turns": []}  # fmt: skip
QUEUES = ("bidding", "payment")
CHANNELS = ("web", "web", "phone", "email")
STEP = {"after": 60, "lower": 0, "drop": [], "queues": ["payment"], "any_language": True}


class Crash(Exception):
    """The process dies in the middle of its transaction."""


def _waits_in(talk: Conversation, queue: str) -> bool:
    return (talk.status, talk.owner_kind, talk.queue) == ("waiting", "queue", queue)


class Desk(RuleBasedStateMachine):
    """Four counselors and a supervisor; `engine` is set by the test that runs the machine."""

    engine: Engine
    now: datetime
    ids: Iterator[int]

    @initialize()
    def open_desk(self) -> None:
        type(self).now = datetime(2026, 11, 25, 9, tzinfo=UTC)
        type(self).ids = count()
        tables = [t.name for t in reversed(Base.metadata.sorted_tables)]
        with self.engine.begin() as c:
            if self.engine.dialect.name == "postgresql":
                c.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
            else:
                c.execute(text("PRAGMA defer_foreign_keys=ON"))
                for table in tables:
                    c.execute(text(f'DELETE FROM "{table}"'))  # noqa: S608 - our own names
        self.people: list[Member] = []
        self.arrived: dict[str, datetime] = {}
        with db.transaction(self.engine) as s:
            for n, role in enumerate(("counselor", "counselor", "counselor", "senior",
                                      "supervisor")):  # fmt: skip
                made = counselors.sign_up(
                    s,
                    email=f"p{n}@desk.example",
                    name=f"P{n}",
                    password="a long enough password",
                    role=role,
                    languages=["en"],
                    queues=QUEUES if n != 2 else ("payment",),
                )
                self.people.append(Member(made.id, role, tuple(made.queues)))
            queues.change(s, SYSTEM, "bidding", {"relax": [STEP], "wrap_seconds": 20})
            queues.change(s, SYSTEM, "payment", {"mode": "offer", "wrap_seconds": 0})

    # --- what happens -----------------------------------------------------------------------

    @rule(queue=st.sampled_from(QUEUES), urgent=st.booleans(), channel=st.sampled_from(CHANNELS))
    def arrive(self, queue: str, urgent: bool, channel: str) -> None:
        with db.transaction(self.engine) as s:
            contact = contacts.meet(s, language="en", name=None, email=None)
            talk, _ = conversations.start(s, contact, channel=channel, language="en")
            self._hand_off(s, talk, queue, urgent=urgent)
            self.arrived[talk.id] = self.now

    @rule(data=st.data())
    def write_again(self, data: st.DataObject) -> None:
        """A contact whose talk was closed comes back."""
        closed = self._talks("closed")
        if closed:
            with db.transaction(self.engine) as s:
                talk = s.get_one(Conversation, data.draw(st.sampled_from(closed)))
                conversations.reopen(s, talk, actor=Actor("contact", talk.contact_id))
                self._hand_off(s, talk, "bidding", urgent=False)
                self.arrived[talk.id] = self.now

    @rule(who=st.integers(0, 4), state=st.sampled_from(("ready", "ready", "not_ready", "offline")))
    def declare(self, who: int, state: str) -> None:
        with db.transaction(self.engine) as s:
            presence.declare(
                s, self.people[who].id, state, reason="break" if state == "not_ready" else None
            )

    @rule()
    def a_round(self) -> None:
        allocator.one_round(self.engine)

    @rule(seconds=st.sampled_from((1, 15, 31, 61, 100)), beating=st.booleans())
    def time_passes(self, seconds: int, beating: bool) -> None:
        type(self).now += timedelta(seconds=seconds)
        if beating:
            with db.transaction(self.engine) as s:
                for person in self.people:
                    presence.beat(s, person.id)

    @rule(data=st.data(), accepts=st.booleans())
    def answer_offer(self, data: st.DataObject, accepts: bool) -> None:
        offers = self._offers()
        if not offers:
            return
        offer = data.draw(st.sampled_from(offers))
        with self._refusable() as s:
            member = self._member(offer.counselor_id)
            if accepts:
                first = desk.accept_offer(s, member, offer.id)
                assert desk.accept_offer(s, member, offer.id).id == first.id
            else:
                desk.refuse_offer(s, member, offer.id, "busy")

    @rule(data=st.data(), who=st.integers(0, 4))
    def pick(self, data: st.DataObject, who: int) -> None:
        self._act(data, "waiting", lambda s, talk: desk.accept(s, self._with(s, who), talk))

    @rule(data=st.data(), to=st.integers(0, 4), warm=st.booleans())
    def pass_on(self, data: st.DataObject, to: int, warm: bool) -> None:
        def act(s: db.Session, talk: str) -> None:
            desk.transfer(s, self._holder(s, talk), talk, queue=None,
                          counselor=self.people[to].id, note=None, warm=warm)  # fmt: skip

        self._act(data, "active", act)

    @rule(data=st.data(), queue=st.sampled_from(QUEUES))
    def pass_back(self, data: st.DataObject, queue: str) -> None:
        def act(s: db.Session, talk: str) -> None:
            holder = self._holder(s, talk)
            desk.transfer(s, holder, talk, queue=queue, counselor=None, note=None)

        self._act(data, "active", act)

    @rule(data=st.data(), to=st.integers(0, 4))
    def consult(self, data: st.DataObject, to: int) -> None:
        def act(s: db.Session, talk: str) -> None:
            desk.consult(s, self._holder(s, talk), talk, self.people[to].id)

        self._act(data, "active", act)

    @rule(data=st.data())
    def escalate(self, data: st.DataObject) -> None:
        self._act(
            data,
            "active",
            lambda s, talk: desk.escalate(s, self._holder(s, talk), talk, note=None),
        )

    @rule(data=st.data())
    def take_over(self, data: st.DataObject) -> None:
        self._act(data, "active", lambda s, talk: desk.take(s, self._with(s, 4), talk))

    @rule(data=st.data())
    def wrap_up(self, data: st.DataObject) -> None:
        def act(s: db.Session, talk: str) -> None:
            desk.wrap(s, self._holder(s, talk), talk, code="answered", note=None)

        self._act(data, "active", act)

    @rule(data=st.data(), minutes=st.none() | st.integers(1, 5))
    def promise_a_call(self, data: st.DataObject, minutes: int | None) -> None:
        def act(s: db.Session, talk: str) -> None:
            row = s.get_one(Conversation, talk, with_for_update=True)
            at = self.now + timedelta(minutes=minutes) if minutes else None
            callbacks.promise(s, row, actor=SYSTEM, queue="bidding", at=at, number="+8225550100")

        self._act(data, "waiting", act)

    @rule(data=st.data(), reached=st.booleans())
    def ring(self, data: st.DataObject, reached: bool) -> None:
        def act(s: db.Session, talk: str) -> None:
            row = s.get_one(Conversation, talk, with_for_update=True)
            promised = callbacks.live(s, talk)
            if promised:
                callbacks.rung(s, promised, row, actor=SYSTEM, reached=reached)

        self._act(data, "active", act)

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        """Two matters turn out to be one."""
        with db.reading(self.engine) as s:
            own = sorted(s.scalars(select(Ticket.id).where(Ticket.merged_into_id.is_(None))))
        if len(own) > 1:
            pair = data.draw(st.lists(st.sampled_from(own), min_size=2, max_size=2, unique=True))
            with self._refusable() as s:
                one, into = (tickets.locked(s, each) for each in pair)
                tickets.merge(s, SYSTEM, one, into)

    @rule(data=st.data())
    def take_back_a_merge(self, data: st.DataObject) -> None:
        with db.reading(self.engine) as s:
            there = sorted(s.scalars(select(Ticket.id).where(Ticket.merged_into_id.is_not(None))))
        if there:
            with self._refusable() as s:
                tickets.undo(s, SYSTEM, tickets.locked(s, data.draw(st.sampled_from(there))))

    @precondition(lambda self: self.arrived)
    @rule(data=st.data())
    def a_router_dies(self, data: st.DataObject) -> None:
        """Killed after the offer was written and before it was committed."""
        ready = [p for p in self.people if p.role != "supervisor"]
        talk = data.draw(st.sampled_from(sorted(self.arrived)))
        with pytest.raises(Crash), db.transaction(self.engine) as s:  # noqa: PT012 - dies inside
            allocator.reservations.offer(s, talk, data.draw(st.sampled_from(ready)).id, 30)
            raise Crash

    @rule(data=st.data())
    def an_accept_dies(self, data: st.DataObject) -> None:
        waiting = self._talks("waiting")
        if waiting:
            talk = data.draw(st.sampled_from(waiting))
            with pytest.raises((Crash, DeskError)), db.transaction(self.engine) as s:  # noqa: PT012
                conversations.accept(s, talk, self.people[0].id)
                raise Crash

    # --- what must always hold ---------------------------------------------------------------

    @invariant()
    def nobody_is_doubled_and_every_place_is_kept(self) -> None:
        if not hasattr(self, "arrived"):
            return
        with db.reading(self.engine) as s:
            talks = s.scalars(select(Conversation)).all()
            live = s.scalars(
                select(Reservation).where(Reservation.state.in_(("offered", "accepted")))
            ).all()
            there = {p.counselor_id: p for p in s.scalars(select(Presence))}
            own = set(s.scalars(select(Ticket.id).where(Ticket.merged_into_id.is_(None))))
            lines = {queue: [w.id for w in line.of_queue(s, queue)] for queue in QUEUES}
        assert {t.id for t in talks} == set(self.arrived)
        for talk in talks:
            held = [r for r in live if r.conversation_id == talk.id and r.state == "accepted"]
            asked = [r for r in live if r.conversation_id == talk.id and r.state == "offered"]
            assert len(asked) <= 1
            if talk.status == "active":
                assert [r.counselor_id for r in held] == [talk.owner_id]
                assert all(r.asked_by == talk.owner_id for r in asked)
            else:
                assert held == []
            if talk.status == "waiting":
                assert talk.owner_kind in {"queue", "callback"}
                assert talk.queue in QUEUES
                assert talk.waiting_since == self.arrived[talk.id]
                assert all(r.asked_by is None for r in asked)
                assert not (asked and talk.owner_kind == "callback")
            assert talk.ticket_id in own
        for queue in QUEUES:
            waiting = {t.id for t in talks if _waits_in(t, queue)}
            assert len(lines[queue]) == len(waiting)
            assert set(lines[queue]) == waiting
        slots = [(r.counselor_id, r.medium, r.slot) for r in live]
        assert len(set(slots)) == len(slots)
        for row in live:
            if row.state == "offered" and row.asked_by is None:
                assert row.slot <= there[row.counselor_id].capacity[row.medium]

    def teardown(self) -> None:
        """Everybody comes to work: every contact is served, and nothing is left over."""
        if not hasattr(self, "arrived"):
            return
        for _ in range(400):
            with db.reading(self.engine) as s:
                open_talks = s.scalars(
                    select(Conversation.id).where(Conversation.status != "closed")
                ).all()
            if not open_talks:
                break
            type(self).now += timedelta(seconds=61)
            with db.transaction(self.engine) as s:
                for person in self.people:
                    presence.declare(s, person.id, "ready")
            self._wrap_everything()
            allocator.one_round(self.engine)
            for offer in self._offers():
                with self._refusable() as s:
                    desk.accept_offer(s, self._member(offer.counselor_id), offer.id)
        with db.reading(self.engine) as s:
            stuck = [
                (t.status, t.owner_kind, t.queue)
                for t in s.scalars(select(Conversation).where(Conversation.status != "closed"))
            ]
            assert stuck == []
            assert s.scalars(select(CallBack).where(CallBack.state.in_(callbacks.LIVE))).all() == []
            assert list(events.broken_links(s)) == []

    # --- hands ------------------------------------------------------------------------------

    def _wrap_everything(self) -> None:
        for talk in self._talks("active"):
            with db.transaction(self.engine) as s:
                desk.wrap(s, self._holder(s, talk), talk, code="answered", note=None)

    def _hand_off(self, s: db.Session, talk: Conversation, queue: str, *, urgent: bool) -> None:
        conversations.hand_off(
            s, talk, actor=BOT, queue=queue, packet=PACKET, urgent=urgent, deadline=None
        )
        if talk.ticket_id is None:
            tickets.open_ticket(
                s,
                actor=BOT,
                contact_id=talk.contact_id,
                subject="x",
                category="question",
                queue=queue,
                conversation=talk,
            )

    def _act(self, data: st.DataObject, status: str, act: object) -> None:
        talks = self._talks(status)
        if talks:
            talk = data.draw(st.sampled_from(talks))
            with self._refusable() as s:
                act(s, talk)

    @contextmanager
    def _refusable(self) -> Iterator[db.Session]:
        """A verb may be refused in words; anything else is a fault."""
        try:
            with db.transaction(self.engine) as s:
                yield s
        except (Conflict, Forbidden, NotFound):
            pass

    def _talks(self, status: str) -> list[str]:
        with db.reading(self.engine) as s:
            return sorted(s.scalars(select(Conversation.id).where(Conversation.status == status)))

    def _offers(self) -> list[Reservation]:
        with db.reading(self.engine) as s:
            query = select(Reservation).where(Reservation.state == "offered")
            return list(s.scalars(query.order_by(Reservation.id)))

    def _holder(self, s: db.Session, talk: str) -> Member:
        owner = s.get_one(Conversation, talk).owner_id
        return next(p for p in self.people if p.id == owner)

    def _member(self, counselor_id: str) -> Member:
        return next(p for p in self.people if p.id == counselor_id)

    def _with(self, s: db.Session, who: int) -> Member:
        """The person as the edge would know them: with what is offered to them now."""
        person = self.people[who]
        attends, offered = allocator.reservations.grants(s, person.id)
        return Member(person.id, person.role, person.queues, attends=attends, offered=offered)


@pytest.fixture(autouse=True)
def virtual_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: Desk.now)
    # Ties are broken by ids: random ones would make the same history end differently.
    monkeypatch.setattr(db.secrets, "token_hex", lambda size: f"{next(Desk.ids):0{2 * size}x}")


def run(engine: Engine, examples: int) -> None:
    events.use_key(b"a key for tests")
    Desk.engine = engine
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking here takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_contact_is_lost_stuck_or_doubled(sqlite_template: Path) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "desk.sqlite"
        copy(sqlite_template, path)
        engine = without_waiting(f"sqlite:///{path}")  # transactions die here, not the machine
        run(engine, 30)
        engine.dispose()


@pytest.mark.postgres
def test_no_contact_is_lost_stuck_or_doubled_on_postgres(postgres_engine: Engine) -> None:
    run(postgres_engine, 6)
