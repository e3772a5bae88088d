"""From a provider's hook to the bytes that answer it: one transaction, and the same bytes again.

A hook is known by the provider's own mark of a retry, and by the call, the step and the serial of
the plan that it answers. What was served is kept in the transaction that made it true.
"""

from dataclasses import dataclass

from sqlalchemy import Engine

from crm import calls, contacts, conversations, db, messages
from crm.db import Session
from crm.errors import NotFound
from crm.models import Call, CallLeg, Conversation, Turn
from crm.settings import Settings
from knowledge.port import LANGUAGES
from routing.calls import acting, asking, identity, opening, plainly, room, voicemail, waiting
from routing.calls.plan import HangUp, Join, Plan, Say
from routing.calls.speakable import aloud
from routing.calls.talk import EARS, Asked, Talk, go, stay
from routing.channels.phone.port import Heard, Provider

# Named so that their steps are known before the first call comes.
STEPS = (acting, asking, identity, opening, room, voicemail, waiting)


@dataclass(frozen=True, slots=True)
class Line:
    """One account's line into the desk."""

    engine: Engine
    settings: Settings
    provider: Provider
    account: str
    can_text: bool = False

    @property
    def base(self) -> str:
        return f"{self.settings.public_url}/hooks/phone/{self.account}"

    def render(self, plan: Plan) -> bytes:
        return self.provider.render(plan, self.base)


@dataclass(frozen=True, slots=True)
class Pending:
    """The bot has been asked; `said` is to be called once its turn is settled or time is up."""

    asked: Asked
    heard: Heard
    key: str


def begin(line: Line, heard: Heard) -> bytes:
    """A call comes in; the same call again hears the same."""
    key = f"{heard.call_id}:start"
    with db.transaction(line.engine) as s:
        before = calls.with_talk(s, line.provider.name, heard.call_id)
        served = calls.answered(s, line.account, heard.token, key) if before else None
        if served is not None:
            return served
        talk = _talk(s, line, *(before or _new(s, line, heard)))
        talk.call.serial += 1
        return _serve(s, line, heard, key, stay(talk))


def hear(
    line: Line, step: str, serial: int | None, heard: Heard, *, call_id: str | None = None
) -> bytes | Pending:
    """What was heard at a step; an address of an earlier plan only hears the present one."""
    key = f"{heard.call_id}:{step}:{serial}"
    with db.transaction(line.engine) as s:
        talk = _called(s, line, heard, call_id)
        call = talk.call
        present = step == call.step and serial == call.serial  # nobody has answered that yet
        if serial is not None and not present:
            served = calls.answered(s, line.account, heard.token, key)
            if served:
                return served
        if call.state in calls.FINAL:
            return line.render([HangUp()])
        if step == call.step == "thinking" or (call.step == "thinking" and serial == call.serial):
            return Pending(Asked(call.turn_id or ""), heard, key)
        if heard.answered_by in {"machine", "fax"} and call.step == "room":
            return _serve(s, line, heard, key, go(talk, "machine"))
        if not present or step not in EARS:
            return line.render(stay(talk))
        return _on(s, line, talk, heard, key)


def _on(s: Session, line: Line, talk: Talk, heard: Heard, key: str) -> bytes | Pending:
    """The step that the caller stands at hears something."""
    call, before = talk.call, talk.call.serial
    call.serial += 1
    heard = plainly.as_key(talk, heard)
    then = plainly.wished(talk, heard) or EARS[call.step](talk, heard)
    if isinstance(then, Asked):
        call.serial = before  # until it is answered, this plan is still the present one
        return Pending(then, heard, key)
    return _serve(s, line, heard, key, then)


def said(line: Line, pending: Pending) -> bytes:
    """The bot's turn is settled, or its time is up: what the caller hears now."""
    heard = pending.heard
    with db.transaction(line.engine) as s:
        talk = _called(s, line, heard)
        call = talk.call
        served = calls.answered(s, line.account, heard.token, pending.key)
        if served is not None:
            return served
        if call.step != "thinking" or call.turn_id != pending.asked.turn_id:
            return line.render(stay(talk))
        turn = s.get_one(Turn, call.turn_id, populate_existing=True)
        call.serial += 1
        plan = asking.settled(talk) if turn.state == "settled" else asking.not_yet(talk)
        return _serve(s, line, heard, pending.key, plan)


