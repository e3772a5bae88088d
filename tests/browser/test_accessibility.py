"""Every page in every language: no violation that axe can find, nothing wider than a phone."""

import pytest
from playwright.sync_api import Page, expect

from crm import db, replies
from crm.events import SYSTEM
from tests.browser.conftest import AXE, WIDE, Chat, accept_first, signed_in

LANGUAGES = ("en", "es", "ko")
# Narrower than any phone of today: a wide screen at a zoom of 400 % (WCAG 1.4.10).
NARROW = {"width": 320, "height": 560}
PUBLIC = (
    "/",
    "/help",
    "/help?q=floor",
    "/help/{language}?topic=sme",
    "/help/{language}/price-floor",
    "/sign-in",
    "/no-such-page",
)
LONG = "Maximiliana-Guadalupe de la Fuente y Hernández-Villanueva del Río Grande " * 3


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in web/ gets it")
    return AXE.read_text("utf-8")


class Checks:
    """Gathers what is wrong, so that one run names all of it."""

    def __init__(self, axe: str) -> None:
        self.axe, self.wrong = axe, []

    def page(self, page: Page, name: str) -> None:
        # Over the browser's own line: the page's policy rightly allows no script of ours.
        page.evaluate(self.axe)
        found = page.evaluate("() => axe.run(document, {iframes: false})")
        for violation in found["violations"]:
            for node in violation["nodes"]:
                self.wrong.append((name, violation["id"], node["target"], node["failureSummary"]))

    def width(self, page: Page, name: str) -> None:
        wide, seen = page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        if wide > seen:
            self.wrong.append((name, "wider than the screen", wide, seen))

    def targets(self, page: Page, name: str) -> None:
        """Controls are at least 24 px high and wide, but for links in running text."""
        small = page.evaluate(
            """() => [...document.querySelectorAll(
                  "button, select, summary, nav a, input:not([type=hidden])")]
                .filter((e) => e.checkVisibility() && !e.closest(".hidden-words, .trail"))
                .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
                .filter(([, r]) => r.width && (r.width < 24 || r.height < 24)
                  && !(r.width >= 19 && r.height >= 19))
                .map(([e, r]) => `${e} ${r.width}x${r.height}`)"""
        )
        self.wrong += [(name, "small target", target) for target in small]

    def all(self, page: Page, name: str) -> None:
        self.page(page, name)
        page.set_viewport_size(NARROW)
        self.width(page, f"{name} at {NARROW['width']}")
        self.targets(page, name)
        page.set_viewport_size(WIDE)


