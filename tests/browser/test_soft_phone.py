"""The counselor's phone in the console: the line in the browser, and the call wherever it rings.

The provider's script is stood in for by one that has the few names of it that the page uses; what
is ordered goes to the desk itself.
"""

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from api.app import create
from routing.calls import words
from tests.browser.conftest import ROOT, accept_first, signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe
from tests.conftest import DeskServer, NoKnowledge, served, settings_for, sign_up_everyone
from tests.scripted_bot import ScriptedBot

assert axe  # a fixture of that module, used here too

VENDOR = ROOT / "web" / "static" / "vendor"
STAND_IN = """
window.Twilio = { Device: class {
  constructor(token) { this.heard = {}; this.token = token; window.device = this; }
  on(name, heard) { this.heard[name] = heard; }
  async register() { this.heard.registered(); }
  updateToken(token) { this.token = token; }
  ring() {
    const heard = {};
    window.line = {
      muted: false, keys: "", taken: false,
      on: (name, then) => { heard[name] = then; },
      accept() { this.taken = true; }, disconnect() { heard.disconnect(); },
      mute(on) { this.muted = on; }, isMuted() { return this.muted; },
      sendDigits(keys) { this.keys += keys; },
    };
    this.heard.incoming(window.line);
  }
} };
"""


@pytest.fixture
def desk_server(sqlite_engine: Engine, tmp_path: Path) -> Iterator[DeskServer]:
    """A desk whose counselors may be rung in the browser."""
    settings = settings_for(
        tmp_path, DESK_RATE_LIMITS="off", TWILIO_ACCOUNT_SID="AC" + "0" * 32,
        TWILIO_AUTH_TOKEN="t" * 32, TWILIO_API_KEY="SK" + "1" * 32,
        TWILIO_API_SECRET="a secret that is long enough for HS256",
    )  # fmt: skip
    people = sign_up_everyone(sqlite_engine)
    app = create(settings, engine=sqlite_engine, bot=ScriptedBot(), knowledge=NoKnowledge())
    with served(app) as url:
        yield DeskServer(url, sqlite_engine, settings, people)


def in_line(windows, desk, language: str) -> Page:
    """A caller of the demo page who waits for a counselor."""
    caller = windows.open()
    caller.goto(f"{desk.url}/demo/phone?lang={language}")
    caller.locator("#call").click()
    thread = caller.locator("#thread")
    for heard, key in (
        (words.say("ko", "language"), str(LANGUAGES.index(language) + 1)),
        (words.say(language, "consent"), "1"),
        (words.say(language, "question"), "0"),
    ):
        expect(thread).to_contain_text(heard)
        caller.locator(f"[data-key='{key}']").click()
    expect(thread).to_contain_text(words.say(language, "position_first"))
    return caller


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_is_taken_held_muted_and_ended_in_the_browser(windows, desk, axe, language):
    # The real script is loaded first, and finds no Twilio here; it breaks no policy in looking.
    windows.watch.forgiven = ("net::ERR_", "TwilioVoice", "vendor/twilio")
    checks = Checks(axe)
    in_line(windows, desk, language)
    page = signed_in(windows, desk, "counselor", language)
    page.route(
        "**/static/vendor/twilio-voice-*.js",
        lambda route: route.fulfill(body=STAND_IN, content_type="text/javascript"),
    )
    page.reload()
    page.wait_for_function("() => window.device")
    bar = page.locator("#phone-bar")
    expect(bar).to_be_hidden()
    accept_first(page)
    expect(bar).to_be_visible()
    expect(page.locator("#phone-mute")).to_be_hidden()  # the line is not here yet
    page.evaluate("() => window.device.ring()")
    assert page.evaluate("() => window.line.taken")
    page.locator("#phone-mute").click()
    expect(page.locator("#phone-mute")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("() => window.line.muted")
    page.locator("#phone-keys").click()
    page.locator("#phone-keypad [data-key='5']").click()
    assert page.evaluate("() => window.line.keys") == "5"
    hold = page.locator("#phone-hold")
    hold.click()
    expect(hold).to_have_attribute("aria-pressed", "true")
    checks.all(page, f"soft phone {language}")
    hold.click()
    expect(hold).to_have_attribute("aria-pressed", "false")
    pause = page.locator("#phone-pause")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    # Whatever else is looked at, the call goes on.
    page.locator("#phone-transfer").click()
    expect(page.locator("#transfer-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.go_back()
    expect(bar).to_be_visible()
    assert page.evaluate("() => window.line.taken")
    page.locator("#phone-end").click()
    page.evaluate("() => window.line.disconnect()")
    expect(page.locator("#phone-mute")).to_be_hidden()
    assert checks.wrong == []


def test_what_is_vendored_is_what_its_package_holds():
    told = tomllib.loads((VENDOR / "vendored.toml").read_text("utf-8"))
    scripts = {path.name for path in VENDOR.glob("*.js")}
    assert set(told) == scripts
    for name, of in told.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == of["sha256"]
        assert of["version"] in name
