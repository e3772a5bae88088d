"""Contacts all round, and call-backs, in a browser: clean in every language."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from crm import callbacks, clock, consents, contacts, conversations, db
from crm.events import SYSTEM
from tests.browser.conftest import signed_in
from tests.browser.test_accessibility import LANGUAGES, LONG, Checks, axe

assert axe  # a fixture of that file


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_contacts_are_one_person_and_two_again(windows, desk, axe, language):
    checks = Checks(axe)
    with db.transaction(desk.engine) as s:
        one = contacts.meet(s, language="en", name=LONG[:200], email=None).id
        other = contacts.meet(s, language="en", name="Fictional Twin", email=None)
        conversations.start(s, other, channel="web", language="en")
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/contacts")
    expect(page.locator("tbody tr")).to_have_count(2)
    checks.all(page, f"contacts {language}")
    page.goto(f"{desk.url}/console/contacts?q=nobody")
    expect(page.locator(".empty")).to_be_visible()
    page.goto(f"{desk.url}/console/contacts/{one}?q=twin")
    checks.all(page, f"contact {language}")
    page.locator("form[action$='/merge'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)  # the talk of the twin
    checks.all(page, f"merged {language}")
    page.locator("form[action$='/undo'] button").click()
    page.goto(f"{desk.url}/console/contacts/{one}")
    expect(page.locator("tbody tr")).to_have_count(0)
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_no_to_all_contact_is_noted_and_taken_back(windows, desk, language):
    with db.transaction(desk.engine) as s:
        who = contacts.meet(s, language="en", name="Kim Example", email=None).id
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/contacts/{who}")
    for given in (False, True):
        page.locator("#purpose").select_option("any")
        page.locator(f"form[action$='/consents'] [value={str(given).lower()}]").click()
        expect(page.locator("[role=status]")).to_be_visible()
        with db.reading(desk.engine) as s:
            assert consents.of(s, who) == {"any": given}
            assert (consents.refusal(s, who, "service") is None) == given


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_back_is_seen_and_told_of(windows, desk, axe, language, monkeypatch):
    checks = Checks(axe)
    with db.transaction(desk.engine) as s:
        contact = contacts.meet(s, language="en", name=LONG[:200], email=None)
        talk, _ = conversations.start(s, contact, channel="web", language="en")
        callbacks.promise(
            s, talk, actor=SYSTEM, queue="bidding", at=clock.now() + timedelta(hours=1), number=None
        )
    page = signed_in(windows, desk, "counselor", language)
    page.goto(f"{desk.url}/console/floor")
    page.locator("#content a[href='/console/callbacks']").click()
    expect(page.locator("article")).to_have_count(1)
    expect(page.locator("article form")).to_have_count(0)  # not yet theirs to ring
    checks.all(page, f"call-backs {language}")
    with db.transaction(desk.engine) as s:
        later = clock.now() + timedelta(hours=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        for promised in callbacks.due(s):
            callbacks.fall_due(s, promised)
        conversations.accept(s, talk.id, desk.people["counselor"].id)
    monkeypatch.undo()
    page.reload()
    page.locator("button[value=yes]").click()
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator(".empty")).to_be_visible()
    checks.all(page, f"no call-backs {language}")
    assert checks.wrong == []
