"""Turns: in order, settled once, silent where a person has taken over, and never left undone."""

import asyncio
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from api import views
from bot import port
from crm import clock, contacts, conversations, db, messages, turns
from crm.models import Conversation, Event, Message, Ticket, Turn
from crm.settings import Hours
from routing import inbound
from routing.turns import Turns
from tests.conftest import DeskClient, settings_for
from tests.desks import GatedBot, desk_with
from tests.scripted_bot import ScriptedBot


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so; fails when it never is."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


def settled(engine: Engine, turn_id: str) -> bool:
    with db.reading(engine) as s:
        return s.get_one(Turn, turn_id).state == "settled"


def talk(engine: Engine, language: str = "en") -> str:
    with db.transaction(engine) as s:
        contact = contacts.meet(s, language=language, name=None, email=None)
        return conversations.start(s, contact, channel="web", language=language)[0].id


def ask(engine: Engine, conversation_id: str, text: str) -> inbound.Taken:
    return inbound.from_chat(
        engine, settings_for(Path()), conversation_id, client_id=text, text=text, files=[]
    )


def thread(engine: Engine, conversation_id: str) -> list[tuple[str, str | None]]:
    with db.reading(engine) as s:
        return [(m.author_kind, m.act) for m in messages.thread(s, conversation_id)]


@pytest.fixture
def runner(engine: Engine, tmp_path: Path) -> Iterator[Callable[[port.Bot], Turns]]:
    """Makes runners over one database, each as another process would have it."""
    made: list[Turns] = []

    def make(bot: port.Bot) -> Turns:
        made.append(Turns(engine, bot, settings_for(tmp_path)))
        return made[-1]

    yield make
    for one in made:
        one.stop()


MakeRunner = Callable[[port.Bot], Turns]


class RecordingBot(ScriptedBot):
    def __init__(self) -> None:
        self.heard: list[str] = []
        self.histories: list[list[str]] = []

    def turn(self, turn: port.Turn) -> Sequence[port.Step]:
        self.heard.append(turn.text)
        self.histories.append([said.text for said in turn.history])
        return super().turn(turn)


def test_turns_of_one_conversation_run_in_the_order_of_their_messages(
    engine: Engine, runner: MakeRunner
) -> None:
    conversation_id, bot = talk(engine), RecordingBot()
    taken = [ask(engine, conversation_id, f"question {n}") for n in range(6)]
    assert [t.claimed is not None for t in taken] == [True] + [False] * 5
    runner(bot).submit(taken[0].claimed)
    until(lambda: settled(engine, taken[-1].turn_id))
    assert bot.heard == [f"question {n}" for n in range(6)]
    assert bot.histories[:3] == [[], ["question 0"], ["question 0", "question 1"]]


def test_two_conversations_do_not_wait_for_each_other(engine: Engine, runner: MakeRunner) -> None:
    slow, quick = talk(engine), talk(engine)

    class Bot(GatedBot):
        def turn(self, turn: port.Turn) -> Sequence[port.Step]:
            return super().turn(turn) if turn.conversation == slow else ScriptedBot.turn(self, turn)

    bot = Bot()
    run = runner(bot)
    held, free = ask(engine, slow, "hi"), ask(engine, quick, "hi")
    run.submit(held.claimed)
    run.submit(free.claimed)
    until(lambda: settled(engine, free.turn_id))
    assert not settled(engine, held.turn_id)
    bot.gate.set()


class SilentBot(ScriptedBot):
    """Answers with nothing at all, as an engine that crashed inside may."""

    def turn(self, turn: port.Turn) -> Sequence[port.Step]:
        return [port.Remember({}, turn.language)]


class CrashingBot(ScriptedBot):
    def turn(self, turn: port.Turn) -> Sequence[port.Step]:
        raise RuntimeError(turn.text)


@pytest.mark.parametrize("bot", [CrashingBot(), SilentBot()], ids=["raises", "says nothing"])
@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_a_bot_that_fails_hands_off_and_nobody_is_stranded(
    sqlite_engine: Engine, tmp_path: Path, bot: port.Bot, language: str
) -> None:
    with desk_with(bot, sqlite_engine, tmp_path) as desk:
        guest = desk.guest(language=language)
        replies = guest.say("what is the floor?")["replies"]
        assert [r["act"] for r in replies] == ["handoff"]
        path = f"/api/v1/conversations/{guest.conversation_id}"
        seen = desk.as_("counselor", "GET", path).json()
        assert seen["handoff"]["reason"] == "bot_down"
        assert seen["handoff"]["goal"] == "what is the floor?"
        assert (seen["status"], seen["language"]) == ("waiting", language)
        assert desk.as_("counselor", "POST", f"{path}/accept").status_code == 200


