"""A note calls a colleague: chosen by keys or by hand, in the console and on a ticket's page."""

import pytest
from playwright.sync_api import expect

from crm import counselors, db
from crm.models import Notification
from crm.settings import QUEUES
from tests.browser.conftest import accept_first, chat_page, signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe
from tests.browser.test_second_line import ticket_of
from tests.conftest import PASSWORD
from tests.routing.test_turns import until

assert axe  # a fixture of that file


def two_of_one_name(desk) -> list[str]:
    """Their ids, the earlier address first."""
    with db.transaction(desk.engine) as s:
        return [
            counselors.sign_up(
                s, email=f"kim{n}@desk.example", name="Kim Ficticia", password=PASSWORD,
                role="counselor", languages=["ko"], queues=QUEUES,
            ).id
            for n in (1, 2)
        ]  # fmt: skip


def told(desk) -> list[str]:
    with db.reading(desk.engine) as s:
        return [x.counselor_id for x in s.query(Notification).filter_by(kind="mention")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_colleague_is_called_from_the_console_by_keys(windows, desk, axe, language):
    checks, (_, second) = Checks(axe), two_of_one_name(desk)
    _, chat = chat_page(windows, desk, language)
    chat.say("a person please")
    page = signed_in(windows, desk, "counselor", language)
    accept_first(page)
    field, options = page.locator("#text"), page.locator("#mention-list [role=option]")
    page.locator("#talk-name").focus()
    page.keyboard.press("r")
    page.keyboard.type("@ki")  # to the contact: nobody is called
    expect(field).to_have_value("@ki")
    expect(options).to_have_count(0)
    field.fill("")
    page.locator("input[name=audience][value=internal]").check()
    field.focus()
    page.keyboard.type("mail kim@desk.example, @")
    expect(options).not_to_have_count(0)
    page.keyboard.type("ki")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-activedescendant", "mention-0")
    expect(page.locator("#mention-state")).to_contain_text("2")
    checks.all(page, f"colleagues {language}")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    page.keyboard.type("m")
    expect(options).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    written = "mail kim@desk.example, @Kim Ficticia (kim2@desk.example) "
    expect(field).to_have_value(written)
    expect(field).to_be_focused()
    expect(options).to_have_count(0)
    page.keyboard.type("please look")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#log .message", has_text="please look")).to_have_count(1)
    until(lambda: told(desk) == [second])  # it is shown before the desk has it
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_colleague_is_called_from_a_ticket_by_hand(windows, desk, axe, language):
    checks, (first, _), ticket = Checks(axe), two_of_one_name(desk), ticket_of(desk)
    page = signed_in(windows, desk, "counselor", language)
    page.goto(f"{desk.url}/console/tickets/{ticket}")
    field = page.locator("#note-text")
    field.fill("@fict")  # one of the words of a name
    options = page.locator("#mention-list [role=option]")
    expect(options).to_have_count(2)
    checks.all(page, f"colleagues on a ticket {language}")
    options.first.click()
    expect(field).to_have_value("@Kim Ficticia (kim1@desk.example) ")
    page.locator("form[action$='/notes'] button").click()
    expect(page.locator("#notes ~ article")).to_contain_text("kim1@desk.example")
    assert told(desk) == [first]
    assert checks.wrong == []


def test_a_name_that_another_begins_with_stays_as_it_was_chosen(windows, desk):
    with db.transaction(desk.engine) as s:
        for n, name in enumerate(("Ana", "Ana Ficticia")):
            counselors.sign_up(
                s, email=f"ana{n}@desk.example", name=name, password=PASSWORD,
                role="counselor", languages=["en"], queues=QUEUES,
            )  # fmt: skip
    page = signed_in(windows, desk, "counselor", "en")
    page.goto(f"{desk.url}/console/tickets/{ticket_of(desk)}")
    field, options = page.locator("#note-text"), page.locator("#mention-list [role=option]")
    field.focus()
    page.keyboard.type("@an")
    expect(options).to_have_count(2)
    options.first.click()
    expect(field).to_have_value("@Ana ")
    expect(options).to_have_count(0)
    page.keyboard.press("Enter")
    expect(field).to_have_value("@Ana \n")
    field.fill("")
    page.keyboard.type("@ana f")
    expect(options).to_have_count(1)
