"""The web chat's contract, field by field, from the outside."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
from sqlalchemy import Engine, func, select

from api import auth
from bot import port
from crm import db
from crm.models import Contact, Delegation, Message, Turn
from tests.conftest import DeskClient
from tests.desks import GatedBot, desk_with

pytestmark = pytest.mark.at_rest

REPLY = {"id", "author", "text", "language", "act", "citations", "choices", "action"}
CITATION = {"article", "title", "version", "url", "quote"}


def test_a_session_is_an_id_and_a_token(sqlite_desk: DeskClient) -> None:
    answer = sqlite_desk.http.post("/api/v1/chat/sessions", json={"language": "ko"})
    assert answer.status_code == 201
    assert set(answer.json()) == {"conversation_id", "token"}
    assert len(answer.json()["token"]) >= 40


def test_a_session_takes_every_field_of_the_contract(sqlite_desk: DeskClient) -> None:
    guest = sqlite_desk.guest(language="es", name="Ana Ficticia", email="a@b.example", topic="bids")
    guest.say("a person please")
    seen = sqlite_desk.as_("supervisor", "GET", f"/api/v1/conversations/{guest.conversation_id}")
    assert seen.json()["contact"]["name"] == "Ana Ficticia"
    assert seen.json()["contact"]["email"] == "a@b.example"
    assert seen.json()["contact"]["proven"] is False


def portal_token(key: bytes, **claims: object) -> str:
    told = {"aud": "sinmungo", "sub": "u1", "email": "u1@firm.example", "exp": time.time() + 60}
    return jwt.encode(told | claims, key, algorithm="HS256")


def test_the_portals_token_proves_the_contact_and_brings_its_delegations(
    desk: DeskClient,
) -> None:
    key = desk.settings.portal_key
    token = portal_token(key, name="Kim Ficticia", organisation="Ficticia Ltd.", role="supplier")
    with ThreadPoolExecutor(6) as pool:  # the same person in six tabs is one contact
        guests = list(pool.map(lambda _: desk.guest(user_token=token), range(6)))
    guests[0].say("a person please")
    seen = desk.as_("supervisor", "GET", f"/api/v1/conversations/{guests[0].conversation_id}")
    assert seen.json()["contact"]["proven"] is True
    assert seen.json()["contact"]["email"] == "u1@firm.example"
    with db.reading(desk.engine) as s:
        assert s.scalar(select(func.count()).select_from(Contact)) == 1
        assert s.scalars(select(Delegation.organisation)).all() == ["Ficticia Ltd."]


@pytest.mark.parametrize(
    "claims", [{"exp": 1}, {"aud": "other"}, {"email": None}], ids=["expired", "audience", "email"]
)
def test_a_user_token_that_is_not_right_opens_nothing(
    sqlite_desk: DeskClient, claims: dict
) -> None:
    token = portal_token(sqlite_desk.settings.portal_key, **claims)
    answer = sqlite_desk.http.post("/api/v1/chat/sessions", json={"user_token": token})
    assert answer.status_code == 401


def test_a_user_token_signed_by_another_or_by_nobody_opens_nothing(
    sqlite_desk: DeskClient,
) -> None:
    nobody = jwt.encode({"aud": "sinmungo", "sub": "x", "email": "x@y"}, "", algorithm="none")
    for token in (portal_token(b"q" * 40), nobody):
        answer = sqlite_desk.http.post("/api/v1/chat/sessions", json={"user_token": token})
        assert answer.status_code == 401


def test_who_opened_a_talk_is_looked_for_nowhere_when_they_speak(
    sqlite_desk: DeskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = sqlite_desk.guest()

    def nowhere(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(auth, "guest_by_token", nowhere)
    assert guest.say("what is the floor?")["replies"]


def test_without_wait_a_message_is_taken_at_once(sqlite_desk: DeskClient) -> None:
    guest = sqlite_desk.guest()
    answer = sqlite_desk.http.post(
        "/api/v1/chat/messages", json={"client_id": "a", "text": "hi"}, headers=guest.headers
    )
    assert answer.status_code == 202
    assert set(answer.json()) == {"message_id"}


def test_with_wait_the_replies_come_in_the_contracts_shape(desk: DeskClient) -> None:
    guest = desk.guest()
    told = guest.say("what is the floor? [ko]")
    assert set(told) == {"message_id", "replies"}
    [reply] = told["replies"]
    assert set(reply) == REPLY
    assert (reply["author"], reply["act"], reply["language"]) == ("bot", "answer", "ko")
    assert set(reply["citations"][0]) == CITATION
    assert reply["choices"] == []
    assert reply["action"] is None


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("what is the floor", "answer"),
        ("which", "clarify"),
        ("unknown", "abstain"),
        ("a person please", "handoff"),
        ("a ticket please", "action_done"),
        ("cancel", "cancel"),
        ("hello", "smalltalk"),
    ],
)
def test_exactly_one_reply_of_a_turn_has_an_act(
    sqlite_desk: DeskClient, text: str, act: str
) -> None:
    assert sqlite_desk.guest().outcome(text)["act"] == act


class ChattyBot:
    """Says three things in one turn."""

    def turn(self, turn: port.Turn) -> list[port.Step]:
        return [
            port.Talk("Hello."),
            port.Answer("The floor is 88 %.", []),
            port.AskBack("Anything else?", ["No"]),
            port.Remember({}, turn.language),
        ]

    def ready(self) -> bool:
        return True


def test_several_replies_of_one_turn_share_one_act(sqlite_engine: Engine, tmp_path: Path) -> None:
    with desk_with(ChattyBot(), sqlite_engine, tmp_path) as desk:
        replies = desk.guest().say("hi")["replies"]
    assert [r["act"] for r in replies] == [None, "answer", None]
    assert [r["text"] for r in replies] == ["Hello.", "The floor is 88 %.", "Anything else?"]


def test_the_same_client_id_gets_the_same_answer_and_is_one_message(desk: DeskClient) -> None:
    guest = desk.guest()
    first = guest.say("hi", client_id="a")
    assert guest.say("hi", client_id="a") == first
    assert said(desk.engine) == 2


def test_the_same_client_id_with_another_text_is_refused(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("hi", client_id="a")
    answer = desk.http.post(
        "/api/v1/chat/messages", json={"client_id": "a", "text": "ho"}, headers=guest.headers
    )
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "conflict"
    assert said(desk.engine) == 2


def test_two_conversations_may_use_the_same_client_id(sqlite_desk: DeskClient) -> None:
    first, second = sqlite_desk.guest(), sqlite_desk.guest()
    ids = {g.say("hi", client_id="a")["message_id"] for g in (first, second)}
    assert len(ids) == 2


def test_the_same_client_id_at_the_same_time_is_one_message_with_one_answer(
    desk: DeskClient,
) -> None:
    guest = desk.guest()
    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda _: guest.say("hi", client_id="a"), range(12)))
    assert all(answer == told[0] for answer in told)
    assert said(desk.engine) == 2


def test_a_wait_that_ends_too_early_is_202_and_the_answer_still_comes(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    bot = GatedBot()
    with desk_with(bot, sqlite_engine, tmp_path) as desk:
        guest = desk.guest()
        path = "/api/v1/chat/messages?wait=0.1"
        body = {"client_id": "a", "text": "hi"}
        early = desk.http.post(path, json=body, headers=guest.headers)
        assert early.status_code == 202
        assert set(early.json()) == {"message_id"}
        bot.gate.set()
        later = guest.say("hi", client_id="a")
    assert later["message_id"] == early.json()["message_id"]
    assert later["replies"][0]["act"] == "answer"


def test_while_a_queue_or_a_counselor_owns_it_replies_are_empty_at_once(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    bot = GatedBot()
    bot.gate.set()
    with desk_with(bot, sqlite_engine, tmp_path) as desk:
        guest = desk.guest()
        assert guest.outcome("a person please")["act"] == "handoff"
        bot.gate.clear()  # the bot would now think for ever
        assert guest.say("are you there?")["replies"] == []
        bot.gate.set()


def test_what_is_said_to_a_counselor_gets_no_reply_of_the_bot(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("a person please")
    talk = f"/api/v1/conversations/{guest.conversation_id}"
    desk.as_("counselor", "POST", f"{talk}/accept")
    assert guest.say("what is the floor?")["replies"] == []
    authors = [m["author"] for m in desk.as_("counselor", "GET", talk).json()["messages"]]
    assert authors == ["contact", "bot", "system", "contact"]


def test_many_messages_at_once_are_answered_in_their_order(desk: DeskClient) -> None:
    guest = desk.guest()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: guest.say(f"question {n}", client_id=f"q{n}"), range(12)))
    with db.reading(desk.engine) as s:
        thread = s.scalars(select(Message).order_by(Message.position)).all()
    asked = [m for m in thread if m.author_kind == "contact"]
    answered = [m for m in thread if m.author_kind == "bot"]
    turns = {m.id: n for n, m in enumerate(asked)}
    with db.reading(desk.engine) as s:
        order = [turns[turn_message(s, m.turn_id)] for m in answered]
    assert order == list(range(12))


def turn_message(s: db.Session, turn_id: str) -> str:
    return s.get_one(Turn, turn_id).message_id


def test_a_reload_finds_the_conversation_as_it_stands(desk: DeskClient) -> None:
    guest = desk.guest(language="es")
    guest.say("hola [es]")
    standing = desk.http.get("/api/v1/chat/sessions/current", headers=guest.headers).json()
    assert [m["author"] for m in standing["messages"]] == ["contact", "bot"]
    assert (standing["status"], standing["owner"], standing["language"]) == ("open", "bot", "es")
    assert all(m["author_id"] is None for m in standing["messages"])
    events = desk.http.get("/api/v1/chat/events", headers=guest.headers).json()
    assert standing["last"] == events["last"]


def test_the_contact_reopens_a_closed_talk_by_writing(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("a person please")
    talk = f"/api/v1/conversations/{guest.conversation_id}"
    desk.as_("counselor", "POST", f"{talk}/accept")
    desk.as_("counselor", "POST", f"{talk}/wrap", json={"code": "answered"})
    assert guest.outcome("what is the floor?")["act"] == "answer"
    seen = desk.as_("supervisor", "GET", talk).json()
    assert (seen["status"], seen["owner"]["kind"], seen["queue"]) == ("open", "bot", None)
    assert seen["handoff"] is None


def said(engine: Engine) -> int:
    with db.reading(engine) as s:
        return s.scalar(select(func.count()).select_from(Message)) or 0


def test_a_cancelled_wait_does_not_cancel_the_turn(sqlite_engine: Engine, tmp_path: Path) -> None:
    bot = GatedBot()
    with desk_with(bot, sqlite_engine, tmp_path) as desk:
        guest = desk.guest()
        body = {"client_id": "a", "text": "hi"}
        desk.http.post("/api/v1/chat/messages", json=body, headers=guest.headers)
        turns = desk.app.state.desk.turns
        [turn_id] = list(turns._running)

        async def give_up() -> bool:
            waiting = asyncio.create_task(turns.settled(turn_id, 20))
            await asyncio.sleep(0.05)
            return waiting.cancel()

        assert asyncio.run(give_up())
        bot.gate.set()
        assert guest.say("hi", client_id="a")["replies"][0]["act"] == "answer"
