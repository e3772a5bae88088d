"""A real browser before a real desk: guests, people of the desk, and what must never be seen."""

import contextlib
import http.server
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FrameLocator,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from api import auth
from crm import counselors, db
from crm.events import SYSTEM
from crm.models import Counselor
from knowledge import article_text, editing

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 360, "height": 740}
PATIENCE = 20_000
ARTICLE = """---
id: price-floor
language: {language}
title: {title}
topic: sme
audience: supplier
queue: sme_support
law: ""
valid-from: 2021-01-01
valid-until:
source: "A made-up source, page 1"
owner: knowledge-editors
---
A lead.

## {title}? {{#floor}}
? another way to ask
The floor is 88 %.

## {title}: services? {{#services}}
- One
- Two
"""
# Other work may share the machine; a wait is over as soon as its sight is there.
expect.set_options(timeout=PATIENCE)
TITLES = {"en": "Price floor", "es": "Precio mínimo", "ko": "최저 낙찰가격"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    found = (named, *CHROMIUM, shutil.which("chromium"))
    return next((path for path in found if path and Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("Chromium is not installed: ./desk test --install gets it")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, headless=True, args=[*FLAGS])
        yield opened
        opened.close()


@dataclass
class Watch:
    """What the browser complained about: any of it fails the test."""

    seen: list[str] = field(default_factory=list)
    forgiven: tuple[str, ...] = ()

    def page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.seen.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._console(page, said.type, said.text))

    def _console(self, page: Page, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.seen.append(f"{page.url}: {text}")

    def complaints(self) -> list[str]:
        return [text for text in self.seen if not any(word in text for word in self.forgiven)]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails a test whose pages broke the policy or threw; `forgiven` names what a test provokes."""
    watching = Watch()
    yield watching
    assert watching.complaints() == []


@dataclass
class Windows:
    """Separate browsers: nothing is shared between two of them."""

    browser: Browser
    watch: Watch
    opened: list[BrowserContext] = field(default_factory=list)

    def open(self, size: dict[str, int] | None = None, **more: object) -> Page:
        # Still pages: colours are measured, and a button on its way to another has neither.
        more = {"reduced_motion": "reduce"} | more
        context = self.browser.new_context(
            viewport=size or WIDE, locale="en-US", accept_downloads=True, **more
        )
        context.set_default_timeout(PATIENCE)
        self.opened.append(context)
        return self.tab(context)

    def tab(self, context: BrowserContext) -> Page:
        page = context.new_page()
        self.watch.page(page)
        return page


@pytest.fixture
def windows(browser: Browser, watch: Watch, desk) -> Iterator[Windows]:
    del desk  # named so that the windows are closed before it is
    opened = Windows(browser, watch)
    yield opened
    for context in opened.opened:
        context.close()


@pytest.fixture(autouse=True)
def whole_before_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that names a part of its page is scrolled to once the page is whole: what is
    pressed before that may move away between the pointer's way there and the press."""
    press = Locator.click

    def press_when_whole(self: Locator, **how: Any) -> None:
        if "#" in self.page.url:
            self.page.wait_for_load_state("load")
        press(self, **how)

    monkeypatch.setattr(Locator, "click", press_when_whole)


@pytest.fixture
def desk(desk_server):
    """A desk on a port of this machine, with one article in each language."""
    with db.transaction(desk_server.engine) as s:
        for language, title in TITLES.items():
            text = ARTICLE.format(language=language, title=title)
            editing.take_in(s, SYSTEM, article_text.parse(text))
    return desk_server


class Chat:
    """The widget as a guest uses it, in a page of its own or in a frame."""

    def __init__(self, place: Page | FrameLocator) -> None:
        self.place = place
        self.text = place.locator("#text")
        self.notice = place.locator("#notice")
        self.standing = place.locator("#standing")

    def say(self, text: str) -> None:
        self.text.fill(text)
        self.place.locator("#composer .send").click()

    def message(self, text: str):
        return self.place.locator(".messages .message", has_text=text)

    def reply(self, act: str):
        return self.place.locator(f".messages .message[data-act={act}]")

    def texts(self) -> list[str]:
        return self.place.locator(".messages .message-text").all_inner_texts()


def chat_page(windows: Windows, desk, language: str = "en", size=None) -> tuple[Page, Chat]:
    page = windows.open(size)
    page.goto(f"{desk.url}/widget?lang={language}")
    return page, Chat(page)


def signed_in(windows: Windows, desk, role: str, language: str = "en") -> Page:
    """A window of the console for one of the desk's people, who has just signed in."""
    with db.transaction(desk.engine) as s:
        counselors.use_interface(s, desk.people[role].id, language)
        cookie, _ = counselors.sign_in(s, s.get_one(Counselor, desk.people[role].id))
    page = windows.open()
    page.context.add_cookies([{"name": auth.COOKIE, "value": cookie, "url": desk.url}])
    page.goto(f"{desk.url}/console")
    if role != "editor":
        page.locator("#connection[data-state=live]").wait_for()
    return page


def waiting(page: Page):
    return page.locator("#list-waiting a")


def accept_first(page: Page) -> None:
    waiting(page).first.click()
    page.locator("#do-accept").click()
    page.locator("#list-mine a").first.wait_for()
    page.locator("#composer[data-audience=public]").wait_for()


class Road:
    """A stretch of wire between browser and desk that can be cut and mended."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """End every connection and take no new one."""
        self._cut = True
        with self._lock:
            ended, self._open = self._open, []
        for end in ended:
            _end(end)

    def mend(self) -> None:
        self._cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._cut:
                _end(near)
                continue
            far = socket.create_connection(("127.0.0.1", self._target))
            with self._lock:
                self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _end(source)
    _end(sink)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@pytest.fixture
def road(desk) -> Iterator[Road]:
    made = Road(int(desk.url.rsplit(":", 1)[1]))
    yield made
    made.close()


class _Page(http.server.BaseHTTPRequestHandler):
    html = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"" if self.path == "/favicon.ico" else self.html)

    def log_message(self, *_: object) -> None:
        """Tests speak for themselves."""


@pytest.fixture
def other_site(desk) -> Iterator[str]:
    """An agency's own page, of another origin, with the one script tag in it."""
    html = f"""<!doctype html><html lang="en"><title>An agency</title><h1>An agency</h1>
    <p>A page of its own. <a href="/second">Second page</a></p>
    <script src="{desk.url}/widget.js" data-lang="en" data-title="Ask the agency" async></script>"""
    handler = type("Handler", (_Page,), {"html": html.encode()})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()
