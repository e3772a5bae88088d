"""Phoning the demo desk from a page: in three languages, by keys and words, up to a counselor."""

import pytest
from playwright.sync_api import expect

from api.pages import words as page_words
from routing.calls import words
from tests.browser.conftest import accept_first, signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe

assert axe  # a fixture of that module, used here too


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_from_the_page(windows, desk, axe, language):
    checks, page = Checks(axe), windows.open()
    page.goto(f"{desk.url}/demo/phone?lang={language}")
    checks.all(page, f"demo phone, idle {language}")
    page.locator("#call").click()
    thread = page.locator("#thread")
    expect(thread).to_contain_text(words.say("ko", "language"))
    page.locator(f"[data-key='{LANGUAGES.index(language) + 1}']").click()
    expect(thread).to_contain_text(words.say(language, "consent"))
    page.locator("[data-key='1']").click()
    expect(thread).to_contain_text(words.say(language, "question"))
    expect(page.locator("[data-key='1']")).to_be_focused()  # whoever goes by keys goes on there
    page.locator("#words-said").fill("What is the floor?")
    page.locator("#speech button[type=submit]").click()
    expect(thread).to_contain_text("88")
    checks.all(page, f"demo phone, in a call {language}")
    page.locator("[data-key='0']").click()
    expect(thread).to_contain_text(words.say(language, "position_first"))
    counselor = signed_in(windows, desk, "counselor", language)
    accept_first(counselor)
    said = page.locator("#state")
    expect(said).to_contain_text({"en": "counselor", "es": "asesor", "ko": "상담원"}[language])
    counselor.locator("#text").fill("Your reference is A-17.")
    counselor.locator("#composer .send").click()
    expect(thread).to_contain_text("Your reference is A-17.")  # what is written is heard
    page.locator("#hang-up").click()
    expect(page.locator("#call")).to_be_enabled()
    page.locator("#call").click()
    expect(page.locator("[data-key='1']")).to_be_enabled()
    windows.watch.forgiven = ("INTERNET_DISCONNECTED",)
    page.context.set_offline(True)
    page.locator("[data-key='1']").click()
    expect(said).to_contain_text(page_words.of(language)("phone.lost"))  # and not silence for ever
    expect(page.locator("#call")).to_be_enabled()
    assert checks.wrong == []
