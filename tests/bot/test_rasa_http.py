"""The engine's client against a real socket that misbehaves."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.rasa_http import EngineDown, RasaClient

GOOD = {
    "steps": [{"step": "search"}],
    "state": {"form": None},
    "intent": {"name": "ask_question", "confidence": 0.9, "entities": []},
}


@pytest.fixture
def served() -> Iterator[Callable[[int, Any, float], str]]:
    """Starts a server that answers every POST with (status, body) after a pause; gives its URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: Any, pause: float = 0.0) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                time.sleep(pause)
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_good_answer_is_understood(served: Any) -> None:
    client = RasaClient(served(200, GOOD))
    assert client.understand("c", "how?", "en", {}).intent == "ask_question"
    client.close()


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, {"error": "x"}), (200, []), (200, {**GOOD, "steps": []}), (200, b"<html>"), (503, {})],
)
def test_a_crash_or_an_empty_answer_is_no_answer(served: Any, status: int, body: Any) -> None:
    client = RasaClient(served(status, body))
    with pytest.raises(EngineDown):
        client.understand("c", "how?", "en", {})
    client.close()


def test_a_late_answer_is_no_answer(served: Any) -> None:
    client = RasaClient(served(200, GOOD, 1.0), timeout=0.2)
    with pytest.raises(EngineDown):
        client.understand("c", "how?", "en", {})
    client.close()


def test_nobody_there_is_no_answer() -> None:
    client = RasaClient("http://127.0.0.1:9", timeout=0.5)
    assert not client.ready()
    with pytest.raises(EngineDown):
        client.understand("c", "how?", "en", {})
    client.close()


@pytest.mark.parametrize("text", ["/restart", " /inform{}", "EXTERNAL: x"])
def test_a_command_is_refused_before_it_is_sent(text: str) -> None:
    client = RasaClient("http://127.0.0.1:9")
    with pytest.raises(ValueError, match="command"):
        client.understand("c", text, "en", {})
    client.close()


def test_a_connection_is_kept_and_one_closed_meanwhile_is_opened_anew() -> None:
    """The engine closes what stands open for long; nobody who asks afterwards notices."""
    came: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            came.append(self.client_address[1])
            self.rfile.read(int(self.headers["Content-Length"]))
            text = json.dumps(GOOD).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            self.close_connection = len(came) == 2  # without a word of it

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = RasaClient(f"http://127.0.0.1:{server.server_port}")
    for _ in range(3):
        assert client.understand("c", "how?", "en", {}).intent == "ask_question"
        time.sleep(0.1)
    client.close()
    server.shutdown()
    server.server_close()
    assert came[0] == came[1] != came[2]


def test_something_else_is_done_while_the_engine_thinks() -> None:
    asked, done = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.set()
            done.wait(5)  # answers only after the other thing was done
            text = json.dumps(GOOD).encode()
            self.send_response(200 if done.is_set() else 500)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            return

    def other() -> None:
        assert asked.wait(5)
        done.set()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = RasaClient(f"http://127.0.0.1:{server.server_port}")
    assert client.understand("c", "how?", "en", {}, other).intent == "ask_question"
    client.close()
    server.shutdown()
    server.server_close()
