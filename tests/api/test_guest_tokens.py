"""A guest's token that came before is not looked up again, and is still worth what the row says."""

from sqlalchemy import update

from crm import conversations, db
from crm.models import Conversation, Message
from tests.conftest import DeskClient, GuestClient


def say(guest: GuestClient, client_id: str) -> int:
    body = {"client_id": client_id, "text": "hi"}
    answer = guest.http.post("/api/v1/chat/messages?wait=30", json=body, headers=guest.headers)
    return answer.status_code


def test_a_token_taken_away_speaks_no_more(desk: DeskClient) -> None:
    guest = desk.guest()
    assert say(guest, "a") == 200
    with db.transaction(desk.engine) as s:  # as another process of the desk would
        s.execute(update(Conversation).values(token_digest=conversations.token_digest("another")))
    assert say(guest, "b") == 401
    assert say(guest, "c") == 401
    with db.reading(desk.engine) as s:
        assert {m.client_id for m in s.query(Message) if m.author_kind == "contact"} == {"a"}


def test_a_token_given_to_another_conversation_does_not_speak_in_the_old_one(
    desk: DeskClient,
) -> None:
    first, second = desk.guest(), desk.guest()
    assert say(first, "a") == 200
    digest = conversations.token_digest(first.token)
    with db.transaction(desk.engine) as s:
        one = s.get_one(Conversation, first.conversation_id)
        one.token_digest = None
        s.flush()
        s.get_one(Conversation, second.conversation_id).token_digest = digest
    assert say(first, "b") == 401  # what was remembered is forgotten
    assert say(first, "c") == 200  # and looked up again: it speaks where it belongs now
    with db.reading(desk.engine) as s:
        said = s.query(Message).filter(Message.client_id == "c").one()
        assert said.conversation_id == second.conversation_id


def test_a_closed_conversation_is_opened_again_by_the_same_token(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("a person please")
    path = f"/api/v1/conversations/{guest.conversation_id}"
    desk.as_("supervisor", "POST", f"{path}/accept")
    desk.as_("supervisor", "POST", f"{path}/wrap", json={"code": "answered"})
    assert say(guest, "again") == 200
    with db.reading(desk.engine) as s:
        assert s.get_one(Conversation, guest.conversation_id).status == "open"
