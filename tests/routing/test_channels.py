"""A channel from hook to receipt, over HTTP in and the worker out, with the simulated provider."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update

from crm import clock, db, inbox, messages, outbox
from crm.events import BOT
from crm.messages import Draft
from crm.models import Contact, Conversation, Delivery, InboxItem, Message, Turn
from routing import hooks, outbound
from routing.channels.port import Outbound, Unreachable
from routing.channels.simulator.channel import SIGNATURE, Simulator
from tests.conftest import DeskClient, settings_for
from tests.desks import desk_with
from tests.routing.test_turns import settled, until
from tests.scripted_bot import ScriptedBot

HOOK = "/hooks/simulator/main"


@pytest.fixture
def provider() -> Simulator:
    return Simulator(b"k" * 40)


@pytest.fixture
def desk(engine: Engine, tmp_path: Path, provider: Simulator) -> Iterator[DeskClient]:
    """A desk with the simulated provider; the test itself is the worker."""
    channels = {"simulator": provider}
    with desk_with(ScriptedBot(), engine, tmp_path, channels=channels, works=False) as desk:
        yield desk


def hook(
    desk: DeskClient, provider: Simulator, body: bytes, signature: str | None = None
) -> tuple[int, dict]:
    headers = {SIGNATURE: provider.sign(body) if signature is None else signature}
    answer = desk.http.post(HOOK, content=body, headers=headers)
    return answer.status_code, answer.json()


def writes(n: int = 1, text: str = "hi", sender: str = "kim@x.example", **more: str) -> bytes:
    return json.dumps({"id": f"x{n}", "from": sender, "text": text} | more).encode()


def count(engine: Engine, model: type) -> int:
    with db.reading(engine) as s:
        return s.scalar(select(func.count()).select_from(model)) or 0


def drain(engine: Engine, channels: dict) -> None:
    while outbound.send_due(engine, channels):
        pass


def all_settled(engine: Engine) -> None:
    with db.reading(engine) as s:
        ids = s.scalars(select(Turn.id)).all()
    until(lambda: all(settled(engine, turn_id) for turn_id in ids))


def test_a_message_comes_in_is_answered_and_the_answer_leaves(
    desk: DeskClient, provider: Simulator
) -> None:
    assert hook(desk, provider, writes(text="what is the floor?")) == (200, {"new": True})
    all_settled(desk.engine)
    assert outbound.send_due(desk.engine, {"simulator": provider}) == 1
    [out] = provider.taken.values()
    assert out.address == "kim@x.example"
    assert out.text.startswith("The floor is 88 %.\nPrice floor (1): ")
    with db.reading(desk.engine) as s:
        delivery = s.scalars(select(Delivery)).one()
        assert (delivery.state, delivery.provider_reference) == ("sent", f"sim-{out.key}")
    assert outbound.send_due(desk.engine, {"simulator": provider}) == 0


def test_the_same_hook_again_changes_nothing(desk: DeskClient, provider: Simulator) -> None:
    assert hook(desk, provider, writes()) == (200, {"new": True})
    for _ in range(3):
        assert hook(desk, provider, writes()) == (200, {"new": False})
    all_settled(desk.engine)
    assert (count(desk.engine, Message), count(desk.engine, InboxItem)) == (2, 1)


def test_the_same_hook_eight_times_at_once_is_one_message(
    desk: DeskClient, provider: Simulator
) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: hook(desk, provider, writes()), range(8)))
    assert {status for status, _ in told} == {200}
    all_settled(desk.engine)
    assert (count(desk.engine, Message), count(desk.engine, Conversation)) == (2, 1)


def test_one_address_is_one_contact_and_one_conversation(
    desk: DeskClient, provider: Simulator
) -> None:
    for n in range(3):
        hook(desk, provider, writes(n))
    hook(desk, provider, writes(9, sender="lee@x.example"))
    assert (count(desk.engine, Contact), count(desk.engine, Conversation)) == (2, 2)


@pytest.mark.parametrize("signature", ["", "0" * 64, "é"])
def test_a_forged_hook_is_403_and_nothing_of_it_is_kept(desk: DeskClient, signature: str) -> None:
    body = writes()
    sent = desk.http.post(HOOK, content=body, headers={SIGNATURE: signature.encode()})
    assert sent.status_code == 403
    assert count(desk.engine, InboxItem) == 0


@pytest.mark.parametrize(
    "body", [b"not json", b"{}", b"[]", b'{"id": "x"}', b"\xff\xfe", b'{"id":"a","from":1}']
)
def test_what_cannot_be_understood_waits_for_a_person(
    desk: DeskClient, provider: Simulator, body: bytes
) -> None:
    assert hook(desk, provider, body)[0] == 200  # the provider need not send it again
    with db.reading(desk.engine) as s:
        item = s.scalars(select(InboxItem)).one()
        assert (item.state, item.body) == ("quarantined", body)
    assert count(desk.engine, Message) == 0


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "", "x" * 40_000, "/restart"])
def test_odd_words_of_a_provider_are_no_500(
    desk: DeskClient, provider: Simulator, text: str
) -> None:
    status, _ = hook(desk, provider, writes(text=text))
    assert status < 500
    assert count(desk.engine, InboxItem) == 1


def test_a_hook_over_the_limit_is_413_and_an_unknown_channel_404(
    desk: DeskClient, provider: Simulator
) -> None:
    assert hook(desk, provider, writes(text="x" * 300_000))[0] == 413
    assert desk.http.post("/hooks/telepathy/main", content=b"{}").status_code == 404
    assert count(desk.engine, InboxItem) == 0


def test_a_busy_address_is_tried_again_and_a_refusing_one_is_not(
    desk: DeskClient, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(desk, provider, writes(1, sender="busy@x.example"))
    hook(desk, provider, writes(2, sender="refuse@x.example"))
    all_settled(desk.engine)
    channels = {"simulator": provider}
    assert outbound.send_due(desk.engine, channels) == 2
    assert outbound.send_due(desk.engine, channels) == 0
    with db.reading(desk.engine) as s:
        states = {d.address: (d.state, d.attempts) for d in s.scalars(select(Delivery))}
    assert states == {"busy@x.example": ("due", 1), "refuse@x.example": ("failed", 1)}
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr(provider, "send", lambda out: f"sim-{out.key}")
    assert outbound.send_due(desk.engine, channels) == 1
    with db.reading(desk.engine) as s:
        busy = s.scalars(select(Delivery).where(Delivery.address == "busy@x.example")).one()
        assert (busy.state, busy.attempts) == ("sent", 2)


def test_a_send_that_ends_nobody_knows_how_is_never_repeated(
    desk: DeskClient, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(desk, provider, writes())
    all_settled(desk.engine)
    channels = {"simulator": provider}

    def lost(out: Outbound) -> str:
        provider.taken[out.key] = out  # it did arrive
        raise TimeoutError

    monkeypatch.setattr(provider, "send", lost)
    with pytest.raises(TimeoutError):
        outbound.send_due(desk.engine, channels)
    assert outbound.send_due(desk.engine, channels) == 0
    with db.transaction(desk.engine) as s:
        s.execute(update(Delivery).values(lease_until=clock.now() - timedelta(seconds=1)))
        assert outbox.expire(s) == 1
    assert outbound.send_due(desk.engine, channels) == 0
    assert len(provider.taken) == 1


def test_nothing_waits_longer_where_the_clock_is_put_back(
    desk: DeskClient, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, send = clock.now(), provider.send
    hands = {"now": began}
    monkeypatch.setattr(clock, "now", lambda: hands["now"])
    hook(desk, provider, writes(1, sender="kim@x.example"))
    hook(desk, provider, writes(2, sender="busy@x.example"))
    all_settled(desk.engine)
    channels = {"simulator": provider}
    hands["now"] = began - timedelta(days=1)
    assert outbound.send_due(desk.engine, channels) == 2  # what was due stays due
    monkeypatch.setattr(provider, "send", lambda out: f"sim-{out.key}")
    assert outbound.send_due(desk.engine, channels) == 0  # the second has still to wait a little
    hands["now"] -= timedelta(days=1)
    assert outbound.send_due(desk.engine, channels) == 1
    # One whose sender died is given up by its lease, not a day later.
    monkeypatch.setattr(provider, "send", send)
    hook(desk, provider, writes(3, sender="kim@x.example"))
    all_settled(desk.engine)
    with db.transaction(desk.engine) as s:
        [last] = outbox.due(s)
        assert outbox.claim(s, last)
        assert outbox.expire(s) == 0
    hands["now"] -= timedelta(days=1)
    with db.transaction(desk.engine) as s:
        assert outbox.expire(s) == 1
        assert outbox.unknown(s, ["simulator"], lookups=3) == []
    hands["now"] -= timedelta(days=1)
    with db.transaction(desk.engine) as s:
        assert outbox.unknown(s, ["simulator"], lookups=3) == [last]


def test_four_workers_send_fifty_messages_once_each(
    desk: DeskClient, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(desk, provider, writes())
    all_settled(desk.engine)
    with db.transaction(desk.engine) as s:
        talk = s.scalars(select(Conversation)).one()
        first = s.scalars(select(Message).where(Message.author_kind == "bot")).one()
        for _ in range(49):
            outbox.post(s, talk, first)
    sent: list[str] = []
    monkeypatch.setattr(provider, "send", lambda out: sent.append(out.key) or "reference")

    def work() -> None:
        while outbound.send_due(desk.engine, {"simulator": provider}):
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: work(), range(4)))
    with db.reading(desk.engine) as s:
        assert set(s.scalars(select(Delivery.state))) == {"sent"}
    assert len(sent) == 50


def test_a_channel_that_is_switched_off_fails_its_deliveries(
    desk: DeskClient, provider: Simulator
) -> None:
    hook(desk, provider, writes())
    all_settled(desk.engine)
    outbound.send_due(desk.engine, {})
    with db.reading(desk.engine) as s:
        assert s.scalars(select(Delivery.reason)).all() == ["the channel is switched off"]


@settings(max_examples=100, deadline=None)
@given(st.text("ab \n가🙏", max_size=200), st.integers(2, 40))
def test_a_long_text_leaves_in_pieces_that_lose_no_word(text: str, limit: int) -> None:
    pieces = outbound.parts_of(text, limit)
    assert all(len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_pieces_are_cut_between_lines_and_words_where_that_is_possible() -> None:
    assert outbound.parts_of("one two\nthree four", 12) == ["one two", "three four"]
    assert outbound.parts_of("one two three", 8) == ["one two", "three"]


def test_a_text_longer_than_the_other_end_can_show_arrives_whole_and_in_order(
    desk: DeskClient, provider: Simulator
) -> None:
    hook(desk, provider, writes())
    all_settled(desk.engine)
    channels = {"simulator": provider}
    drain(desk.engine, channels)
    words = " ".join(str(n) for n in range(1500))
    with db.transaction(desk.engine) as s:
        talk = s.scalars(select(Conversation)).one()
        messages.say(s, talk, Draft(BOT, words, "en", choices=["yes", "no"]))
    provider.taken.clear()
    drain(desk.engine, channels)
    sent = list(provider.taken.values())
    assert " ".join(out.text for out in sent) == words
    assert len(sent) == 4
    assert [list(out.choices) for out in sent] == [[], [], [], ["yes", "no"]]


def test_an_hour_without_the_provider_and_everything_leaves_in_its_order(
    desk: DeskClient, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two talks, ten messages each, written while nothing can be sent."""
    for sender in ("kim@x.example", "lee@x.example"):
        hook(desk, provider, writes(sender=sender) if "kim" in sender else writes(2, sender=sender))
    all_settled(desk.engine)
    channels = {"simulator": provider}
    drain(desk.engine, channels)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)

    def away(_: Outbound) -> str:
        raise Unreachable("nobody there")

    monkeypatch.setattr(provider, "send", away)
    for n in range(10):
        with db.transaction(desk.engine) as s:
            for talk in s.scalars(select(Conversation)):
                messages.say(s, talk, Draft(BOT, f"words {n}", "en"))
        now += timedelta(minutes=6)
        outbound.send_due(desk.engine, channels)
    arrived: list[tuple[str, str]] = []

    def back(out: Outbound) -> str:
        arrived.append((out.address, out.text))
        return f"sim-{out.key}"

    monkeypatch.setattr(provider, "send", back)
    now += timedelta(minutes=5)
    drain(desk.engine, channels)
    for address in ("kim@x.example", "lee@x.example"):
        assert [t for a, t in arrived if a == address] == [f"words {n}" for n in range(10)]


