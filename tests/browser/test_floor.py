"""The board in a browser: what a supervisor sees and does there, clean in every language."""

import pytest
from playwright.sync_api import expect

from crm import clock, db, incidents
from tests.browser.conftest import Chat, signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe

assert axe  # a fixture of that file


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_board_is_clean_and_an_incident_is_opened_and_closed(windows, desk, axe, language):
    checks = Checks(axe)
    guest = windows.open()
    guest.goto(f"{desk.url}/widget?lang={language}")
    Chat(guest).say("person please")
    expect(Chat(guest).reply("handoff")).to_be_visible()
    with db.transaction(desk.engine) as s:
        incidents.propose(
            s, queue="bidding", title="x", conversations=[], usual=0.5, began_at=clock.now()
        )
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/floor")
    checks.all(page, f"board {language}")
    page.locator("button[value=ready]").click()
    panel = page.locator("section.panel").first
    for code in LANGUAGES:
        panel.locator(f"textarea[name={code}]").fill(f"Notice {code}")
    panel.locator("form[action$='/open'] button").click()
    expect(page.locator("section.panel p", has_text=f"Notice {language}")).to_be_visible()
    page.locator("section.panel summary").click()
    checks.all(page, f"board, incident open {language}")
    site = windows.open()
    site.goto(f"{desk.url}/help?lang={language}")
    expect(site.locator(".incident")).to_have_text(f"Notice {language}")
    checks.all(site, f"help with a notice {language}")
    assert checks.wrong == []