def expire_leases(engine: Engine) -> None:
    with db.transaction(engine) as s:
        s.execute(update(Turn).values(lease_until=clock.now() - timedelta(seconds=1)))


def test_a_lease_that_ran_out_is_taken_up_by_another_runner(
    engine: Engine, runner: MakeRunner
) -> None:
    conversation_id = talk(engine)
    taken = ask(engine, conversation_id, "hi")  # claimed by a process that dies now
    second = runner(ScriptedBot())
    second._take_up_left_overs()
    assert thread(engine, conversation_id) == [("contact", None)]  # the lease still holds
    expire_leases(engine)
    second._take_up_left_overs()
    until(lambda: settled(engine, taken.turn_id))
    assert thread(engine, conversation_id) == [("contact", None), ("bot", "answer")]


def test_a_lease_lasts_no_longer_where_the_clock_is_put_back(
    engine: Engine, runner: MakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = talk(engine)
    taken = ask(engine, conversation_id, "hi")  # claimed by a process that dies now
    an_hour_ago = clock.now() - timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: an_hour_ago)
    runner(ScriptedBot())._take_up_left_overs()
    until(lambda: settled(engine, taken.turn_id))
    assert thread(engine, conversation_id) == [("contact", None), ("bot", "answer")]


def test_a_slow_first_attempt_writes_nothing_after_a_second_has_settled(
    engine: Engine, runner: MakeRunner
) -> None:
    conversation_id, slow = talk(engine), GatedBot()
    first, second = runner(slow), runner(ScriptedBot())
    taken = ask(engine, conversation_id, "a person please")
    first.submit(taken.claimed)
    expire_leases(engine)
    second._take_up_left_overs()
    until(lambda: settled(engine, taken.turn_id))
    slow.gate.set()
    until(lambda: not first._running)
    assert thread(engine, conversation_id) == [("contact", None), ("bot", "handoff")]
    with db.reading(engine) as s:
        assert s.scalar(select(func.count()).select_from(Ticket)) == 1
        assert s.get_one(Turn, taken.turn_id).attempt == 2


def test_a_slow_first_attempt_writes_nothing_while_a_second_is_at_it(
    engine: Engine, runner: MakeRunner
) -> None:
    conversation_id, early, late = talk(engine), GatedBot(), GatedBot()
    first, second = runner(early), runner(late)
    taken = ask(engine, conversation_id, "hi")
    first.submit(taken.claimed)
    expire_leases(engine)
    second._take_up_left_overs()
    early.gate.set()
    until(lambda: not first._running)
    assert thread(engine, conversation_id) == [("contact", None)]
    late.gate.set()
    until(lambda: settled(engine, taken.turn_id))
    assert thread(engine, conversation_id) == [("contact", None), ("bot", "answer")]


def test_a_turn_that_dies_again_and_again_goes_to_a_person(
    engine: Engine, runner: MakeRunner
) -> None:
    conversation_id = talk(engine)
    taken = ask(engine, conversation_id, "hi")
    for _ in range(3):
        expire_leases(engine)
        with db.transaction(engine) as s:
            assert turns.claim(s, taken.turn_id)  # and its process dies
    expire_leases(engine)
    runner(ScriptedBot())._take_up_left_overs()
    until(lambda: settled(engine, taken.turn_id))
    assert thread(engine, conversation_id)[-1] == ("bot", "handoff")


def test_a_free_turn_is_claimed_once_by_eight_runners(engine: Engine) -> None:
    conversation_id = talk(engine)
    taken = ask(engine, conversation_id, "hi")
    expire_leases(engine)
    won: list[bool] = []
    start = threading.Barrier(8)

    def claim() -> None:
        start.wait()
        with db.transaction(engine) as s:
            won.append(turns.claim(s, taken.turn_id) is not None)

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(won) == [False] * 7 + [True]


def test_one_conversations_long_line_hides_no_other_from_the_sweep(engine: Engine) -> None:
    crowded, other = talk(engine), talk(engine)
    for n in range(5):
        ask(engine, crowded, f"question {n}")
    last = ask(engine, other, "hi")
    with db.transaction(engine) as s:
        s.execute(update(Turn).where(Turn.id == last.turn_id).values(state="due"))
    with db.reading(engine) as s:
        assert list(turns.waiting(s, limit=1)) == [last.turn_id]


