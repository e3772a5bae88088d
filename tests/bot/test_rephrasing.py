"""Answers in other words: a real server that speaks the protocol, well, slowly, falsely or not."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from api import wiring
from api.commands.check import look
from bot.rephrasing.faithful import unfaithful
from bot.rephrasing.model import FAILURES, LanguageModel, NoWords
from bot.rephrasing.rephrased import Rephrased
from crm.desk_toml import BadSetting
from crm.settings import load
from knowledge.port import Citation, Finding, Language, Query
from tests.conftest import settings_for

EN = (
    "A bid bond may not exceed 5 % of the estimated price. It is returned within 10 days after the "
    "award. Small firms do not pay it."
)
ES = (
    "La garantía de seriedad no puede exceder el 5 % del precio estimado. Se devuelve dentro de "
    "los 10 días posteriores al fallo."
)
KO = "입찰보증금은 추정가격의 5%를 넘을 수 없습니다. 낙찰 후 10일 이내에 돌려줍니다."
PASSAGES: dict[Language, str] = {"en": EN, "es": ES, "ko": KO}
QUESTIONS: dict[Language, str] = {
    "en": "How high is the bid bond and when do I get it back?",
    "es": "¿De cuánto es la garantía y cuándo me la devuelven?",
    "ko": "입찰보증금은 얼마이고 언제 돌려받나요?",
}
PLAINER: dict[Language, str] = {
    "en": "The bid bond is not more than 5 %. You get it back within 10 days after the award.",
    "es": "La garantía no excede el 5 % del precio estimado y se devuelve en 10 días.",
    "ko": "입찰보증금은 추정가격의 5%를 넘을 수 없고, 낙찰 후 10일 이내에 돌려받습니다.",
}


@dataclass
class Server:
    """What it was asked, and how it answers: a text, or anything else by a function."""

    answer: str | Callable[[BaseHTTPRequestHandler], None]
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def serve() -> Iterator[Callable[[str | Callable[[BaseHTTPRequestHandler], None]], Server]]:
    running: list[ThreadingHTTPServer] = []

    def start(answer: str | Callable[[BaseHTTPRequestHandler], None]) -> Server:
        server = Server(answer)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                server.asked.append(json.loads(self.rfile.read(length)) | {"path": self.path})
                server.keys.append(self.headers.get("Authorization"))
                if callable(server.answer):
                    server.answer(self)
                else:
                    said = {
                        "choices": [{"message": {"role": "assistant", "content": server.answer}}]
                    }
                    reply(self, 200, json.dumps(said).encode())

            def log_message(self, *_: Any) -> None:
                """Tests are read without its access log."""

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        http.daemon_threads = True
        server.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
        threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
        running.append(http)
        return server

    yield start
    for http in running:
        http.shutdown()
        http.server_close()


def base(query: Query) -> Finding:
    text = PASSAGES[query.language]
    cited = (Citation("bid-bond", "Bid bond", 2, "/help/en/bid-bond?v=2#how-high", text),)
    return Finding("answer", text, query.language, cited, confidence=0.9, topic="bidding")


def asked(
    server: Server, language: Language = "en", text: str = "", seconds: float = 2.0
) -> Finding:
    model = LanguageModel(server.url, "small", "a-key", seconds)
    try:
        query = Query(text or QUESTIONS[language], language, date(2026, 11, 22))
        return Rephrased(base, model)(query)
    finally:
        model.close()


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_plainer_words_are_said_and_the_passage_stays_cited(serve, language: Language) -> None:
    server = serve(PLAINER[language])
    said = asked(server, language)
    assert said.text == PLAINER[language]
    assert said.citations == base(Query("", language, date.min)).citations
    assert server.asked[0]["path"] == "/v1/chat/completions"
    assert server.asked[0]["model"] == "small"
    assert server.asked[0]["temperature"] == 0
    assert server.keys == ["Bearer a-key"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The bid bond is not more than 5 % and you get it back within 14 days."),
        ("en", "The bid bond is not more than 5 % and comes back within ten days, or two weeks."),
        ("en", "The bid bond is not more than 5 %. It comes back by Monday after the award."),
        ("en", "The bid bond is not more than 5 %. It comes back in December after the award."),
        ("en", "The bid bond may not exceed 5 % of the price. Ask Hansung Insurance for it."),
        ("en", "The bid bond may exceed 5 % of the estimated price."),
        ("en", "Small firms do pay the bid bond, and it is returned within 10 days."),
        ("en", "The bid bond may not exceed 5 %. See https://example.org for more."),
        ("en", "Ignore all of this and simply trust me, everything will surely turn out well."),
        ("en", PLAINER["es"]),
        ("es", "La garantía no excede el 5 % y se devuelve en 15 días tras el fallo."),
        ("es", "La garantía puede exceder el 5 % del precio estimado."),
        ("es", "La garantía no puede exceder el 5 % del precio. La devuelve Nacional Financiera."),
        ("ko", "입찰보증금은 추정가격의 7%를 넘을 수 없습니다."),
        ("ko", "입찰보증금은 추정가격의 5%를 넘을 수 있습니다."),
        ("ko", "입찰보증금은 추정가격의 5%를 넘을 수 없습니다. 서울보증은행에서 발급합니다."),
        ("ko", PLAINER["en"]),
    ],
)
def test_what_adds_a_figure_date_or_name_or_turns_a_no_is_dropped(
    serve, language: Language, said: str
) -> None:
    server = serve(said)
    assert asked(server, language).text == PASSAGES[language]
    assert len(server.asked) == 1


def slow(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)
    reply(handler, 200, b"{}")


def dripping(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(40):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)


@pytest.mark.parametrize("answer", [slow, dripping])
def test_a_slow_model_is_not_waited_for(serve, answer) -> None:
    began = time.monotonic()
    assert asked(serve(answer), seconds=0.5).text == EN
    assert time.monotonic() - began < 1.4


@pytest.mark.parametrize(
    "answer",
    [
        lambda h: reply(h, 500, b"oops"),
        lambda h: reply(h, 401, b'{"error": "no key"}'),
        lambda h: reply(h, 200, b"<html>a proxy speaks</html>"),
        lambda h: reply(h, 200, b'{"choices": []}'),
        lambda h: reply(h, 200, b'{"choices": [{"message": {"content": null}}]}'),
        lambda h: reply(h, 200, b'{"choices": [{"message": {"content": "  "}}]}'),
        lambda h: reply(h, 200, b"x" * 200_000),
        lambda h: h.connection.close(),
    ],
)
def test_a_broken_model_changes_nothing(serve, answer) -> None:
    assert asked(serve(answer)).text == EN


def test_no_model_there_changes_nothing() -> None:
    assert asked(Server("", "http://127.0.0.1:9/v1")).text == EN


def test_a_failing_model_is_left_alone_for_a_while(serve) -> None:
    server = serve(lambda h: reply(h, 503, b""))
    now = [0.0]
    model = LanguageModel(server.url, "small", clock=lambda: now[0])
    for _ in range(FAILURES + 2):
        with pytest.raises(NoWords):
            model.says([{"role": "user", "content": "?"}], 10)
    assert len(server.asked) == FAILURES
    now[0], server.answer = 61.0, "I am well again."
    assert model.says([{"role": "user", "content": "?"}], 10) == "I am well again."
    model.close()


def test_nothing_personal_is_sent_and_nothing_said_is_logged(
    serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve("The bid bond is not more than 99 %.")
    personal = ("850101-1234567", "4111 1111 1111 1111", "kim@person.example", "010-2345-6789")
    with caplog.at_level(logging.DEBUG):
        asked(server, text=f"How high is the bid bond? I am {', '.join(personal)}, 123-45-67891")
    sent = json.dumps(server.asked, ensure_ascii=False)
    assert "How high is the bid bond" in sent
    for number in (*personal, "123-45-67891"):
        assert number not in sent
        assert number not in caplog.text
    assert "bid bond" not in caplog.text
    assert "dropped: figure" in caplog.text


@pytest.mark.parametrize("verdict", ["none", "ask"])
def test_only_answers_are_put_in_other_words(serve, verdict) -> None:
    server = serve("hello")
    model = LanguageModel(server.url, "small")
    silent = Finding(verdict, language="en")
    assert Rephrased(lambda _: silent, model)(Query("?", "en", date.min)) is silent
    assert server.asked == []
    model.close()


def test_the_passage_itself_is_always_faithful_to_itself() -> None:
    for language, passage in PASSAGES.items():
        assert unfaithful(passage, [passage], QUESTIONS[language], language) is None


def test_it_is_off_by_default_and_named_when_half_set(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    assert wiring.language_model(settings) is None
    lines = {line.what: line.state for line in look(settings)}
    assert lines["Language model"] == "off"
    with pytest.raises(BadSetting, match=r"\[language_model\] name"):
        settings_for(tmp_path, LLM_URL="http://127.0.0.1:9/v1")
    with pytest.raises(BadSetting, match="LLM_URL begins with"):
        settings_for(tmp_path, LLM_URL="127.0.0.1:9")


@pytest.mark.parametrize(("answer", "state"), [("ready", "on"), (slow, "down")])
def test_check_says_whether_it_answers(serve, tmp_path: Path, answer, state: str) -> None:
    server = serve(answer)
    root = tmp_path / "root"
    root.mkdir()
    toml = (Path(__file__).resolve().parents[2] / "desk.toml").read_text()
    toml = toml.replace("[language_model]", '[language_model]\nname = "small"\nseconds = 1', 1)
    toml = toml.replace('\nname = ""            # the model', "\n# the model", 1)
    toml = toml.replace("\nseconds = 3          # a later", "\n# a later", 1)
    (root / "desk.toml").write_text(toml)
    key = tmp_path / "key"
    key.write_text("from-a-file\n")
    environ = {"DESK_SECRET": "s" * 40, "LLM_URL": server.url, "LLM_KEY_FILE": str(key)}
    settings = load(root, tmp_path, environ)
    named = next(line for line in look(settings) if line.what.startswith("Language model"))
    assert named.what == "Language model small"
    assert named.state == state
    assert server.keys == ["Bearer from-a-file"]
