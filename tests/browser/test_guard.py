"""Equal information at the console: a warning while writing, nothing sent, two ways on."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from crm import clock, db
from crm.models import Event, Message, Tender
from tests.browser.conftest import accept_first, chat_page, signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe

assert axe  # a fixture of that file

NUMBER = "UA-2026-11-22-000008-a"
ASKED = f"person please: which material do the chairs of {NUMBER} need?"
TELLS = "The seat is 45 cm high."


@pytest.fixture
def open_tender(desk):
    with db.transaction(desk.engine) as s:
        ends = clock.now() + timedelta(days=3)
        facts = {"title": "Chairs", "status": "active.enquiries", "buyer": "Town of Examples"}
        s.add(Tender(number=NUMBER, enquiry_ends=ends, tender_ends=ends, **facts))
    return desk


def writing(windows, desk, role, language="en"):
    _, chat = chat_page(windows, desk, language)
    chat.say(ASKED)
    page = signed_in(windows, desk, role, language)
    accept_first(page)
    page.locator("#text").fill(TELLS)
    expect(page.locator("#guard")).to_be_visible()
    return chat, page


def test_a_draft_about_an_open_tender_is_warned_of_and_not_sent(windows, open_tender, axe):
    checks = Checks(axe)
    chat, page = writing(windows, open_tender, "counselor")
    expect(page.locator("#guard-text")).to_contain_text(NUMBER)
    expect(page.locator("#composer .send")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#guard-reason")).to_have_count(0)
    checks.all(page, "guard")
    assert checks.wrong == []
    page.locator("#text").press("Control+Enter")
    expect(page.locator("#text")).to_have_value(TELLS)
    page.locator("input[value=internal]").check()
    expect(page.locator("#guard")).to_be_hidden()
    page.locator("input[value=public]").check()
    expect(page.locator("#guard")).to_be_visible()
    page.locator("#text").fill("The deadline is on the tender's page.")
    expect(page.locator("#guard")).to_be_hidden()
    page.locator("#text").press("Control+Enter")
    expect(chat.message("The deadline is on the tender's page.")).to_be_visible()
    expect(chat.message(TELLS)).to_have_count(0)


def test_the_question_can_be_left_to_be_asked_in_public(windows, open_tender):
    chat, page = writing(windows, open_tender, "counselor")
    page.locator("#guard-offer").click()
    expect(chat.message("official clarification")).to_be_visible()
    expect(
        chat.place.get_by_role("button", name="Post it as a clarification question")
    ).to_be_visible()
    expect(page.locator("#list-mine a")).to_have_count(0)
    expect(page.locator("#guard")).to_be_hidden()
    with db.reading(open_tender.engine) as s:
        assert s.scalars(select(Event).where(Event.kind == "guard.offered")).one()


def test_a_supervisor_lets_it_pass_with_a_reason(windows, open_tender, axe):
    checks = Checks(axe)
    chat, page = writing(windows, open_tender, "supervisor", "ko")
    page.locator("#guard-pass").click()
    expect(page.locator("#guard-reason")).to_be_focused()
    expect(page.locator("#text")).to_have_value(TELLS)
    page.locator("#guard-reason").fill("published as answer 3")
    checks.all(page, "guard of a supervisor")
    assert checks.wrong == []
    page.locator("#guard-reason").press("Enter")
    expect(chat.message(TELLS)).to_be_visible()
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#log .message.internal", has_text="published as answer 3")).to_be_visible()
    with db.reading(open_tender.engine) as s:
        [event] = s.scalars(select(Event).where(Event.kind == "guard.overridden")).all()
        assert event.actor_id == open_tender.people["supervisor"].id
        assert s.scalars(select(Message).where(Message.text == TELLS)).one()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_walls(windows, open_tender, axe, language):
    windows.watch.forgiven = ("422",)
    checks = Checks(axe)
    page = signed_in(windows, open_tender, "supervisor", language)
    page.goto(f"{open_tender.url}/console/walls")
    expect(page.locator(".empty")).to_be_visible()
    page.locator("form.panel button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    checks.all(page, f"walls {language}")
    page.locator("#counselor").select_option(open_tender.people["counselor"].id)
    page.locator("#tender").fill(NUMBER)
    page.locator("#reason").fill("A brother works for a bidder. " * 12)
    page.locator("form.panel button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
    checks.all(page, f"one wall {language}")
    page.locator("tbody button").click()
    expect(page.locator("tbody button")).to_have_count(0)
    checks.all(page, f"a lifted wall {language}")
    assert checks.wrong == []