def test_at_its_start_the_only_process_takes_up_what_the_dead_one_left(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    conversation_id = talk(sqlite_engine)
    taken = [ask(sqlite_engine, conversation_id, f"question {n}") for n in range(3)]
    with desk_with(ScriptedBot(), sqlite_engine, tmp_path):
        until(lambda: settled(sqlite_engine, taken[-1].turn_id))
    assert thread(sqlite_engine, conversation_id) == [
        *[("contact", None)] * 3,
        *[("bot", "answer")] * 3,
    ]


def test_the_bot_is_silent_when_a_person_took_over_during_its_turn(
    engine: Engine, tmp_path: Path
) -> None:
    bot = GatedBot()
    with desk_with(bot, engine, tmp_path) as desk:
        guest = desk.guest()
        body = {"client_id": "a", "text": "hi"}
        desk.http.post("/api/v1/chat/messages", json=body, headers=guest.headers)
        taken_over_by(desk, guest.conversation_id, "counselor")
        bot.gate.set()
        assert guest.say("hi", client_id="a")["replies"] == []
    assert thread(engine, guest.conversation_id) == [("contact", None)]
    with db.reading(engine) as s:
        assert s.scalars(select(Turn.act)).all() == [None]


def taken_over_by(desk: DeskClient, conversation_id: str, role: str) -> None:
    with db.transaction(desk.engine) as s:
        s.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id)
            .values(owner_kind="counselor", owner_id=desk.people[role].id, status="active")
        )


def test_two_questions_without_an_answer_hand_off(desk: DeskClient) -> None:
    guest = desk.guest()
    assert guest.outcome("unknown thing")["act"] == "abstain"
    assert guest.outcome("unknown again")["act"] == "handoff"
    path = f"/api/v1/conversations/{guest.conversation_id}"
    seen = desk.as_("counselor", "GET", path).json()
    assert seen["handoff"]["reason"] == "failed_turns"


def test_the_bots_memory_is_kept_in_the_record_between_turns(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.outcome("unknown thing [es]")
    with db.reading(desk.engine) as s:
        kept = s.get_one(Conversation, guest.conversation_id)
        assert (kept.bot_state, kept.language) == ({"failures": 1}, "es")
    guest.outcome("hello")
    assert guest.outcome("unknown thing")["act"] == "abstain"  # not two in a row


def test_out_of_hours_the_hand_off_says_so_and_leaves_a_ticket(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = {"monday": ("09:00", "18:00"), "tuesday": ("09:00", "18:00")}
    hours = Hours(always=False, zone="Asia/Seoul", days=days)
    settings = dataclasses.replace(settings_for(tmp_path, DESK_RATE_LIMITS="off"), hours=hours)
    night = datetime(2026, 3, 2, 20, tzinfo=UTC)  # Tuesday, five in the morning in Seoul
    with desk_with(ScriptedBot(), sqlite_engine, tmp_path, settings=settings) as desk:
        monkeypatch.setattr(clock, "now", lambda: night)
        told = desk.guest(language="ko").outcome("a person please")
        assert told["act"] == "handoff"
        assert "월-화 09:00-18:00 (Asia/Seoul)" in told["text"]
        [ticket] = desk.as_("counselor", "GET", "/api/v1/tickets").json()["items"]
        assert ticket["number"] in told["text"]
        monkeypatch.setattr(clock, "now", lambda: night + timedelta(hours=5))
        open_again = desk.guest(language="ko").outcome("a person please")
        assert "Asia/Seoul" not in open_again["text"]


def test_each_turn_leaves_one_outcome_in_the_journal(desk: DeskClient) -> None:
    guest = desk.guest()
    for text in ("hello", "unknown", "what", "a person"):
        guest.say(text)
    with db.reading(desk.engine) as s:
        said = s.scalars(select(Event).where(Event.kind == "message.said").order_by(Event.id)).all()
        acts = [e.data["act"] for e in said if "act" in e.data]
        answers = s.scalar(select(func.count()).where(Message.author_kind == "bot"))
    assert acts == ["smalltalk", "abstain", "answer", "handoff"]
    assert answers == 4


def test_who_waits_for_a_turn_has_its_replies_as_the_record_has_them(
    engine: Engine, runner: Callable[[port.Bot], Turns]
) -> None:
    turns_of, asked = runner(ScriptedBot()), ask(engine, talk(engine), "how do I register?")
    assert asked.claimed is not None
    assert asked.turn_id is not None
    turns_of.submit(asked.claimed)
    said = asyncio.run(turns_of.settled(asked.turn_id, 20))
    again = asyncio.run(turns_of.settled(asked.turn_id, 20))  # long settled: read from the record
    assert said
    assert again is not None
    assert [views.message(m) for m in said] == [views.message(m) for m in again]


def test_a_turn_that_another_process_settles_has_its_replies_too(
    engine: Engine, runner: Callable[[port.Bot], Turns]
) -> None:
    one, other = runner(ScriptedBot()), runner(ScriptedBot())
    asked = ask(engine, talk(engine), "how do I register?")
    assert asked.claimed is not None
    assert asked.turn_id is not None
    assert asyncio.run(one.settled(asked.turn_id, 0.3)) is None
    other.submit(asked.claimed)
    assert asyncio.run(one.settled(asked.turn_id, 20))