def test_a_provider_that_is_away_does_not_keep_others_waiting(
    desk: DeskClient, provider: Simulator
) -> None:
    for n in range(6):
        hook(desk, provider, writes(n, sender=f"busy@{n}.example"))
    all_settled(desk.engine)
    tried = outbound.send_due(desk.engine, {"simulator": provider})
    assert tried == outbound.FAILURES_A_ROUND


def test_what_a_dead_process_left_in_the_inbox_is_taken_in_by_the_worker(
    desk: DeskClient, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction(desk.engine) as s:
        inbox.keep(
            s,
            channel="simulator",
            account="simulator/main",
            external_id="x1",
            headers={},
            body=writes(text="what is the floor?"),
        )
    channels = {"simulator": provider}
    assert hooks.take_in_left_overs(desk.engine, desk.settings, channels) == 0  # it may be at it
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert hooks.take_in_left_overs(desk.engine, desk.settings, channels) == 1
    assert hooks.take_in_left_overs(desk.engine, desk.settings, channels) == 0
    monkeypatch.undo()
    until(lambda: count(desk.engine, Message) == 2)  # the sweep runs the turn
    assert hook(desk, provider, writes(text="what is the floor?")) == (200, {"new": False})
    assert count(desk.engine, Message) == 2


def test_what_fails_each_time_it_is_taken_in_waits_for_a_person_at_last(
    desk: DeskClient, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(provider, "receive", broken)
    assert hook(desk, provider, writes())[0] == 500  # the provider may send it again
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    channels = {"simulator": provider}
    while hooks.take_in_left_overs(desk.engine, desk.settings, channels):
        pass
    with db.reading(desk.engine) as s:
        item = s.scalars(select(InboxItem)).one()
        assert (item.state, item.reason, item.attempts) == ("quarantined", "failed", 5)


def test_forged_hooks_are_counted_and_at_last_slowed_down(
    sqlite_engine: Engine, tmp_path: Path, provider: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(tmp_path)
    channels = {"simulator": provider}
    with desk_with(
        ScriptedBot(), sqlite_engine, tmp_path, settings=settings, channels=channels, works=False
    ) as desk:
        told = [hook(desk, provider, writes(), "0" * 64)[0] for _ in range(80)]
        assert told == [403] * 60 + [429] * 20
        assert desk.app.state.desk.forged == {"simulator": 80}
        assert hook(desk, provider, writes())[0] == 200  # a good one still passes
    lines = [r.getMessage() for r in caplog.records if "forged" in r.getMessage()]
    assert lines == ["forged hooks for simulator so far: 1"]
    assert count(sqlite_engine, InboxItem) == 1


def test_the_worker_sends_on_its_own(
    sqlite_engine: Engine, tmp_path: Path, provider: Simulator
) -> None:
    channels = {"simulator": provider}
    with desk_with(ScriptedBot(), sqlite_engine, tmp_path, channels=channels) as desk:
        hook(desk, provider, writes())
        until(lambda: len(provider.taken) == 1)
        assert [sent.address for sent in provider.taken.values()] == ["kim@x.example"]
