"""The wallboard, the reports and the published months, as people of each language meet them."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from crm import campaigns, contacts, db
from crm.events import SYSTEM
from crm.models import Campaign
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
    someone = desk.people["counselor"].id
    page.locator("#counselor").select_option(someone)
    page.locator("form.panel button").click()
    expect(page.locator("#counselor")).to_have_value(someone)
    expect(page.locator(".figure-value .small")).to_contain_text("0")  # none of these talks
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


def test_the_choice_of_a_report_stays_and_its_download_follows_it(windows, desk, monkeypatch):
    windows.watch.forgiven = ("422",)
    lives(4, 40).write(desk.engine, monkeypatch)
    page = signed_in(windows, desk, "supervisor")
    since, until = MONDAY.date(), (MONDAY + timedelta(days=9)).date()
    page.goto(f"{desk.url}/console/reports?kpi=abandonment&from={since}&to={until}")
    page.locator("#interval").select_option("week")
    page.locator("#formula").select_option("abandonment.1")
    page.locator("form.panel button").click()
    expect(page.locator("#formula")).to_have_value("abandonment.1")
    assert "interval=week" in page.url
    expect(page.locator(".plot tbody tr")).to_have_count(2)
    with page.expect_download() as sheet:
        page.locator(".figure-links a").first.click()
    rows = sheet.value.path().read_text("utf-8").splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [["abandonment", "1"]] * 2
    page.locator("#kpi").select_option("aht")  # of which there is no such version
    page.locator("form.panel button").click()
    expect(page.locator("#formula")).to_have_value("aht.1")
    expect(page.locator("#interval")).to_have_value("week")
    page.goto(f"{desk.url}/console/reports?from=2026-06-01&to=2026-11-01&interval=half_hour")
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("#interval")).to_have_value("half_hour")


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_team_staffing_and_reaching_out_can_be_used_by_everybody(windows, desk, language):
    """A notice is put up and read, a happy call drafted, started, taken and reported."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in web/ gets it")
    windows.watch.forgiven = ("422",)
    checks = Checks(AXE.read_text("utf-8"))
    with db.transaction(desk.engine) as s:
        person = contacts.meet(s, language=language, name="Ficticia Example", email=None)
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/team")
    page.locator("#title").fill("Price floor")
    page.locator("#text").fill("From Monday on.")
    page.locator("input[name=must_read]").check()
    page.locator("form[action='/console/team/notices'] button").click()
    expect(page.locator("article .urgent-tag")).to_be_visible()
    checks.all(page, f"team {language}")
    page.locator("article button").click()
    expect(page.locator("article button")).to_have_count(0)
    page.goto(f"{desk.url}/console/staffing?daily=5000")
    expect(page.locator(".plot-bar").first).to_be_visible()
    checks.all(page, f"staffing {language}")
    page.goto(f"{desk.url}/console/staffing?daily=many")
    expect(page.locator("[role=alert]")).to_be_visible()
    page.goto(f"{desk.url}/console/reach")
    page.locator("#name").fill("November")
    page.locator(f"#text-{language}").fill("How did we do?")
    page.locator("form[action='/console/reach/campaigns'] button").click()
    expect(page.locator("#outlook")).to_be_visible()
    page.goto(f"{desk.url}/console/reach")
    expect(page.locator("tbody tr")).to_have_count(1)
    with db.transaction(desk.engine) as s:
        drafted = s.scalars(select(Campaign)).one()
        campaigns.add_contacts(s, SYSTEM, drafted, [person.id])
    page.locator("tbody form button").first.click()
    page.locator("form[action$='/take'] button").click()
    expect(page.locator("form[action$='/result']")).to_be_visible()
    checks.all(page, f"reaching out {language}")
    page.locator("form[action$='/result'] button").click()
    expect(page.locator("form[action$='/result']")).to_have_count(0)
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
