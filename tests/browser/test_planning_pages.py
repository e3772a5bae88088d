"""Shifts, suspensions and targets in a browser: done, refused and clean, in every language."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from crm import contacts, db, protection
from crm.events import SYSTEM
from tests.browser.conftest import signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe

assert axe  # a fixture of that file


def at(page, hours: int) -> str:
    """A moment so many hours ahead, as a form field writes it."""
    script = "(h) => new Date(Date.now() + h * 36e5).toISOString().slice(0, 13) + ':00'"
    return page.evaluate(script, hours + 48)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shift_is_planned_and_taken_off(windows, desk, axe, language):
    checks = Checks(axe)
    windows.watch.forgiven = ("422", "409")
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/staffing")
    page.locator("#content a[href='/console/shifts']").click()
    page.wait_for_url("**/console/shifts")
    checks.all(page, f"no shifts {language}")
    form = page.locator("form[action='/console/shifts']")
    form.locator("button").click()  # without a time
    expect(page.locator("[role=alert]")).to_be_visible()

    def plan(hours: int) -> None:
        form.locator("select").select_option(desk.people["counselor"].id)
        form.locator("input[name=starts_at]").fill(at(page, hours))
        form.locator("input[name=ends_at]").fill(at(page, hours + 8))
        form.locator("input[name=pause_from]").fill(at(page, hours + 3))
        form.locator("input[name=pause_to]").fill(at(page, hours + 4))
        form.locator("button").click()

    plan(0)
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("form[action$='/remove']")).to_have_count(1)
    checks.all(page, f"shifts {language}")
    plan(4)  # over the first one
    expect(page.locator("[role=alert]")).to_be_visible()
    page.go_back()
    week = page.url
    other = signed_in(windows, desk, "counselor", language)
    other.goto(week)
    expect(other.locator("tbody tr")).to_have_count(1)  # they see their own and change nothing
    expect(other.locator("form[action^='/console/shifts']")).to_have_count(0)
    page.goto(week)
    page.locator("form[action$='/remove'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    page.goto(week)
    expect(page.locator("form[action$='/remove']")).to_have_count(0)
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_suspension_is_reviewed_with_a_reason(windows, desk, axe, language):
    checks = Checks(axe)
    windows.watch.forgiven = ("422",)
    with db.transaction(desk.engine) as s:
        contact = contacts.meet(s, language="en", name="Fictional Person", email=None)
        protection.suspend(s, SYSTEM, contact.id, 1, timedelta(days=7))
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/floor")
    page.locator("#content a[href='/console/suspensions']").click()
    page.wait_for_url("**/console/suspensions")
    checks.all(page, f"suspensions {language}")
    page.locator("button[value=lift]").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("input[name=reason]").fill("It was a misunderstanding.")
    page.locator("button[value=lift]").click()
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator(".empty")).to_be_visible()
    page.goto(f"{desk.url}/console/suspensions?state=all")
    expect(page.locator("article")).to_contain_text("It was a misunderstanding.")
    checks.all(page, f"all suspensions {language}")
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_target_is_set_for_both_stages(windows, desk, axe, language):
    checks = Checks(axe)
    windows.watch.forgiven = ("422",)
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/reports")
    page.locator("#content a[href='/console/targets']").click()
    page.wait_for_url("**/console/targets")
    checks.all(page, f"no targets {language}")
    page.locator("select[name=kpi]").select_option("service_level")
    page.locator("input[name=early]").fill("70")
    page.locator("input[name=switch_on]").fill("2099-01-01")
    page.locator("form[action='/console/targets'] button").click()  # the second is missing
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("input[name=early]")).to_have_value("70")
    page.locator("input[name=stabilised]").fill("80,5")
    page.locator("form[action='/console/targets'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    share = "80,5 %" if language == "es" else "80.5%"
    expect(page.locator("tbody tr")).to_contain_text(share)
    checks.all(page, f"targets {language}")
    auditor = signed_in(windows, desk, "auditor", language)
    auditor.goto(f"{desk.url}/console/targets")
    expect(auditor.locator("tbody tr")).to_have_count(1)
    expect(auditor.locator("form[action='/console/targets']")).to_have_count(0)
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_is_covered_with_shifts_and_what_is_lacking_is_told(windows, desk, axe, language):
    windows.watch.forgiven = ("422",)
    checks = Checks(axe)
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/staffing?daily=2000")
    for people, lacking in ((200, 0), (5, 1)):
        page.locator("#people").fill(str(people))
        page.locator("form[aria-labelledby=cover] button").click()
        expect(page.locator("[role=status]")).to_be_visible()
        expect(page.locator(".note.warning")).to_have_count(lacking)
        expect(page.locator("[aria-labelledby=cover] tbody tr").first).to_be_visible()
        checks.all(page, f"{people} people {language}")
    page.locator("#people").fill("-1")
    page.locator("form[aria-labelledby=cover] button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    counselor = signed_in(windows, desk, "counselor", language)
    counselor.goto(f"{desk.url}/console/staffing?daily=2000&people=5")
    expect(counselor.locator("#people, [role=status]")).to_have_count(0)
    assert checks.wrong == []
