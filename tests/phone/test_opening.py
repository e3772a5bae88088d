"""Language, disclosure, consent; what happens to whoever is silent or not understood."""

import itertools

import pytest

from routing.calls import words
from tests.phone.conftest import PhoneDesk, phone_desk
from tests.phone.simulator.caller import HangUp, Keys, Silence, Speak

LOCALES = {"en": "en-US", "es": "es-MX", "ko": "ko-KR"}
SPOKEN = {"en": "English please", "es": "Español", "ko": "한국어요"}
YES = {"en": "Yes.", "es": "Sí, claro", "ko": "네 동의합니다"}
NO = {"en": "no, I don't agree", "es": "No", "ko": "아니요"}


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("by", ["key", "speech"])
def test_the_language_is_chosen_by_key_or_by_speech(
    sqlite_phone: PhoneDesk, language: str, by: str
) -> None:
    key = {"en": "1", "es": "2", "ko": "3"}[language]
    choice = Keys(key) if by == "key" else Speak(SPOKEN[language])
    agrees = Keys("1") if by == "key" else Speak(YES[language])
    leg = sqlite_phone.phone_in(
        ("한국어", choice),
        (words.say(language, "consent")[:20], agrees),
        (words.say(language, "question")[:10], HangUp()),
    )
    sqlite_phone.network.run()
    said = leg.caller.transcript
    assert words.say(language, "disclosure") in said
    assert words.say(language, "question") in said
    assert leg.caller.script == []
    assert sqlite_phone.call().recorded is True
    assert LOCALES[language] in leg.caller.languages
    ended = sqlite_phone.events("call.ended")
    assert [e.data["state"] for e in ended] == ["completed"]
    assert sqlite_phone.conversation().status == "closed"
    assert sqlite_phone.bot.asked == []


@pytest.mark.parametrize("language", LOCALES)
def test_whoever_does_not_agree_is_not_recorded(sqlite_phone: PhoneDesk, language: str) -> None:
    key = {"en": "1", "es": "2", "ko": "3"}[language]
    leg = sqlite_phone.phone_in(
        ("한국어", Keys(key)),
        (words.say(language, "consent")[:20], Speak(NO[language])),
        (words.say(language, "question")[:10], Keys("0")),
    )
    sqlite_phone.network.run(60)
    assert words.say(language, "not_recorded") in leg.caller.transcript
    sqlite_phone.accept()
    sqlite_phone.network.run(60)
    room = next(iter(sqlite_phone.network.rooms.values()))
    assert room.record_url is None
    refused = sqlite_phone.act("counselor", "pause_recording")
    assert refused.status_code == 409
    sqlite_phone.network.hang_up(leg)
    sqlite_phone.network.run(60)
    assert sqlite_phone.network.recordings == {}


@pytest.mark.parametrize(
    "step", ["language", "consent", "question", "topics", "topic", "answer", "thinking_done"]
)
def test_zero_is_a_person_at_any_moment(sqlite_phone: PhoneDesk, step: str) -> None:
    road = [
        ("language", "For English", Keys("1")),
        ("consent", "is recorded", Keys("1")),
        ("question", "Please say your question", Keys("9")),
        ("topics", "Choose a topic", Keys("2")),
        ("topic", "You chose bidding", Speak("What is the floor?")),
        ("answer", "88 percent", Speak("And the floor again?")),
        ("thinking_done", "88 percent", Keys("0")),
    ]
    script = []
    for name, heard, does in road:
        if name == step:
            script.append((heard, Keys("0")))
            break
        script.append((heard, does))
    leg = sqlite_phone.phone_in(*script)
    sqlite_phone.network.run(90)
    assert "I am putting you through to a counselor." in leg.caller.transcript
    waiting = sqlite_phone.conversation()
    assert (waiting.status, waiting.owner_kind) == ("waiting", "queue")
    assert waiting.ticket_id
    assert waiting.handoff["reason"] == "asked"
    assert len(sqlite_phone.bot.asked) == {"answer": 1, "thinking_done": 2}.get(step, 0)


