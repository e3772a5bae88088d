"""The console's header: one line in every language, menus by keyboard, and a phone's width."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDE, signed_in

ONE_LINE = 64
PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_everything_a_supervisor_may_open_stands_in_one_line(windows, desk, language):
    page = signed_in(windows, desk, "supervisor", language)
    header = page.locator(".console-header")
    assert header.bounding_box()["height"] <= ONE_LINE
    page.set_viewport_size(PHONE)
    for menu in page.locator(".places summary").all():
        menu.click()
        opened = page.locator(".places details[open] > ul")
        expect(opened).to_have_count(1)
        box = opened.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    page.set_viewport_size(WIDE)


def test_menus_open_and_close_by_keyboard(windows, desk):
    page = signed_in(windows, desk, "supervisor")
    centre = page.locator(".places summary", has_text="Centre")
    centre.focus()
    page.keyboard.press("Enter")
    team = page.get_by_role("link", name="Team")
    expect(team).to_be_visible()
    page.keyboard.press("Tab")
    expect(team).to_be_focused()
    page.keyboard.press("Escape")
    expect(centre).to_be_focused()
    expect(team).to_be_hidden()
    page.keyboard.press("Enter")
    for _ in range(page.locator(".places details[open] a").count() + 1):
        page.keyboard.press("Tab")
    expect(team).to_be_hidden()


def test_the_open_page_is_told_and_a_press_elsewhere_closes_a_menu(windows, desk):
    page = signed_in(windows, desk, "admin")
    page.goto(f"{desk.url}/console/people")
    centre = page.locator(".places summary.here")
    expect(centre).to_have_text("Centre")
    centre.click()
    expect(page.get_by_role("link", name="People")).to_have_attribute("aria-current", "page")
    page.mouse.click(640, 700)
    expect(page.locator(".places details[open]")).to_have_count(0)
