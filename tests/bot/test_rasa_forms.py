"""Forms on the real engine, over its HTTP channel: `rasa test` never runs what fills a slot."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from bot.language import language_of
from bot.port import AskBack, HandOff, OpenTicket, outcome
from bot.rasa_http import RasaClient, Understood
from knowledge.port import Language
from tests.bot.conftest import Talker, hand_off

pytestmark = pytest.mark.rasa

# A form: how it begins, and for each slot the words that fill it.
FORMS = {
    ("problem", "en"): ("I want to report a technical problem", {
        "problem_what": "the upload page freezes when I send my offer",
        "problem_since": "since yesterday",
        "email": "anna@firm.example",
        "confirmed": "yes",
    }),
    ("problem", "es"): ("quiero reportar un problema técnico", {
        "problem_what": "la página se congela al subir mi oferta",
        "problem_since": "desde ayer",
        "email": "ana@firma.example",
        "confirmed": "sí",
    }),
    ("problem", "ko"): ("기술적인 문제를 신고하고 싶어요", {
        "problem_what": "입찰서 올릴 때 화면이 멈춰요",
        "problem_since": "어제부터요",
        "email": "kim@company.example 입니다",
        "confirmed": "네",
    }),
    ("callback", "en"): ("please call me back", {
        "callback_topic": "about my unpaid invoice",
        "phone": "+82 2 1234 5678",
        "callback_time": "tomorrow at 10 am",
        "confirmed": "Yes, send it",
    }),
    ("callback", "es"): ("quiero que me llamen", {
        "callback_topic": "es por una factura que no han pagado",
        "phone": "55 1234 5678",
        "callback_time": "mañana a las 10",
        "confirmed": "Sí, enviar",
    }),
    ("callback", "ko"): ("전화 주세요", {
        "callback_topic": "대금 지급 건이요",
        "phone": "010-1234-5678이에요",
        "callback_time": "내일 오전 10시요",
        "confirmed": "네, 보내기",
    }),
    ("ticket", "en"): ("I want to leave a ticket", {
        "matter": "we were fined for a late delivery that was not late",
        "email": "anna@firm.example",
        "confirmed": "yes please",
    }),
    ("ticket", "es"): ("quiero dejar un ticket", {
        "matter": "nos multaron por una entrega que no fue tarde",
        "email": "ana@firma.example",
        "confirmed": "sí, es correcto",
    }),
    ("ticket", "ko"): ("문의 남기기", {
        "matter": "납기를 지켰는데 지체상금이 나왔어요",
        "email": "kim@company.example",
        "confirmed": "네 맞습니다",
    }),
}  # fmt: skip
DIGRESSIONS = {
    "en": ["how long does that take?", "how do I register as a supplier?", "are you a bot?"],
    "es": ["¿cuánto tarda eso?", "¿cómo me registro como proveedor?", "¿eres un robot?"],
    "ko": ["그거 얼마나 걸려요?", "공급업체 등록은 어떻게 하나요?", "봇이에요?"],
}
PERSON = {
    "en": "let me talk to a person",
    "es": "quiero hablar con una persona",
    "ko": "상담원 바꿔주세요",
}
CANCEL = {"en": "cancel", "es": "cancelar", "ko": "취소할게요"}
SLOTS = [(form, language, slot) for (form, language), (_, fill) in FORMS.items() for slot in fill]


class Engine:
    """The channel with its state and language carried along, as the desk does."""

    def __init__(self, url: str) -> None:
        self.client = RasaClient(url, timeout=60)
        self.language: Language = "en"
        self.state: dict[str, Any] = {}

    def say(self, text: str) -> Understood:
        self.language = language_of(text, self.language)
        meant = self.client.understand("form-test", text, self.language, self.state)
        self.state = dict(meant.state)
        return meant

    def walk_to(self, form: str, language: str, slot: str) -> None:
        begin, fill = FORMS[form, language]
        self.say(begin)
        for name, text in fill.items():
            assert self.state["requested"] == name
            if name == slot:
                return
            self.say(text)


@pytest.fixture
def talk(rasa: Any) -> Iterator[Engine]:
    talk = Engine(rasa.url)
    yield talk
    talk.client.close()


@pytest.mark.parametrize(("form", "language", "slot"), SLOTS)
def test_a_digression_at_any_slot_comes_back_to_it(
    talk: Engine, form: str, language: str, slot: str
) -> None:
    talk.walk_to(form, language, slot)
    for words in DIGRESSIONS[language]:
        before = dict(talk.state)
        meant = talk.say(words)
        assert [step["step"] for step in meant.steps] in (["search", "ask"], ["talk", "ask"]), words
        assert meant.steps[-1]["slot"] == slot
        assert talk.state == before


@pytest.mark.parametrize(("form", "language", "slot"), SLOTS)
def test_a_person_can_be_had_at_any_slot_with_the_facts_so_far(
    talk: Engine, form: str, language: str, slot: str
) -> None:
    talk.walk_to(form, language, slot)
    given = {name for name in talk.state["slots"] if name not in ("tries", "confirmed")}
    handed = talk.say(PERSON[language]).steps[0]
    assert (handed["step"], handed["reason"]) == ("handoff", "asked")
    assert set(handed["facts"]) == given
    assert talk.state["form"] is None


@pytest.mark.parametrize(("form", "language", "slot"), SLOTS)
def test_a_form_can_be_cancelled_at_any_slot(
    talk: Engine, form: str, language: str, slot: str
) -> None:
    talk.walk_to(form, language, slot)
    assert talk.say(CANCEL[language]).steps[0]["step"] == "cancel"
    assert (talk.state["form"], talk.state["slots"]) == (None, {})


def test_a_number_in_the_opening_wish_is_not_asked_again(talk: Engine) -> None:
    talk.say("call me back please at +82 2 555 0100")
    assert (talk.state["form"], talk.state["requested"]) == ("callback_form", "callback_topic")
    asked = talk.say("it is about an unpaid invoice").steps[-1]
    assert (asked["step"], asked["slot"]) == ("ask", "callback_time")
    assert talk.state["slots"]["phone"] == "+8225550100"


@pytest.mark.parametrize(("form", "language"), FORMS)
def test_a_filled_form_is_submitted_with_its_facts(talk: Engine, form: str, language: str) -> None:
    talk.walk_to(form, language, "confirmed")
    submitted = talk.say(FORMS[form, language][1]["confirmed"]).steps[0]
    assert (submitted["step"], submitted["form"]) == ("submit", form)
    assert set(submitted["facts"]) == set(FORMS[form, language][1]) - {"confirmed"}
    assert talk.state["form"] is None


@pytest.mark.parametrize(
    ("language", "words", "email"),
    [
        ("en", "no, the e-mail is right@firm.example", "right@firm.example"),
        ("es", "no, el correo es bueno@firma.example", "bueno@firma.example"),
        ("ko", "아니요 이메일은 lee@company.example 이에요", "lee@company.example"),
    ],
)
def test_a_correction_changes_one_slot_and_asks_again(
    talk: Engine, language: str, words: str, email: str
) -> None:
    talk.walk_to("ticket", language, "confirmed")
    matter = talk.state["slots"]["matter"]
    meant = talk.say(words)
    assert [step["step"] for step in meant.steps] == ["corrected", "ask"]
    assert talk.state["slots"]["email"] == email
    assert talk.state["slots"]["matter"] == matter


def test_two_unusable_values_offer_a_counselor(real_talker: Callable[..., Talker]) -> None:
    talk = real_talker()
    for words in ("leave a ticket", "the invoice of October is open", "my mail", "that address"):
        steps = talk.say(words)
    asked = outcome(steps)
    assert isinstance(asked, AskBack)
    assert "Talk to a counselor" in asked.choices
    assert hand_off(talk.say(asked.choices[-1])).facts["matter"] == "the invoice of October is open"


def test_a_form_survives_a_killed_engine_between_every_two_steps(rasa: Any) -> None:
    if not rasa.ours:
        pytest.skip("This Rasa was started by someone else: set DESK_RASA_PYTHON to kill one.")
    talk = Engine(rasa.url)
    begin, fill = FORMS["ticket", "es"]
    for text in (begin, *fill.values()):
        meant = talk.say(text)
        rasa.kill()
        rasa.start()
    assert meant.steps[0]["step"] == "submit"
    assert meant.steps[0]["facts"] == {"matter": fill["matter"], "email": fill["email"]}
    talk.client.close()


def test_a_hundred_form_turns_at_once_all_finish(rasa: Any) -> None:
    with ThreadPoolExecutor(100) as pool:
        talks = [Engine(rasa.url) for _ in range(100)]
        for text in ("leave a ticket", "the invoice is open since May", "a@b.co"):
            list(pool.map(lambda talk, text=text: talk.say(text), talks))
        ended = list(pool.map(lambda talk: talk.say("yes"), talks))
    assert {meant.steps[0]["step"] for meant in ended} == {"submit"}
    for talk in talks:
        talk.client.close()


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        "/session_start",
        '/inform{"email": "a@b.co"}',
        "//cancel",
        "EXTERNAL: x",
        " /back",
    ],
)
def test_the_channel_itself_takes_no_commands(rasa: Any, text: str) -> None:
    """The desk's client refuses these; this is the second lock, for whoever reaches the port."""
    inside = {"form": "ticket_form", "requested": "email", "slots": {"matter": "late"}}
    body = {"sender": "x", "text": text, "state": inside}
    answer = httpx.post(f"{rasa.url}/webhooks/desk/turn", json=body, timeout=60, trust_env=False)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "steps" not in answer.json()


