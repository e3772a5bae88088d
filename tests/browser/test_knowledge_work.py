"""The editors' pages beside the articles: importing, recalling, and what is lacking."""

import pytest
from playwright.sync_api import expect

from crm import db
from crm.events import SYSTEM
from knowledge import article_text, editing
from tests.browser.conftest import ARTICLE, TITLES, chat_page, signed_in
from tests.browser.test_accessibility import LANGUAGES, LONG, Checks, axe
from tests.knowledge import papers

assert axe


def ask(windows, desk, *questions: str) -> None:
    for question in questions:
        _, chat = chat_page(windows, desk)
        chat.say(question)
        expect(chat.place.locator(".messages .message[data-author=bot]").first).to_be_visible()


def correct(desk) -> None:
    with db.transaction(desk.engine) as s:
        for language, title in TITLES.items():
            text = article_text.parse(ARTICLE.format(language=language, title=f"{title} (2)"))
            editing.edit(s, SYSTEM, text)
        editing.publish(s, SYSTEM, "price-floor")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_hold_for_everybody(windows, desk, axe, language):
    windows.watch.forgiven = ("422",)  # a form that is refused says so beside the field
    checks = Checks(axe)
    ask(windows, desk, "What is the price floor?", f"unknown {LONG}", "unknown parking")
    correct(desk)
    page = signed_in(windows, desk, "editor", language)
    page.goto(f"{desk.url}/console/articles/import")
    checks.all(page, f"import, empty {language}")
    page.locator("#files").set_input_files(
        [
            {"name": f"{LONG[:80]}.html", "mimeType": "", "buffer": papers.PAGE.encode()},
            {"name": "locked.docx", "mimeType": "", "buffer": papers.locked_word()},
        ]
    )
    page.locator("form[action='/console/articles/import'] button[type=submit]").click()
    expect(page.locator(".note.warning")).to_have_count(1)
    checks.all(page, f"import, read {language}")
    page.locator("form[action$=save] button[type=submit]").click()
    expect(page.locator("form[action$=save] .note.warning")).to_be_visible()
    checks.all(page, f"import, refused {language}")
    for path in ("/console/recall", "/console/recall?article=price-floor", "/console/gaps"):
        page.goto(desk.url + path)
        checks.all(page, f"{path} {language}")
    page.goto(f"{desk.url}/console/recall?article=price-floor")
    page.locator("form[method=post][action='/console/recall'] button[type=submit]").click()
    expect(page.locator("#opened")).to_be_visible()
    checks.all(page, f"recall, opened {language}")
    assert checks.wrong == []


def test_an_editor_recalls_and_the_person_reads_it_at_once(windows, desk):
    _, chat = chat_page(windows, desk)
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()
    correct(desk)
    page = signed_in(windows, desk, "editor")
    page.goto(f"{desk.url}/console/recall")
    page.get_by_role("link", name="price-floor").click()
    expect(page.locator("td", has_text="has been corrected")).to_be_visible()
    page.get_by_role("button", name="Tell them now (people: 1)").click()
    expect(page.locator("#opened")).to_be_visible()
    notice = chat.place.locator(".message[data-author=system]", has_text="has been corrected")
    expect(notice).to_be_visible()
    expect(notice.locator(".source-title")).to_have_text("Price floor (2)")


def test_a_gap_becomes_a_draft_by_the_keyboard(windows, desk):
    windows.watch.forgiven = ("404",)  # the page it opens belongs to another part of the desk
    ask(windows, desk, "unknown: how long does the bond run?", "unknown parking")
    page = signed_in(windows, desk, "editor")
    page.goto(f"{desk.url}/console/gaps")
    expect(page.locator("section.panel")).to_have_count(2)
    page.locator("section.panel", has_text="parking").get_by_role("button", name="Dismiss").click()
    expect(page.locator("section.panel")).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("Dismissed. It is not shown again.")
    page.get_by_role("button", name="Make a draft").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/articles/gap-*")
    with db.reading(desk.engine) as s:
        name = page.url.rpartition("/")[2]
        [draft] = editing.page(s, name).versions
    assert draft.status == "draft"
    assert "how long does the bond run" in draft.title
