"""Questions by voice: one turn each, however late it is and however often the hook comes."""

import threading

import pytest
from sqlalchemy import func, select

from bot import port
from crm import db
from crm.models import Delivery, Message, Turn
from routing.calls import words
from tests.desks import GatedBot
from tests.phone.conftest import CountingBot, PhoneDesk, phone_desk
from tests.phone.simulator.caller import Keys, Speak
from tests.phone.simulator.network import PUBLIC_URL, Faults
from tests.routing.test_turns import until

OPENING = (("For English", Keys("1")), ("is recorded", Keys("1")))
QUESTION = "Please say your question"


def count(phone: PhoneDesk, model: type) -> int:
    with db.reading(phone.desk.engine) as s:
        return s.scalar(select(func.count()).select_from(model))


class LateBot(GatedBot):
    """Answers when its gate is opened, and not before."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def turn(self, turn):
        self.asked += 1
        return super().turn(turn)


def test_a_late_turn_is_waited_for_and_never_asked_twice(engine, tmp_path, monkeypatch) -> None:
    bot = LateBot()
    with phone_desk(engine, tmp_path, monkeypatch, bot=bot, answer_seconds=0.3) as phone:

        def asked_for_again() -> None:
            phone.work()
            if sum("/steps/thinking?" in target for target, _ in phone.network.sent) == 2:
                bot.gate.set()

        phone.network.after_each = asked_for_again
        leg = phone.phone_in(*OPENING, (QUESTION, Speak("How high is the floor?")))
        phone.network.run(60)
        heard = leg.caller.heard
        assert heard.count(words.say("en", "thinking")) == 1
        assert heard.count(words.say("en", "still_thinking")) >= 1
        assert "The floor is 88 percent." in heard
        assert bot.asked == 1
        assert count(phone, Turn) == 1
        steps = [t for t, _ in phone.network.sent if "/steps/thinking?n=" in t]
        assert len(steps) == len(set(steps)) >= 2


def test_whoever_the_bot_leaves_waiting_reaches_a_person(
    sqlite_engine, tmp_path, monkeypatch
) -> None:
    bot = GatedBot()
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, bot=bot, answer_seconds=0.01) as phone:
        leg = phone.phone_in(*OPENING, (QUESTION, Speak("How high is the floor?")))
        phone.network.run(150)
        assert words.say("en", "to_person") in leg.caller.heard
        assert phone.conversation().handoff["reason"] == "bot_down"
        bot.gate.set()
        phone.network.run(10)
        assert phone.conversation().owner_kind == "queue"  # the late turn says nothing any more


def test_a_hook_that_comes_twice_is_one_question_and_the_same_bytes(phone: PhoneDesk) -> None:
    leg = phone.phone_in(*OPENING)
    phone.network.run(40)
    call = phone.call()
    url = f"{PUBLIC_URL}/hooks/phone/main/steps/question?n={call.serial}"
    fields = phone.network._call_fields(leg) | {"SpeechResult": "How high is the floor?"}
    first = phone.network.hook(url, fields, "token-a")
    again = phone.network.hook(url, fields, "token-a")
    other = phone.network.hook(url, fields, "token-b")
    without = phone.network.hook(url, fields)
    assert b"88 percent" in first.content
    assert first.content == again.content == other.content == without.content
    assert phone.bot.asked == ["How high is the floor?"]
    assert count(phone, Turn) == 1
    start = phone.network.hook(f"{PUBLIC_URL}/hooks/phone/main", phone.network._call_fields(leg))
    assert b"For English" in start.content  # the first hook again: what it was answered with
    assert len(phone.events("call.started")) == 1


def test_the_same_hook_at_the_same_time_is_one_question(engine, tmp_path, monkeypatch) -> None:
    bot = LateBot()
    with phone_desk(engine, tmp_path, monkeypatch, bot=bot, answer_seconds=20) as phone:
        leg = phone.phone_in(*OPENING)
        phone.network.run(40)
        url = f"{PUBLIC_URL}/hooks/phone/main/steps/question?n={phone.call().serial}"
        fields = phone.network._call_fields(leg) | {"SpeechResult": "How high is the floor?"}
        answers: list[bytes] = []
        before = len(phone.network.sent)

        def send(token: str) -> None:
            answers.append(phone.network.hook(url, fields, token).content)

        threads = [threading.Thread(target=send, args=(t,)) for t in ("a", "a", "b", "c")]
        for thread in threads:
            thread.start()
        until(lambda: bot.asked == 1 and len(phone.network.sent) == before + len(threads))
        bot.gate.set()
        for thread in threads:
            thread.join()
        assert len(set(answers)) == 1
        assert b"88 percent" in answers[0]
        assert bot.asked == 1
        assert count(phone, Turn) == 1


def test_lost_answers_and_retries_lose_and_double_nothing(engine, tmp_path, monkeypatch) -> None:
    faults = Faults(answer_lost=0.5, late=20, doubled=0.5)
    with phone_desk(engine, tmp_path, monkeypatch, faults=faults) as phone:
        legs = [
            phone.phone_in(
                *OPENING,
                (QUESTION, Speak(f"How high is floor {n}?")),
                ("88 percent", Speak(f"And floor {n} again?")),
                ("88 percent", Keys("0")),
                number=f"+52555010{n:04}",
            )
            for n in range(6)
        ]
        phone.network.run(120)
        for leg in legs:
            phone.network.hang_up(leg)
        phone.network.run()
        assert sorted(phone.bot.asked) == sorted(
            text for n in range(6) for text in (f"How high is floor {n}?", f"And floor {n} again?")
        )
        assert len(phone.events("call.started")) == len(phone.events("call.ended")) == 6
        assert len(phone.events("call.abandoned")) == 6


class ChoosyBot(CountingBot):
    def _step(self, turn):
        if "Which" in turn.text:
            return port.AskBack("Which one?", choices=["The floor", "Talk to a person"])
        return super()._step(turn)


def test_choices_have_keys_and_a_person_behind_one_needs_no_bot(
    sqlite_engine, tmp_path, monkeypatch
) -> None:
    bot = ChoosyBot()
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, bot=bot) as phone:
        asks = (QUESTION, Speak("Which floor?"))
        first = phone.phone_in(*OPENING, asks, ("press 1", Keys("1")), ("88 percent", Keys("*")))
        phone.network.run(70)
        assert first.caller.heard.count("The floor is 88 percent.") >= 2  # star says it again
        assert bot.asked == ["Which floor?", "The floor"]
        second = phone.phone_in(*OPENING, asks, ("press 2", Keys("2")), number="+525550109999")
        phone.network.run(60)
        assert words.say("en", "to_person") in second.caller.heard
        assert len(bot.asked) == 3


def test_the_source_is_texted_where_there_are_texts(sqlite_engine, tmp_path, monkeypatch) -> None:
    more = {"texts_from": "+8225550199"}
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, **more) as phone:
        asks = (QUESTION, Speak("How high is the floor?"))
        leg = phone.phone_in(*OPENING, asks, ("text you the source", Keys("8")))
        phone.network.run(60)
        assert words.say("en", "texted") in leg.caller.heard
        with db.reading(phone.desk.engine) as s:
            due = s.scalars(select(Delivery).where(Delivery.channel == "sms")).one()
            text = s.scalars(select(Message.text).where(Message.id == due.message_id)).one()
        assert (due.address, due.state) == (leg.number, "due")
        assert text == f"Price floor: {PUBLIC_URL}/help/en/price-floor#floor"


def test_without_texts_none_is_offered(sqlite_phone: PhoneDesk) -> None:
    leg = sqlite_phone.phone_in(
        *OPENING, (QUESTION, Speak("How high is the floor?")), ("88 percent", Keys("8"))
    )
    sqlite_phone.network.run(50)
    assert words.say("en", "text_offer") not in leg.caller.heard
    assert words.say("en", "cannot_text") in leg.caller.heard


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_who_asks_the_bot_for_a_person_gets_one(sqlite_phone: PhoneDesk, language: str) -> None:
    key = {"en": "1", "es": "2", "ko": "3"}[language]
    leg = sqlite_phone.phone_in(
        ("한국어", Keys(key)),
        (words.say(language, "consent")[:20], Keys("1")),
        (words.say(language, "question")[:10], Speak(f"a person [{language}]")),
    )
    sqlite_phone.network.run(90)
    assert words.say(language, "to_person") in leg.caller.heard
    assert words.say(language, "position_first") in leg.caller.heard
    assert sqlite_phone.conversation().queue == "bidding"
