"""Every page in every language: no violation that axe can find, nothing wider than a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AXE, PHONE, WIDE, Chat, accept_first, signed_in, waiting

LANGUAGES = ("en", "es", "ko")
PUBLIC = ("/", "/help", "/help?q=floor", "/help/{language}/price-floor", "/sign-in", "/no-such-page")
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
            """() => [...document.querySelectorAll("button, select, summary, nav a, input:not([type=hidden])")]
                .filter((e) => e.checkVisibility() && !e.closest(".hidden-words, .trail"))
                .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
                .filter(([, r]) => r.width && (r.width < 24 || r.height < 24)
                  && !(r.width >= 19 && r.height >= 19))
                .map(([e, r]) => `${e} ${r.width}x${r.height}`)"""
        )
        self.wrong += [(name, "small target", target) for target in small]

    def all(self, page: Page, name: str) -> None:
        self.page(page, name)
        for size in (PHONE, {"width": 320, "height": 560}, WIDE):
            page.set_viewport_size(size)
            self.width(page, f"{name} at {size['width']}")
        self.targets(page, name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_public_pages(windows, desk, axe, language, scheme):
    windows.watch.forgiven = ("404",)
    checks, page = Checks(axe), windows.open(color_scheme=scheme)
    for path in PUBLIC:
        page.goto(desk.url + path.format(language=language))
        if page.locator("html").get_attribute("lang") != language:
            page.goto(f"{desk.url}{path}{'&' if '?' in path else '?'}lang={language}")
        expect(page.locator("#sinmungo-widget button")).to_be_visible()
        checks.all(page, f"{path} {language} {scheme}")
    page.goto(f"{desk.url}/?lang={language}")
    for topic in page.locator(".topic summary").all():
        topic.click()
    checks.all(page, f"open topics {language}")
    page.goto(f"{desk.url}/widget?lang={language}")
    checks.all(page, f"fresh widget {language} {scheme}")
    chat = Chat(page)
    for text in ("What is the price floor?", f"which {LONG}", "unknown"):
        chat.say(text)
        page.locator("#working").wait_for(state="hidden")
    page.locator(".source summary").first.click()
    page.locator("#menu summary").click()
    chat.say(" ")
    checks.all(page, f"widget in use {language} {scheme}")
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_console(windows, desk, axe, language):
    checks = Checks(axe)
    guest = windows.open()
    guest.goto(f"{desk.url}/widget?lang={language}")
    chat = Chat(guest)
    chat.say(f"a person today {LONG}")
    chat.place.locator(".message[data-act=handoff]").wait_for()
    page = signed_in(windows, desk, "supervisor")
    page.locator(".account summary").click()
    page.locator(f".account button[value={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    checks.all(page, f"console, nothing open {language}")
    waiting(page).first.click()
    expect(page.locator("#do-accept")).to_be_visible()
    checks.all(page, f"console, waiting {language}")
    page.locator("#list-waiting a").first.click()
    accept_first(page)
    page.locator("#text").fill("An answer " * 30)
    page.keyboard.press("Control+Enter")
    page.locator("#composer input[value=internal]").check()
    page.locator("#text").fill("A note")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.internal")).to_be_visible()
    page.locator("#last-turns summary").click()
    checks.all(page, f"console, in talk {language}")
    for opener, dialog in (
        ("#do-transfer", "#transfer-dialog"),
        ("#do-wrap", "#wrap-dialog"),
        ("#open-settings", "#settings-dialog"),
    ):
        page.locator(opener).click()
        expect(page.locator(dialog)).to_be_visible()
        checks.all(page, f"{dialog} {language}")
        page.keyboard.press("Escape")
    page.locator("#do-wrap").click()
    page.locator("#wrap-dialog button[value=do]").click()
    guest.locator("#survey").wait_for()
    checks.all(guest, f"survey {language}")
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_beside_the_console(windows, desk, axe, language):
    windows.watch.forgiven = ("403",)
    checks = Checks(axe)
    guest = windows.open()
    guest.goto(f"{desk.url}/widget?lang={language}")
    Chat(guest).say(f"a ticket please {LONG}"[:280])
    guest.locator(".message[data-author=bot]").nth(1).wait_for()
    for role in ("senior", "admin", "editor"):
        page = signed_in(windows, desk, role)
        page.locator(".account summary").click()
        page.locator(f".account button[value={language}]").click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        checks.all(page, f"console of {role} {language}")
        for path in ("/console/people", "/console/tickets"):
            page.goto(desk.url + path)
            checks.all(page, f"{path} {role} {language}")
        ticket = page.locator("tbody a")
        if ticket.count():
            ticket.first.click()
            page.locator("#subject").wait_for()
            checks.all(page, f"ticket {role} {language}")
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