@pytest.mark.parametrize(
    ("language", "scheme"), [("en", "light"), ("es", "light"), ("ko", "light"), ("en", "dark")]
)
def test_public_pages(windows, desk, axe, language, scheme):
    windows.watch.forgiven = ("404",)
    checks, page = Checks(axe), windows.open(color_scheme=scheme)
    page.goto(f"{desk.url}/widget?lang={language}")
    checks.all(page, f"fresh widget {language} {scheme}")
    chat = Chat(page)
    for text, act in (
        ("What is the price?", "answer"),
        (f"which {LONG}", "clarify"),
        ("unknown", "abstain"),
    ):
        chat.say(text)
        expect(chat.reply(act)).to_be_visible()
    page.locator(".source summary").first.click()
    page.locator("#menu summary").click()
    chat.say(" ")
    checks.all(page, f"widget in use {language} {scheme}")
    page.goto(f"{desk.url}/?lang={language}")  # from here on the site remembers it
    for path in PUBLIC:
        page.goto(desk.url + path.format(language=language))
        expect(page.locator("html")).to_have_attribute("lang", language)
        # Over the fields of a sign-in it would be in the way.
        shown = 0 if path.startswith("/sign-in") else 1
        expect(page.locator("#sinmungo-widget button")).to_have_count(shown)
        for topic in page.locator(".topic summary").all():
            topic.click()
        checks.all(page, f"{path} {language} {scheme}")
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_console(windows, desk, axe, language):
    checks = Checks(axe)
    guest = windows.open()
    guest.goto(f"{desk.url}/widget?lang={language}")
    chat = Chat(guest)
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()
    chat.say(f"a person today {LONG}")
    expect(chat.reply("handoff")).to_be_visible()
    expect(guest.locator("#place")).to_be_visible()
    checks.all(guest, f"waiting {language}")
    with db.transaction(desk.engine) as s:
        replies.save(s, SYSTEM, name="Greeting", texts={language: f"{{contact}} {LONG}"})
    page = signed_in(windows, desk, "supervisor", language)
    checks.all(page, f"console, nothing open {language}")
    accept_first(page)
    page.locator("#text").fill("An answer " * 30)
    page.keyboard.press("Control+Enter")
    page.locator("#composer input[value=internal]").check()
    page.locator("#text").fill("A note")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.internal")).to_be_visible()
    page.locator("#last-turns summary").click()
    page.locator("#log .source summary").click()
    page.locator("#log .source a").click()
    expect(page.locator("#article-title")).to_be_visible()
    page.locator("#filter-q").fill("floor")
    page.keyboard.press("Enter")
    expect(page.locator("#list-found a")).to_have_count(1)
    checks.all(page, f"console, in talk {language}")
    # Without motion the colours change at once, and not while they are looked at.
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_timeout(300)
    checks.page(page, f"console, in talk, dark {language}")
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.locator("#composer input[value=public]").check()
    for opener, dialog in (
        ("#do-transfer", "#transfer-dialog"),
        ("#do-end", "#end-talk-dialog"),
        ("#do-wrap", "#wrap-dialog"),
        ("#open-settings", "#settings-dialog"),
        ("#open-replies", "#replies-dialog"),
    ):
        page.locator(opener).click()
        expect(page.locator(dialog)).to_be_visible()
        checks.all(page, f"{dialog} {language}")
        page.keyboard.press("Escape")
    guest.locator("#menu summary").click()
    guest.locator("#end").click()
    checks.all(guest, f"#end-dialog {language}")
    guest.locator("#end-dialog button[value=yes]").click()
    expect(page.locator("#composer input[value=public]")).to_be_disabled()
    checks.page(page, f"console, wrap-up due {language}")
    page.locator("#do-wrap").click()
    page.locator("#wrap-dialog button[value=do]").click()
    expect(guest.locator("#survey")).to_be_visible()
    checks.all(guest, f"survey {language}")
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_beside_the_console(windows, desk, axe, language):
    windows.watch.forgiven = ("403", "422")
    checks = Checks(axe)
    guest = windows.open()
    guest.goto(f"{desk.url}/widget?lang={language}")
    Chat(guest).say(f"a ticket please {LONG}"[:280])
    expect(Chat(guest).reply("action_done")).to_be_visible()
    page = signed_in(windows, desk, "senior", language)
    page.goto(f"{desk.url}/console/tickets")
    checks.all(page, f"tickets {language}")
    page.locator("tbody a").first.click()
    page.locator("#subject").wait_for()
    checks.all(page, f"ticket {language}")
    page = signed_in(windows, desk, "admin", language)
    page.goto(f"{desk.url}/console/people")
    checks.all(page, f"people {language}")
    page.locator("tbody a").nth(1).click()
    page.locator("#ask-reset summary").click()
    page.locator("button[value=reset]").click()
    page.locator(".secret").wait_for()
    checks.all(page, f"person {language}")
    page.goto(f"{desk.url}/console/account")
    checks.all(page, f"account {language}")
    page.goto(f"{desk.url}/console/replies")
    page.locator("#text-ko").fill("{nothing}")
    page.locator("#name").fill(LONG[:60])
    page.locator("button[type=submit]").last.click()
    page.locator("[role=alert]").wait_for()
    checks.all(page, f"replies {language}")
    page = signed_in(windows, desk, "editor", language)
    checks.all(page, f"console of an editor {language}")
    page.goto(f"{desk.url}/console/people")
    checks.all(page, f"403 {language}")
    assert checks.wrong == []


def test_nothing_moves_for_those_who_ask_for_calm(windows, desk):
    page = windows.open(reduced_motion="reduce")
    page.goto(f"{desk.url}/widget?lang=en")
    Chat(page).say("What is the price floor?")
    moving = page.evaluate("() => document.getAnimations().length")
    assert moving == 0


def test_at_double_zoom_the_chat_can_still_be_used(windows, desk):
    page = windows.open({"width": 640, "height": 400}, device_scale_factor=2)
    page.goto(f"{desk.url}/widget?lang=es")
    chat = Chat(page)
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()
    page.locator("#person").scroll_into_view_if_needed()
    page.locator("#person").click()
    expect(chat.reply("handoff")).to_be_visible()
