"""The wallboard, the reports and the published months, as people of each language meet them."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AXE, Chat, signed_in
from tests.browser.test_accessibility import Checks
from tests.kpi.journals import MONDAY, lives


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_board_and_reports_can_be_read_by_everybody(windows, desk, monkeypatch, language):
    windows.watch.forgiven = ("422",)
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in web/ gets it")
    lives(4, 40).write(desk.engine, monkeypatch)
    checks = Checks(AXE.read_text("utf-8"))
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/board")
    expect(page.locator(".tile")).to_have_count(9)
    checks.all(page, f"board {language}")
    since, until = MONDAY.date(), (MONDAY + timedelta(days=9)).date()
    page.goto(f"{desk.url}/console/reports?kpi=aht&from={since}&to={until}")
    expect(page.locator(".plot-bar").first).to_be_visible()
    page.locator(".plot summary").click()
    checks.all(page, f"report {language}")
    page.locator("#queue").select_option("payment")
    page.locator("form.panel button").click()
    expect(page.locator("#queue")).to_have_value("payment")
    page.goto(f"{desk.url}/console/reports?from=2026-11-02&to=2026-11-01")
    expect(page.locator("[role=alert]")).to_be_visible()
    checks.all(page, f"report of no days {language}")
    page.goto(f"{desk.url}/console/reports/months")
    page.locator("#month").fill("2020-01")
    page.locator("form.panel button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    checks.all(page, f"months {language}")
    page.locator("#month").fill("2020-01")
    page.locator("form.panel button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    assert checks.wrong == []


def test_the_board_follows_what_happens(windows, desk):
    guest = windows.open()
    guest.goto(f"{desk.url}/widget?lang=en")
    page = signed_in(windows, desk, "supervisor")
    page.goto(f"{desk.url}/console/board")
    tile = page.locator(".tile strong").first
    expect(tile).to_have_text("0")
    Chat(guest).say("a person please")
    expect(Chat(guest).reply("handoff")).to_be_visible()
    expect(tile).to_have_text("1", timeout=25_000)
    expect(page.locator("#board-lost")).to_be_hidden()