@pytest.mark.parametrize("reaction", [Silence(), Speak("blah", confidence=0.1), Keys("7")])
def test_three_tries_each_in_other_words_then_a_person(
    sqlite_phone: PhoneDesk, reaction: object
) -> None:
    leg = sqlite_phone.phone_in(
        ("For English", Keys("1")),
        ("is recorded", Keys("1")),
        *[("Please say your question", reaction)] * 3,
    )
    sqlite_phone.network.run(200)
    kind = "silence" if reaction == Silence() else "nomatch"
    said = leg.caller.heard
    first, second = (words.say("en", f"{kind}_{n}") for n in (1, 2))
    assert said.count(first) == said.count(second) == 1
    assert said.index(first) < said.index(second) < said.index(words.say("en", "to_person"))
    assert sqlite_phone.conversation().handoff["reason"] == "failed_turns"
    assert sqlite_phone.bot.asked == []


def test_three_hundred_seconds_of_silence_reach_a_person(sqlite_phone: PhoneDesk) -> None:
    leg = sqlite_phone.phone_in()
    sqlite_phone.network.run(300)
    assert not leg.over
    assert leg.sid in sqlite_phone.network.queue
    assert sqlite_phone.conversation().status == "waiting"


@pytest.mark.parametrize("key", [*"0123456789", "*", "#"])
def test_every_key_is_answered_at_the_question(sqlite_phone: PhoneDesk, key: str) -> None:
    leg = sqlite_phone.phone_in(
        ("For English", Keys("1")),
        ("is recorded", Keys("1")),
        ("Please say your question", Keys(key)),
    )
    sqlite_phone.network.run(25)
    then = {"0": "putting you through", "9": "Choose a topic"}.get(key, "say your question")
    heard = leg.caller.heard
    after = heard[heard.index(words.say("en", "question")) + 1 :]
    assert any(then in text for text in after), after
    assert not leg.over


def test_each_topic_has_a_key(sqlite_phone: PhoneDesk) -> None:
    queues = sqlite_phone.desk.settings.queues
    for key, queue in zip("123456789", queues, strict=True):
        leg = sqlite_phone.phone_in(
            ("For English", Keys("1")),
            ("is recorded", Keys("1")),
            ("Please say your question", Keys("9")),
            ("Choose a topic", Keys(key)),
            ("You chose", Keys("1")),
        )
        sqlite_phone.network.run(60)
        assert sqlite_phone.conversation().queue == queue
        sqlite_phone.network.hang_up(leg)
        sqlite_phone.network.run(5)
    assert sqlite_phone.bot.asked == []


def test_an_incident_is_told_to_every_caller(sqlite_engine, tmp_path, monkeypatch) -> None:
    incident = {"en": "Bids cannot be opened today.", "ko": "오늘은 개찰이 되지 않습니다."}
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, incident=incident) as phone:
        english = phone.phone_in(("For English", Keys("1")))
        korean = phone.phone_in(("For English", Keys("3")))
        spanish = phone.phone_in(("For English", Keys("2")))
        phone.network.run(20)
    assert incident["en"] in english.caller.heard
    assert incident["ko"] in korean.caller.heard
    assert not any("Bids" in text for text in spanish.caller.heard)


@pytest.mark.parametrize(("recording", "key"), [("notice", "notice"), ("off", "not_recorded")])
def test_recording_by_notice_or_not_at_all(
    sqlite_engine, tmp_path, monkeypatch, recording: str, key: str
) -> None:
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, recording=recording) as phone:
        leg = phone.phone_in(("For English", Keys("1")))
        phone.network.run(20)
        assert words.say("en", key) in leg.caller.heard
        assert phone.call().recorded is (recording == "notice")


def test_every_language_has_every_word() -> None:
    for one, other in itertools.combinations(LOCALES, 2):
        first, second = words.catalogue(one), words.catalogue(other)
        for table in first:
            assert first[table].keys() == second[table].keys()
            for key, text in first[table].items():
                fields = {f for f in ("{desk}", "{number}", "{key}", "{label}") if f in text}
                assert {f for f in fields if f not in second[table][key]} == set(), key
