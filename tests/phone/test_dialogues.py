"""Callers as they are: who says what should be pressed, changes the language, is silent or goes."""

import re

import pytest

from bot.plain_words import asks_only_for_person
from routing.calls import words
from routing.calls.speakable import aloud, figures, in_groups, read_back
from routing.channels.phone import numbers
from tests.phone.conftest import PhoneDesk, phone_desk
from tests.phone.simulator.caller import HangUp, Keys, Silence, Speak
from tests.phone.test_waiting import CLOSED

LANGUAGES = ("en", "es", "ko")
KEY = {"en": "1", "es": "2", "ko": "3"}
PERSON = {
    "en": ("Operator.", "I want to talk to a person", "agent please"),
    "es": ("Agente", "¡Páseme con un asesor!", "una persona, por favor"),
    "ko": ("상담원이요", "상담원 연결해 주세요", "사람 바꿔 주세요"),
}
QUESTION = {"en": "How high is the floor?", "es": "¿Cuál es el mínimo? [es]", "ko": "하한 [ko]"}
SAID = {
    "en": ("one", "nine", "two"),
    "es": ("uno", "la nueve", "dos"),
    "ko": ("일번", "9번", "이번"),
}


def said(language: str, key: str) -> str:
    """How a sentence begins, as the script waits for it."""
    return re.escape(words.say(language, key, topic="", number="", hours="", desk="")[:16])


def road(language: str, upto: str, then: object) -> list[tuple[str, object]]:
    """Through the menus up to a step, and what is done there."""
    whole = [
        ("language", "한국어", Keys(KEY[language])),
        ("consent", said(language, "consent"), Keys("1")),
        ("question", said(language, "question"), Keys("9")),
        ("topics", said(language, "topics"), Keys("2")),
        ("topic", said(language, "topic_chosen")[:8], Speak(QUESTION[language])),
        ("answer", "88", Silence()),
    ]
    script = []
    for step, heard, does in whole:
        if step == upto:
            return [*script, (heard, then)]
        script.append((heard, does))
    raise KeyError(upto)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", ["language", "consent", "question", "topics", "topic", "answer"])
def test_a_person_is_one_word_away_at_every_step(
    sqlite_phone: PhoneDesk, language: str, step: str
) -> None:
    for n, wish in enumerate(PERSON[language]):
        script = road(language, step, Speak(wish))
        leg = sqlite_phone.phone_in(*script, number=f"+52555010{n:04}")
        sqlite_phone.network.run(70)
        assert words.say(language, "to_person") in leg.caller.heard, wish
        assert sqlite_phone.conversation().handoff["reason"] == "asked"
        sqlite_phone.network.hang_up(leg)
        sqlite_phone.network.run(5)
    assert all(
        "floor" in x or "[" in x for x in sqlite_phone.bot.asked
    )  # none of it was a question


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_may_be_said_instead_of_pressed(sqlite_phone: PhoneDesk, language: str) -> None:
    one, nine, two = SAID[language]
    key = {"en": one, "es": two, "ko": "삼번"}[language]
    leg = sqlite_phone.phone_in(
        ("한국어", Speak(key)),
        (said(language, "consent"), Speak(two)),
        (said(language, "question"), Keys("9")),
        (said(language, "topics"), Speak(two)),
        (said(language, "topic_chosen")[:8], Speak(nine)),
        (said(language, "topics"), Speak(two, confidence=0.3)),
    )
    sqlite_phone.network.run(90)
    assert leg.caller.script == []
    assert sqlite_phone.call().recorded is False
    assert sqlite_phone.conversation().topic == "bidding"
    assert words.say(language, "nomatch_1") not in leg.caller.heard[:8]


@pytest.mark.parametrize(
    ("begun", "wish", "then"),
    [("en", "en español, por favor", "es"), ("en", "한국어로 해 주세요", "ko"),
     ("es", "English please", "en"), ("es", "coreano", "ko"), ("ko", "in English", "en"),
     ("ko", "español", "es")],
)  # fmt: skip
@pytest.mark.parametrize("step", ["consent", "question", "topics", "answer"])
def test_the_language_changes_in_the_middle(
    sqlite_phone: PhoneDesk, begun: str, wish: str, then: str, step: str
) -> None:
    leg = sqlite_phone.phone_in(*road(begun, step, Speak(wish)))
    sqlite_phone.network.run(30)
    after = {"consent": "consent", "topics": "topics"}.get(step, "question")
    assert any(words.say(then, after) in text for text in leg.caller.heard)
    assert sqlite_phone.conversation().language == then
    assert len(sqlite_phone.bot.asked) == (step == "answer")


@pytest.mark.parametrize("step", ["language", "consent", "question", "topics", "topic", "answer"])
def test_who_hangs_up_at_any_step_leaves_nothing_open(phone: PhoneDesk, step: str) -> None:
    leg = phone.phone_in(*road("en", step, HangUp()))
    phone.network.run(120)
    assert leg.over
    assert leg.caller.script == []
    assert (phone.call().state, phone.conversation().status) == ("completed", "closed")
    assert phone.conversation().ticket_id is None


