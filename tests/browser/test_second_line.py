"""Asking the second line, deciding, making appointments: in a browser, in every language."""

import pytest
from playwright.sync_api import expect

from crm import contacts, db, incidents, tickets
from crm.events import BOT, Actor
from tests.browser.conftest import signed_in
from tests.browser.test_accessibility import LANGUAGES, LONG, Checks, axe

assert axe  # a fixture of that file
NOTICE = {"en": "It is down.", "es": "No funciona.", "ko": "장애입니다."}


def ticket_of(desk) -> str:
    with db.transaction(desk.engine) as s:
        contact = contacts.meet(s, language="en", name=LONG[:200], email=None)
        return tickets.open_ticket(
            s, actor=BOT, contact_id=contact.id, subject=LONG, category="question", queue="bidding"
        ).id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_is_asked_decided_and_cited(windows, desk, axe, language):
    checks, ticket = Checks(axe), ticket_of(desk)
    page = signed_in(windows, desk, "counselor", language)
    page.goto(f"{desk.url}/console/tickets/{ticket}")
    checks.all(page, f"ticket {language}")
    windows.watch.forgiven = ("422", "409", "403")
    form = page.locator("form[action$='/rulings']")
    page.locator("section:has(#second-line) summary").click()
    form.locator("select[name=kind]").select_option("interpretation")
    form.locator("button").click()  # without a question
    expect(page.locator("[role=alert]")).to_be_visible()
    form.locator("select[name=kind]").select_option("interpretation")
    form.locator("textarea").fill("Does the floor hold for leases?")
    form.locator("button").click()
    expect(page.locator("main > [role=status]")).to_be_visible()  # the ticket waits
    expect(form).to_have_count(0)
    checks.all(page, f"ticket that waits {language}")
    page.goto(f"{desk.url}/console/tickets?awaits=interpretation")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto(f"{desk.url}/console/rulings")
    expect(page.locator("form[action$='/decide']")).to_have_count(0)  # not theirs to decide
    other = signed_in(windows, desk, "senior", language)
    other.goto(f"{desk.url}/console/rulings")
    decide = other.locator("form[action$='/decide']")
    decide.locator("textarea").fill("It holds for leases too.")
    decide.locator("button[value=yes]").click()  # without what it rests on
    expect(other.locator("[role=alert]")).to_be_visible()
    expect(decide.locator("textarea")).to_have_value("It holds for leases too.")
    checks.all(other, f"rulings {language}")
    decide.locator("input[name=basis]").fill("Article 7")
    decide.locator("button[value=yes]").click()
    expect(other.locator("[role=status]")).to_be_visible()
    page.goto(f"{desk.url}/console/rulings?q=leases")
    expect(page.locator("blockquote")).to_have_text("It holds for leases too.")
    expect(page.locator("article strong")).to_contain_text("Article 7")
    checks.all(page, f"cited {language}")
    page.goto(f"{desk.url}/console/rulings?q=nothing")
    expect(page.locator(".empty")).to_have_count(2)
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visit_is_planned_and_called_off(windows, desk, axe, language):
    checks, ticket = Checks(axe), ticket_of(desk)
    windows.watch.forgiven = ("422", "409")
    page = signed_in(windows, desk, "counselor", language)
    page.goto(f"{desk.url}/console/appointments")
    checks.all(page, f"no appointments {language}")
    page.goto(f"{desk.url}/console/tickets/{ticket}")
    form = page.locator("form[action$='/appointments']")
    page.locator("section:has(#appointments) summary").click()
    form.locator("button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    tomorrow = page.evaluate("() => new Date(Date.now() + 864e5).toISOString().slice(0, 16)")
    form.locator("input[name=starts_at]").fill(tomorrow)
    form.locator("input[name=place]").fill("12 Sample Street")
    form.locator("button").click()
    expect(page.locator("section:has(#appointments) li")).to_contain_text("12 Sample Street")
    page.goto(f"{desk.url}/console/appointments")
    page.locator("article summary").click()
    checks.all(page, f"appointments {language}")
    page.locator("form[action$='/outcome'] button").click()  # nothing but calling off is offered
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("article summary")).to_have_count(0)
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ticket_becomes_the_child_of_an_incident(windows, desk, axe, language):
    checks, ticket = Checks(axe), ticket_of(desk)
    with db.transaction(desk.engine) as s:
        who = Actor("counselor", desk.people["supervisor"].id)
        parent = incidents.open_known(
            s, who, queue="technical", title=LONG[:200], notice=NOTICE, began_at=None
        ).id
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/tickets/{ticket}")
    form = page.locator("form[action$='/incident']")
    form.locator("select").select_option(parent)
    form.locator("button").click()
    page.locator(f"#content a[href='/console/incidents/{parent}']").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    checks.all(page, f"incident {language}")
    page.goto(f"{desk.url}/console/floor")
    page.locator("section.panel summary").click()
    closing = page.locator("form[action$='/close']")
    for code in LANGUAGES:
        closing.locator(f"textarea[name={code}]").fill(NOTICE[code])
    closing.locator("button").click()
    page.goto(f"{desk.url}/console/incidents/{parent}")
    expect(page.locator("table")).to_have_count(2)  # its ticket, and the happy call
    checks.all(page, f"incident that is over {language}")
    with db.reading(desk.engine) as s:
        assert tickets.get(s, ticket).status == "solved"
    assert checks.wrong == []