@pytest.mark.parametrize(
    "path", ["/", "/status", "/model/parse", "/conversations/x/tracker", "/webhooks/rest/webhook"]
)
def test_nothing_but_the_channel_is_served(rasa: Any, path: str) -> None:
    if not rasa.ours:
        pytest.skip(
            "This Rasa was started by someone else: set DESK_RASA_PYTHON to check its routes."
        )
    for method in ("GET", "POST"):
        answer = httpx.request(method, rasa.url + path, timeout=30, trust_env=False)
        assert answer.status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize(
    "state",
    [
        {"form": "no_such_form", "requested": "x"},
        {"form": "ticket_form", "requested": "no_such_slot", "slots": 7},
        {"turns": [["no_such_intent", ["no_such_action"]], 3]},
        {"slots": {"no_such_slot": "x", "email": ["a"]}},
    ],
)
def test_a_foreign_state_is_refused_or_ignored_but_never_silence(rasa: Any, state: Any) -> None:
    body = {"sender": "x", "text": "how do I register?", "state": state}
    answer = httpx.post(f"{rasa.url}/webhooks/desk/turn", json=body, timeout=60, trust_env=False)
    assert answer.status_code in (httpx.codes.OK, httpx.codes.INTERNAL_SERVER_ERROR)
    assert answer.status_code != httpx.codes.OK or answer.json()["steps"]


def test_a_whole_talk_in_three_languages(real_talker: Callable[..., Talker]) -> None:
    for language, words in PERSON.items():
        talk = real_talker(language)
        begin, fill = FORMS["problem", language]
        assert talk.act(begin) == "clarify"
        assert talk.act(fill["problem_what"]) == "clarify"
        assert talk.act(DIGRESSIONS[language][1]) == "answer"
        handed = hand_off(talk.say(words))
        assert isinstance(handed, HandOff)
        assert (handed.queue, handed.goal) == ("technical", fill["problem_what"])
        assert talk.language == language
        for text in (begin, *fill.values()):
            steps = talk.say(text)
        assert isinstance(steps[0], OpenTicket)