def test_an_answer_is_not_read_again_to_whoever_says_nothing(sqlite_phone: PhoneDesk) -> None:
    leg = sqlite_phone.phone_in(*road("en", "answer", Silence()))
    sqlite_phone.network.run(45)
    heard = leg.caller.heard
    assert heard.count("The floor is 88 percent.") == 1
    assert words.say("en", "silence_1") in heard
    assert heard.count(words.say("en", "more")) >= 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_out_of_hours_a_word_for_a_person_tells_the_hours_as_they_are_said(
    sqlite_engine, tmp_path, monkeypatch, language: str
) -> None:
    with phone_desk(sqlite_engine, tmp_path, monkeypatch, hours=CLOSED) as phone:
        leg = phone.phone_in(*road(language, "question", Speak(PERSON[language][0])))
        phone.network.run(40)
        hours = {
            "en": "Monday to Tuesday from 9 a.m. to 6 p.m., Friday from 9 a.m. to noon",
            "es": "de lunes a martes de 9 a 18 horas, viernes de 9 a 12 horas",
            "ko": "월요일부터 화요일까지 오전 9시부터 오후 6시까지,"
            " 금요일 오전 9시부터 낮 12시까지",
        }[language]
        assert words.say(language, "closed", hours=hours) in leg.caller.heard


def test_a_caller_from_abroad_may_key_in_a_number_of_the_desks_own_country(
    sqlite_phone: PhoneDesk,
) -> None:
    leg = sqlite_phone.phone_in(
        *road("ko", "question", Keys("0")),
        ("1번, 메시지", Keys("1")),
        ("다시 전화드릴 번호는", Keys("2")),
        (said("ko", "callback_number"), Keys("01055501234#")),
        ("0 1 0, 5 5 5 0, 1 2 3 4", Keys("1")),
    )
    sqlite_phone.network.run(120)
    assert leg.caller.script == []
    assert sqlite_phone.call().callback_number == "+821055501234"


def test_one_caller_ahead_is_one_and_two_are_two(sqlite_phone: PhoneDesk) -> None:
    legs = []
    for n, language in enumerate(("en", "es", "es", "ko")):
        asks = road(language, "question", Keys("0"))
        legs.append(sqlite_phone.phone_in(*asks, number=f"+52555010{n:04}"))
        sqlite_phone.network.run(50)
    assert words.say("en", "position_first") in legs[0].caller.heard
    assert "Hay una persona antes que usted." in legs[1].caller.heard
    assert "Hay 2 personas antes que usted." in legs[2].caller.heard
    assert "먼저 기다리시는 분은 3명입니다." in legs[3].caller.heard


def test_nothing_that_is_said_is_made_for_the_eye() -> None:
    for language in LANGUAGES:
        for key, text in words.catalogue(language)["say"].items():
            assert not re.search(r"https?:|www\.|[*_#`<>|/\[\]]|\.\.", text), (language, key)
            assert len(text) <= 200, (language, key, len(text))


@pytest.mark.parametrize(
    "question",
    ["Can an agent sign the contract?", "one", "Who is the operator?", "",
     "¿Quién es el agente de compras?", "담당자 변경 신고는 어떻게 하나요?",
     "상담원 교육 자료는 어디 있나요?"],
)  # fmt: skip
def test_a_question_about_people_is_a_question(question: str) -> None:
    assert asks_only_for_person(question) is None


@pytest.mark.parametrize(
    ("language", "written", "heard"),
    [
        ("en", "KRW 100,000,000 by 2026-12-01", "100000000 won by December 1, 2026"),
        ("es", "hasta el 2026-12-01, 45,000 UAH", "hasta el 1 de diciembre de 2026, 45000 grivnas"),
        ("ko", "2026-12-01까지 KRW 5,000", "2026년 12월 1일까지 5000원"),
        ("en", "5.50 USD, 80 %", "5.50 US dollars, 80 percent"),
    ],
)
def test_money_and_days_are_said_as_people_say_them(
    language: str, written: str, heard: str
) -> None:
    assert figures(written, language) == heard


def test_a_preview_in_korean_is_read_through_its_particles() -> None:
    written = "공고: UA-2026-11-22-000008-a입니다\n금액: 1,000,000원\n기한: 2026-12-01까지"
    assert read_back(written, "ko") == (
        "공고: U A, 2 0 2 6, 1 1, 2 2, 0 0 0 0 0 8, A입니다."
        " 금액: 1000000 (1 0 0 0 0 0 0)원. 기한: 2026년 12월 1일까지."
    )


def test_a_number_is_read_in_its_own_groups() -> None:
    own = "+8225550100"
    assert in_groups(*numbers.as_written("+821055501234", own), "ko") == "0 1 0, 5 5 5 0, 1 2 3 4"
    abroad = in_groups(*numbers.as_written("+525550100001", own), "es")
    assert abroad == "más 5 2, 5 5, 5 0 1 0, 0 0 0 1"


def test_what_a_counselor_writes_is_said_whole_and_without_its_marks() -> None:
    written = (
        "**Two steps:**\n1. Sign\n2. Send it to https://desk.example/x, with UA-2026-11-22-000008"
    )
    assert aloud(written, "en") == (
        "Two steps. Sign. Send it to with U A, 2 0 2 6, 1 1, 2 2, 0 0 0 0 0 8."
    )
