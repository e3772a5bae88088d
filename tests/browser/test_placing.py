"""A counselor rings a contact from their page, from a ticket and from a promised call-back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from api.app import create
from crm import callbacks, campaigns, clock, consents, contacts, conversations, db, tickets
from crm.events import BOT, SYSTEM, Actor
from crm.models import Conversation
from tests.browser.conftest import Windows, signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe
from tests.conftest import DeskServer, NoKnowledge, served, sign_up_everyone
from tests.phone.conftest import phone_settings
from tests.scripted_bot import ScriptedBot

assert axe  # a fixture of that file

NUMBER = "+525550100001"


@pytest.fixture
def ringing(sqlite_engine, tmp_path) -> Iterator[DeskServer]:
    """A desk with a line out, at an hour at which people may be rung."""
    # Without an API key, so that no page looks for the provider's own servers.
    settings = replace(phone_settings(tmp_path, api_key=""), quiet_hours=("00:00", "00:00"))
    people = sign_up_everyone(sqlite_engine)
    app = create(
        settings, engine=sqlite_engine, bot=ScriptedBot(), knowledge=NoKnowledge(), works=False
    )
    with served(app) as url:
        yield DeskServer(url, sqlite_engine, settings, people)


@pytest.fixture
def windows(browser, watch, ringing) -> Iterator[Windows]:
    del ringing
    opened = Windows(browser, watch)
    yield opened
    for context in opened.opened:
        context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contact_is_rung_from_a_ticket(windows, ringing, axe, watch, language):
    watch.forgiven = ("422",)  # the browser's own line about what the desk refuses
    checks = Checks(axe)
    with db.transaction(ringing.engine) as s:
        contact = contacts.recognise(s, kind="sms", value=NUMBER, language="en")
        ticket = tickets.open_ticket(
            s, actor=BOT, contact_id=contact.id, subject="x", category="x", queue="bidding"
        ).id
    page = signed_in(windows, ringing, "counselor", language)
    page.goto(f"{ringing.url}/console/tickets/{ticket}")
    page.locator("a[href$='#ring']").click()
    expect(page.locator("#number")).to_have_value(NUMBER)
    checks.all(page, f"a contact to ring {language}")
    page.locator("#other").fill("12")
    page.locator("#about").fill("The missing tax paper")
    page.locator("form[action$='/call'] button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("#other").fill("")
    page.locator("form[action$='/call'] button").click()
    expect(page.locator(".packet-goal")).to_contain_text("The missing tax paper")
    checks.all(page, f"a placed call {language}")
    with db.reading(ringing.engine) as s:
        [talk] = s.query(Conversation)
        assert (talk.channel, talk.status, talk.ticket_id) == ("phone", "active", ticket)
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_wants_no_contact_is_not_rung(windows, ringing, language):
    with db.transaction(ringing.engine) as s:
        contact = contacts.recognise(s, kind="sms", value=NUMBER, language="en").id
        consents.say(s, SYSTEM, contact, "any", given=False, source="form")
    page = signed_in(windows, ringing, "supervisor", language)
    page.goto(f"{ringing.url}/console/contacts/{contact}")
    expect(page.locator("section[aria-labelledby=ring] .empty")).to_be_visible()
    expect(page.locator("form[action$='/call']")).to_have_count(0)


def test_a_promised_call_back_leads_to_its_number(windows, ringing):
    with db.transaction(ringing.engine) as s:
        contact = contacts.meet(s, language="en", name="Kim Example", email=None)
        talk, _ = conversations.start(s, contact, channel="web", language="en")
        callbacks.promise(s, talk, actor=SYSTEM, queue="bidding", at=None, number=NUMBER)
        talk.waiting_since = clock.now() - timedelta(minutes=1)
    page = signed_in(windows, ringing, "counselor")
    page.goto(f"{ringing.url}/console?c={talk.id}")
    page.locator("#do-accept").click()
    page.locator("#list-mine a").first.wait_for()
    page.goto(f"{ringing.url}/console/callbacks")
    page.locator("a[href$='#ring']").click()
    expect(page.locator("#number")).to_have_value(NUMBER)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_happy_call_is_one_button(windows, ringing, axe, watch, language):
    watch.forgiven = ("409",)  # the browser's own line about what the desk refuses
    checks = Checks(axe)
    with db.transaction(ringing.engine) as s:
        who = [contacts.recognise(s, kind="sms", value=NUMBER, language="en").id]
        who.append(contacts.meet(s, language="en", name="Kim Example", email=None).id)
        texts = dict.fromkeys(LANGUAGES, "Does it work now?")
        planner = Actor("counselor", ringing.people["supervisor"].id)
        made = campaigns.draft(
            s, planner, name="After the outage", kind="happy_call", texts=texts, per_minute=1
        )
        campaigns.add_contacts(s, SYSTEM, made, who)
        campaigns.move(s, SYSTEM, made, "start")
    page = signed_in(windows, ringing, "counselor", language)
    page.goto(f"{ringing.url}/console/reach")
    # Of one of them no number is known: that call is taken, and made elsewhere.
    expect(page.locator("form[action$='/take']")).to_have_count(2)
    expect(page.locator("form[action$='/call']")).to_have_count(1)
    checks.all(page, f"happy calls {language}")
    page.locator("form[action$='/call'] button").click()
    expect(page.locator(".packet-goal")).to_contain_text("Does it work now?")
    page.goto(f"{ringing.url}/console/reach")
    page.locator("form[action$='/call'] button").click()  # once more, while they talk
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("form[action$='/result'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("form[action$='/call']")).to_have_count(0)
    assert checks.wrong == []