def wait(line: Line, heard: Heard, *, key_pressed: bool) -> bytes:
    """The waiting room, asked again for as long as the caller waits.

    Only a key that asks for something changes anything. All else is a look at where the caller
    stands, which a retry may take again: nothing is written, and nobody is waited for.
    """
    if key_pressed and heard.digits:
        return _key_while_waiting(line, heard)
    with db.reading(line.engine) as s:
        found = calls.with_talk(s, line.provider.name, heard.call_id)
        if found is None:
            return line.render([HangUp()])
        talk = _talk(s, line, *found)
        return line.render(waiting.stay_or_leave(talk) if key_pressed else waiting.loop(talk))


def _key_while_waiting(line: Line, heard: Heard) -> bytes:
    with db.transaction(line.engine) as s:
        talk = _called(s, line, heard)
        if heard.token and (served := calls.answered(s, line.account, heard.token, "")):
            return served
        plan = waiting.hear_waiting(talk, heard)
        if heard.token:
            return _serve(s, line, heard, f"{heard.call_id}:wait:{heard.token}"[:200], plan)
        return line.render(plan)


def music(line: Line) -> bytes:
    return line.render(room.music())


def joins(line: Line, leg_id: str, heard: Heard) -> bytes:
    """Somebody of the desk who was rung has answered: into the room, if the caller still waits."""
    with db.transaction(line.engine) as s:
        who = s.get(CallLeg, leg_id)
        call = calls.find(s, who.call_id) if who else None
        if who is None or call is None or call.account != line.account:
            return line.render([HangUp()])
        if call.state in calls.FINAL or who.state in calls.LEG_OVER or call.room is None:
            return line.render([HangUp()])
        who.provider_call_id = who.provider_call_id or heard.call_id
        with_them = [w for w in calls.legs(s, call, "counselor") if w.provider_call_id]
        coached = with_them[0].provider_call_id if with_them else None
        return line.render([Join(call.room, who.id, "status", who.mode, coached)])


def written(line: Line, message_id: str) -> bytes:
    """What a counselor or the desk wrote to a caller of this account, to be said in the room."""
    with db.reading(line.engine) as s:
        found = messages.find(s, message_id)
        talk = s.get(Conversation, found.conversation_id) if found else None
        if found is None or talk is None or (talk.channel, talk.account) != ("phone", line.account):
            raise NotFound("There is no such message.")
        words = words_of(s, message_id)
        return line.render([words] if words else [])


def words_of(s: Session, message_id: str | None) -> Say | None:
    """A message as it is said in the room; none where it is not the desk's to be said."""
    found = messages.find(s, message_id) if message_id else None
    if found is None or found.audience != "public":
        return None
    if found.author_kind not in {"counselor", "system"}:
        return None
    language = next((k for k in LANGUAGES if k == found.language), LANGUAGES[0])
    return Say(aloud(found.text, language), language)


def _serve(s: Session, line: Line, heard: Heard, key: str, plan: Plan) -> bytes:
    answer = line.render(plan)
    calls.keep_answer(s, line.account, heard.token, key[:200], answer)
    return answer


def _called(s: Session, line: Line, heard: Heard, call_id: str | None = None) -> Talk:
    """The call that is heard from; one that the desk placed is known by its own id at first."""
    found = calls.with_talk(s, line.provider.name, heard.call_id)
    if found is None and call_id:
        call = calls.get(s, call_id)
        if call.account == line.account and call.direction == "outbound":
            call.provider_call_id = heard.call_id
            found = call, s.get_one(Conversation, call.conversation_id)  # held with its call
    return _talk(s, line, *(found or _new(s, line, heard)))


def _new(s: Session, line: Line, heard: Heard) -> tuple[Call, Conversation]:
    """A caller is recognised by the number, if it is shown; who withholds it is a stranger."""
    language = line.settings.languages[0]
    contact = (
        contacts.recognise(s, kind="phone", value=heard.number, language=language)
        if heard.number
        else contacts.meet(s, language=language, name=None, email=None)
    )
    conversation, _ = conversations.start(
        s,
        contact,
        channel="phone",
        language=contact.language if contact.language in line.settings.languages else language,
        account=line.account,
        address=heard.number,
        own_address=heard.own,
    )
    call = calls.started(
        s,
        conversation,
        provider=line.provider.name,
        provider_call_id=heard.call_id,
        account=line.account,
        number=heard.number,
    )
    return call, conversation


def _talk(s: Session, line: Line, call: Call, conversation: Conversation) -> Talk:
    return Talk(s, line.settings, call, conversation, line.can_text)
