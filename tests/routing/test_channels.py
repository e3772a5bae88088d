"""A channel from hook to receipt, over HTTP in and the worker out, with the simulated provider."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from crm import clock, db, outbox
from crm.models import Contact, Conversation, Delivery, InboxItem, Message, Turn
from routing import outbound
from routing.channels.port import Limits, Outbound
from routing.channels.simulator.channel import SIGNATURE, Simulator
from tests.conftest import DeskClient
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


def test_a_text_is_cut_to_what_the_other_end_can_show() -> None:
    said = Message(text="x" * 50, citations=[], choices=["a", "b", "c"])
    text, choices = outbound.render(said, Limits(max_chars=20, choices=2))
    assert text == "x" * 19 + "…"
    assert choices == ["a", "b"]


def test_the_worker_sends_on_its_own(
    sqlite_engine: Engine, tmp_path: Path, provider: Simulator
) -> None:
    channels = {"simulator": provider}
    with desk_with(ScriptedBot(), sqlite_engine, tmp_path, channels=channels) as desk:
        hook(desk, provider, writes())
        until(lambda: len(provider.taken) == 1)
        assert [sent.address for sent in provider.taken.values()] == ["kim@x.example"]
