"""The console: the keyboard alone, a lost line, a session that ends, and focus that stays."""

import re
from dataclasses import replace

from playwright.sync_api import expect

from tests.browser.conftest import accept_first, chat_page, signed_in, waiting


def test_the_keyboard_is_enough_for_a_counselor(windows, desk):
    _, chat = chat_page(windows, desk)
    chat.say("a person please")
    page = signed_in(windows, desk, "counselor")
    expect(waiting(page)).to_have_count(1)
    page.keyboard.press("q")
    page.keyboard.press("Enter")
    expect(page.locator("#talk-name")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#list-mine a")).to_have_count(1)
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("Typed: a, t and w are letters here.")
    page.keyboard.press("Control+Enter")
    expect(chat.message("Typed: a, t and w are letters here.")).to_be_visible()
    page.locator("#talk-name").focus()
    page.keyboard.press("n")
    page.keyboard.type("a note")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.internal")).to_have_count(1)
    page.locator("#talk-name").focus()
    page.keyboard.press("w")
    expect(page.locator("#wrap-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#wrap-dialog")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#settings-dialog")).to_be_visible()
    page.locator("#set-shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.locator("#talk-name").focus()
    page.keyboard.press("w")
    expect(page.locator("#wrap-dialog")).to_be_hidden()


def test_what_comes_in_moves_neither_focus_nor_draft(windows, desk):
    _, chat = chat_page(windows, desk)
    page = signed_in(windows, desk, "counselor")
    chat.say("a person please")
    accept_first(page)
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("half an ans")
    chat.say("one more thing")
    chat_page(windows, desk)[1].say("a person for me too")
    expect(page.locator("#log .message", has_text="one more thing")).to_be_visible()
    expect(waiting(page)).to_have_count(1)
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#text")).to_have_value("half an ans")
    page.locator("#list-mine a").focus()
    chat.say("and another")
    expect(page.locator("#log .message", has_text="and another")).to_be_visible()
    expect(page.locator("#list-mine a")).to_be_focused()
    page.reload()
    expect(page.locator("#text")).to_have_value("half an ans")


def test_a_lost_line_loses_nothing_at_the_desk(windows, desk, road):
    windows.watch.forgiven = ("ERR_", "WebSocket")
    _, chat = chat_page(windows, desk)

    page = signed_in(windows, replace(desk, url=road.url), "counselor")
    chat.say("a person please")
    accept_first(page)
    expect(chat.standing).to_contain_text("counselor is with you")
    road.cut()
    expect(page.locator("#connection")).to_have_attribute("data-state", "offline")
    expect(page.locator("#offline-bar")).to_be_visible()
    page.locator("#text").fill("written without a line")
    page.keyboard.press("Control+Enter")
    chat.say("said meanwhile")
    chat_page(windows, desk)[1].say("a person for me too")
    road.mend()
    expect(chat.message("written without a line")).to_have_count(1, timeout=30_000)
    expect(page.locator("#log .message", has_text="said meanwhile")).to_have_count(
        1, timeout=30_000
    )
    expect(waiting(page)).to_have_count(1)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live", timeout=30_000)
    expect(page.locator(".message.pending")).to_have_count(0)
    expect(page.locator("#offline-bar")).to_be_hidden()


def test_a_session_that_has_ended_is_told_calmly(windows, desk):
    windows.watch.forgiven = ("401", "403", "WebSocket")
    _, chat = chat_page(windows, desk)
    page = signed_in(windows, desk, "counselor")
    chat.say("a person please")
    accept_first(page)
    page.locator("#text").fill("not to be lost")
    page.context.clear_cookies()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notice")).to_contain_text("session has ended")
    expect(page.locator("#text")).to_have_value("not to be lost")


def test_a_counselor_works_in_korean_and_comes_back_to_it(windows, desk):
    page = signed_in(windows, desk, "counselor")
    page.locator(".account summary").click()
    page.locator(".account button[value=ko]").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.locator("#waiting-title")).to_contain_text("대기 중")
    page.locator(".account summary").click()
    page.locator(".account form[action='/sign-out'] button").click()
    expect(page.locator("#email")).to_be_visible()
    page.locator("#email").fill(desk.people["counselor"].email)
    page.locator("#password").fill("not the password")
    page.locator("form.card button").click()
    windows.watch.forgiven = ("403",)
    expect(page.locator("#problem")).to_be_visible()
    page.locator("#password").fill(desk.people["counselor"].password)
    page.locator("form.card button").click()
    expect(page.locator("#waiting-title")).to_contain_text("대기 중")


def test_overseers_read_and_do_not_speak(windows, desk):
    _, chat = chat_page(windows, desk)
    chat.say("a person please")
    page = signed_in(windows, desk, "auditor")
    waiting(page).first.click()
    expect(page.locator("#log .message", has_text="a person please")).to_be_visible()
    expect(page.locator("#do-accept")).to_have_count(0)
    expect(page.locator("#composer")).to_be_hidden()


def test_the_back_button_walks_through_the_talks(windows, desk):
    page = signed_in(windows, desk, "counselor")
    for name in ("first", "second"):
        chat_page(windows, desk)[1].say(f"a person for the {name}")
    expect(waiting(page)).to_have_count(2)
    waiting(page).nth(0).click()
    expect(page.locator("#log .message", has_text="for the first")).to_be_visible()
    waiting(page).nth(1).click()
    expect(page.locator("#log .message", has_text="for the second")).to_be_visible()
    page.go_back()
    expect(page.locator("#log .message", has_text="for the first")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?c="))


def test_whoever_sits_elsewhere_names_an_ordinary_phone(windows, desk):
    windows.watch.forgiven = ("422",)
    page = signed_in(windows, desk, "counselor")
    page.locator("#open-settings").click()
    page.locator("#phone-line input[value=phone]").check()
    page.locator("#line-number").fill("12")
    page.keyboard.press("Enter")
    expect(page.locator("#line-number")).to_have_attribute("aria-invalid", "true")
    page.locator("#line-number").fill("+82 2 5550 1077")
    page.locator("#line-save").click()
    expect(page.locator("#line-number")).to_have_value("+82255501077")
    page.reload()
    expect(page.locator("#phone-line input[value=phone]")).to_be_checked()
