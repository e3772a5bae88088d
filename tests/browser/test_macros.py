"""Macros written, looked at, applied and taken back; call-backs promised: in every language."""

import pytest
from playwright.sync_api import Page, expect

from crm import db, tickets
from crm.models import CallBack, Conversation
from tests.browser.conftest import accept_first, chat_page, signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe
from tests.browser.test_second_line import ticket_of

assert axe  # a fixture of that file
TEXTS = {
    "en": "Thank you, {contact}. I am on it: {ticket}.",
    "es": "Gracias, {contact}. Ya lo estoy revisando: {ticket}.",
    "ko": "감사합니다, {contact}님. {ticket}번으로 확인하고 있습니다.",
}
STARTS = {"en": "Thank you.", "es": "Gracias.", "ko": "감사합니다."}


def written(page: Page, url: str, name: str, **fields: str) -> None:
    """Fill in the form of a new macro and keep it."""
    page.goto(f"{url}/console/macros")
    page.locator("#name").fill(name)
    for field, value in fields.items():
        place = page.locator(f"form[action='/console/macros'] [name={field}]")
        if place.evaluate("(e) => e.localName") == "select":
            place.select_option(value)
        else:
            place.fill(value)
    page.locator("form[action='/console/macros'] button[type=submit]").last.click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_macro_is_written_applied_by_keys_and_taken_back(windows, desk, axe, language):
    checks, url = Checks(axe), desk.url
    windows.watch.forgiven = ("422", "409")
    boss = signed_in(windows, desk, "supervisor", language)
    written(boss, url, "Urgent matter", scope="all", en="Dear {name}")
    expect(boss.locator("[role=alert]")).to_be_visible()
    expect(boss.locator("#name")).to_have_value("Urgent matter")
    changes = {"priority": "urgent", "status": "pending", "assignee": "me", "add_tags": "Late, x"}
    written(boss, url, "Urgent matter", scope="all", note="Waits for it.", **changes, **TEXTS)
    expect(boss.locator("[role=status]").first).to_be_visible()
    expect(boss.locator("tbody tr")).to_have_count(1)
    checks.all(boss, f"macros {language}")
    _, chat = chat_page(windows, desk, language)
    chat.say("a person please")
    page = signed_in(windows, desk, "counselor", language)
    accept_first(page)
    page.locator("#talk-name").focus()
    page.keyboard.press("m")
    page.keyboard.type("urg")
    expect(page.locator("#macros-list button")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#macros-plan dd").first).to_be_visible()
    expect(page.locator("#macros-plan dd[lang]")).to_contain_text(STARTS[language])
    expect(page.locator("#macros-apply")).to_be_focused()
    checks.all(page, f"a macro in a talk {language}")
    page.keyboard.press("Enter")
    expect(page.locator("#macros-dialog")).to_be_hidden()
    expect(chat.message(STARTS[language])).to_have_count(1)
    expect(page.locator("#ticket-status")).to_have_value("pending")
    ticket = page.locator("#talk-head").get_attribute("data-ticket-id")
    page.goto(f"{url}/console/tickets/{ticket}")
    undo = page.locator("form[action$='/macros/undo'] button")
    expect(undo).to_be_visible()
    checks.all(page, f"a ticket with a macro {language}")
    undo.click()
    expect(undo).to_have_count(0)
    expect(page.locator("#status")).to_have_value("open")
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_macro_of_ones_own_is_refused_where_the_ticket_was_closed(windows, desk, axe, language):
    checks, url, ticket = Checks(axe), desk.url, ticket_of(desk)
    windows.watch.forgiven = ("409",)
    page = signed_in(windows, desk, "counselor", language)
    written(page, url, "Mine", scope="own", category="payment")
    page.goto(f"{url}/console/tickets/{ticket}")
    page.locator("#macro").select_option(label="Mine")
    page.locator("section:has(#macros) form[method=get] button").click()
    expect(page.locator("[data-part=macro-preview] b")).to_have_count(1)
    checks.all(page, f"a macro on a ticket {language}")
    apply = page.locator("form[action$='/macros'] button")
    with db.transaction(desk.engine) as s:  # meanwhile somebody closes it
        tickets.get(s, ticket).status = "closed"
    apply.click()
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("[data-part=macro-preview]")).to_have_attribute("data-hindrance", "closed")
    expect(apply).to_have_count(0)
    checks.all(page, f"a macro that cannot be {language}")
    with db.reading(desk.engine) as s:
        assert tickets.get(s, ticket).category != "payment"
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_back_is_promised_in_a_talk_and_on_a_ticket(windows, desk, axe, language):
    checks, url = Checks(axe), desk.url
    windows.watch.forgiven = ("422", "409")
    _, chat = chat_page(windows, desk, language)
    chat.say("a person please")
    page = signed_in(windows, desk, "counselor", language)
    accept_first(page)
    page.locator("#do-promise").click()
    expect(page.locator("#promise-dialog")).to_be_visible()
    checks.all(page, f"a promise in a talk {language}")
    page.locator("#promise-number").fill("no number at all")
    page.locator("#promise-dialog button[value=do]").click()
    expect(page.locator("#notice")).to_be_visible()
    page.locator("#do-promise").click()
    page.locator("#promise-number").fill("+82 2-555-0100")
    page.locator("#promise-about").fill("The missing tax paper")
    page.locator("#promise-who").select_option("me")
    page.locator("#promise-dialog button[value=do]").click()
    expect(page.locator("#do-promise")).to_have_count(0)
    expect(page.locator(".packet-goal")).to_contain_text("The missing tax paper")
    page.goto(f"{url}/console/callbacks")
    expect(page.locator("article")).to_contain_text("+82 2-555-0100")
    expect(page.locator("article")).to_contain_text("The missing tax paper")
    checks.all(page, f"call-backs {language}")
    with db.reading(desk.engine) as s:
        [promise] = s.query(CallBack)
        talk = s.get_one(Conversation, promise.conversation_id)
        assert (talk.owner_kind, talk.status) == ("queue", "waiting")
        ticket = talk.ticket_id
    # The same person again, from the ticket's page: once is enough.
    page.goto(f"{url}/console/tickets/{ticket}")
    page.locator("section:has(#promise) summary").click()
    page.locator("#promise-number").fill("+82 2-555-0100")
    checks.all(page, f"a promise on a ticket {language}")
    page.locator("form[action$='/callback'] button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.goto(f"{url}/console/contacts/{talk.contact_id}")
    page.locator("section:has(#promise) summary").click()
    checks.all(page, f"a promise on a contact {language}")
    page.locator("form[action$='/callback'] button").click()  # without a number
    expect(page.locator("[role=alert]")).to_be_visible()
    assert checks.wrong == []
