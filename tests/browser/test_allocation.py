"""How contacts are given out, changed by a supervisor in the browser, in every language."""

import pytest
from playwright.sync_api import expect

from crm import calendars, db, queues, skills
from crm.models import Presence
from tests.browser.conftest import signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe

assert axe  # a fixture of that file

HOLIDAYS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VEVENT
UID:1@example
DTSTART;VALUE=DATE:20261225
SUMMARY:Christmas
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def page(windows, desk, language):
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/allocation")
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_queue_gets_other_rules(page, desk, axe, watch, language):
    watch.forgiven = ("422",)
    checks = Checks(axe)
    place = page.locator("#q-bidding")
    place.locator("summary").click()
    checks.all(page, f"allocation {language}")
    place.locator("[name=mode]").select_option("offer")
    place.locator("[name=boost]").fill("120")
    place.locator("[name=step_after]").first.fill("60")
    place.locator("[name=step_lower]").first.fill("1")
    place.locator("[name=step_queue][value='0:payment']").check()
    place.locator("[name=step_any]").first.check()
    place.locator("button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    with db.reading(desk.engine) as s:
        plan = queues.plan(s, "bidding")
    step = queues.Step(after=60, lower=1, queues=("payment",), any_language=True)
    assert (plan.mode, plan.boost, plan.relax) == ("offer", 120, (step,))
    # Saved once more as it is shown, it stays as it is; what cannot be is refused whole.
    place = page.locator("#q-bidding")
    place.locator("summary").click()
    place.locator("[name=offer_seconds]").fill("1")
    place.locator("[name=boost]").fill("7")
    place.locator("button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    with db.reading(desk.engine) as s:
        assert queues.plan(s, "bidding") == plan
    page.locator("#q-bidding button").click()  # open already, as it was before
    expect(page.locator("[role=status]")).to_be_visible()
    with db.reading(desk.engine) as s:
        assert queues.plan(s, "bidding") == plan
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_counselor_gets_skills_and_room(page, desk, axe, watch, language):
    watch.forgiven = ("409", "422")
    checks = Checks(axe)
    for _ in range(2):  # the second time there is such a skill
        page.locator("#skill").fill("works_contracts")
        page.locator("form[action$='/skills'] button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.goto(f"{desk.url}/console/allocation")
    who = desk.people["counselor"].id
    page.locator(f"a[href$='/people/{who}']").click()
    page.wait_for_url(f"**/people/{who}")
    checks.all(page, f"one counselor {language}")
    page.locator("#chat").fill("99")
    page.locator("form[action*='/people/'] button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("#chat").fill("5")
    page.locator("#s-works_contracts").select_option("4")
    page.locator("form[action*='/people/'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    with db.reading(desk.engine) as s:
        assert skills.of(s, who) == {"works_contracts": 4}
        assert s.get_one(Presence, who).capacity == {"call": 1, "chat": 5, "mail": 5}
    page.locator("form[action$='/works_contracts/remove'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    with db.reading(desk.engine) as s:
        assert skills.of(s, who) == {}
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_office_hours_are_written_and_holidays_taken_from_a_file(
    page, desk, axe, watch, tmp_path, language
):
    watch.forgiven = ("422",)
    checks = Checks(axe)
    page.locator("form[action$='/calendars']").locator("xpath=..").locator("summary").click()
    page.locator("#opens-monday").fill("18:00")
    page.locator("#closes-monday").fill("09:00")
    page.locator("form[action$='/calendars'] button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("form[action$='/calendars']").locator("xpath=..").locator("summary").click()
    page.locator("#opens-monday").fill("09:00")
    page.locator("#closes-monday").fill("18:00")
    page.locator("form[action$='/calendars'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    for text, told in ((HOLIDAYS, "status"), ("words", "alert")):
        file = tmp_path / "holidays.ics"
        file.write_text(text)
        page.locator("#file").set_input_files(file)
        page.locator("form[action$='/holidays'] button").click()
        expect(page.locator(f"[role={told}]")).to_be_visible()
    checks.all(page, f"calendars {language}")
    with db.reading(desk.engine) as s:
        kept = next(c for c in calendars.all_of(s) if c.name == calendars.DEFAULT)
    assert kept.days == {"monday": ["09:00", "18:00"]}
    assert kept.holidays == {"2026-12-25": "Christmas"}  # a file that does not parse changes none
    assert checks.wrong == []
