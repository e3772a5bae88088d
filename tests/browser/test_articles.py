"""An editor at work in a real browser, and every page of the knowledge section before axe."""

import re

import pytest
from playwright.sync_api import Page, expect

from api.pages import words
from crm import db
from crm.events import Actor
from knowledge import article_text, editing
from tests.browser.conftest import ARTICLE, TITLES, signed_in
from tests.browser.test_accessibility import AXE, LANGUAGES, LONG, Checks

EDIT = "/console/articles/price-floor/edit/"


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in web/ gets it")
    return AXE.read_text("utf-8")


def act(page: Page, key: str, language: str = "en") -> None:
    page.get_by_role("button", name=words.of(language)(f"articles.{key}"), exact=True).click()


def save(desk, language: str, old: str, new: str, *, publish: bool = False) -> None:
    """Another editor's work, meanwhile."""
    text = ARTICLE.format(language=language, title=TITLES[language]).replace(old, new)
    other = Actor("counselor", desk.people["admin"].id)
    with db.transaction(desk.engine) as s:
        editing.edit(s, other, article_text.parse(text))
        if publish:
            editing.publish(s, other, "price-floor", language)


def test_an_article_is_written_with_its_look_beside_it_and_goes_its_way(windows, desk):
    page = signed_in(windows, desk, "editor")
    page.goto(f"{desk.url}/console/articles")
    page.get_by_role("link", name="New article").click()
    page.locator("#id").fill("the-fee")
    page.locator("#title").fill("The fee")
    page.locator("#source").fill("A made-up source")
    page.locator("#topic").select_option("payment")
    page.locator("#body").fill("## How much is the fee? {#fee}\n**10** units")
    expect(page.locator("#preview h3")).to_have_text("How much is the fee?")
    expect(page.locator("#preview strong")).to_have_text("10")
    page.locator("#body").press_sequentially(" a day")
    expect(page.locator("#preview section")).to_contain_text("10 units a day")
    page.locator("#title").press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("The draft is saved")
    act(page, "do_submit")
    expect(page.get_by_text("Someone else has to approve it")).to_be_visible()
    chief = signed_in(windows, desk, "admin", "ko")
    chief.goto(f"{desk.url}/console/articles/the-fee")
    chief.locator("#approve-en").fill("좋습니다")
    act(chief, "do_approve", "ko")
    act(chief, "do_publish", "ko")
    expect(chief.locator(".step-list blockquote")).to_have_text("좋습니다")
    reader = windows.open()
    reader.goto(f"{desk.url}/help/en/the-fee")
    expect(reader.locator("#fee")).to_contain_text("10 units a day")


def test_the_second_of_two_editors_sees_both_texts_and_loses_neither(windows, desk):
    windows.watch.forgiven = ("409",)
    page = signed_in(windows, desk, "editor")
    page.goto(f"{desk.url}{EDIT}en")
    save(desk, "en", "88 %", "87 %")
    page.locator("#body").fill(page.locator("#body").input_value().replace("- Two", "- Three"))
    act(page, "save")
    expect(page.locator("[role=alert]")).to_contain_text("nothing is lost")
    expect(page.locator("#their-text")).to_have_value(re.compile("87 %"))
    expect(page.locator("#body")).to_have_value(re.compile("- Three"))
    expect(page.locator(".differences del").first).to_contain_text("87")
    page.locator("#body").fill(page.locator("#body").input_value().replace("88 %", "87 %"))
    act(page, "save_over")
    expect(page.locator("[role=status]")).to_contain_text("The draft is saved")


def test_leaving_with_unsaved_words_is_asked_about(windows, desk):
    page = signed_in(windows, desk, "editor")
    page.goto(f"{desk.url}{EDIT}en")
    page.locator("#title").fill("Half a title")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator(".trail a").first.click()
    page.wait_for_url("**/console/articles")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_the_knowledge_section(windows, desk, axe, language):
    windows.watch.forgiven = ("409", "422")
    checks = Checks(axe)
    save(desk, "en", "88 %", "87 %", publish=True)
    page = signed_in(windows, desk, "editor", language)
    page.goto(f"{desk.url}/console/articles?only=stale")
    expect(page.locator("tbody .urgent-tag")).to_have_count(2)
    checks.all(page, f"list {language}")
    page.goto(f"{desk.url}/console/articles?q=nothing+like+it")
    checks.all(page, f"empty list {language}")
    page.goto(f"{desk.url}{EDIT}es")
    expect(page.locator(".differences ins")).to_have_count(1)
    checks.all(page, f"translation {language}")
    page.locator("#title").fill(LONG[:199])
    page.locator("#body").fill("## A question and no answer")
    expect(page.locator("#preview .warning")).to_be_visible()
    page.locator("#body").press("Tab")
    act(page, "save", language)
    expect(page.locator("[role=alert]")).to_be_visible()
    checks.all(page, f"what is wrong {language}")
    page.locator("#body").fill(f"## {LONG[:200]} {{#long}}\n" + LONG * 4)
    act(page, "save", language)
    expect(page.locator(".step-list")).to_be_visible()
    checks.all(page, f"article {language}")
    page.locator(".act summary").last.click()
    checks.page(page, f"article, a step open {language}")
    page.goto(f"{desk.url}/console/articles/price-floor/versions/es")
    expect(page.locator(".differences")).to_be_visible()
    checks.all(page, f"versions {language}")
    page.goto(f"{desk.url}/console/articles/price-floor/try/es?q=which+one")
    expect(page.locator("#said-drafted")).to_be_visible()
    checks.all(page, f"trial {language}")
    page.emulate_media(color_scheme="dark")
    for path in ("", "/price-floor", "/price-floor/versions/es", "/price-floor/edit/es"):
        page.goto(f"{desk.url}/console/articles{path}")
        checks.page(page, f"{path} dark {language}")
    assert checks.wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_public_pages_of_what_is_gone_missing_or_of_another_day(windows, desk, axe, language):
    windows.watch.forgiven = ("404", "410")
    checks, page = Checks(axe), windows.open()
    text = ARTICLE.format(language=language, title=LONG[:190]).replace("price-floor", "old-rule")
    admin = Actor("counselor", desk.people["admin"].id)
    with db.transaction(desk.engine) as s:
        editing.take_in(s, admin, article_text.parse(text))
        newer = text.replace("2021-01-01", "2024-07-01").replace("88 %", "87 %")
        editing.take_in(s, admin, article_text.parse(newer))
    say = words.of(language)
    page.goto(f"{desk.url}/help/{language}/old-rule")
    page.locator("#on").fill("2022-02-02")
    page.get_by_role("button", name=say("report.show")).click()
    expect(page.locator("#floor")).to_contain_text("88 %")
    checks.all(page, f"another day {language}")
    elsewhere = next(code for code in LANGUAGES if code != language)
    page.locator(f".languages a[hreflang={elsewhere}]").click()
    expect(page.locator("h1")).to_have_text(words.of(elsewhere)("article.missing"))
    checks.all(page, f"missing {elsewhere}")
    with db.transaction(desk.engine) as s:
        editing.withdraw(s, admin, "old-rule")
    page.goto(f"{desk.url}/help/{language}/old-rule")
    expect(page.locator("[role=note]")).to_contain_text(say("article.gone"))
    checks.all(page, f"gone {language}")
    page.get_by_role("link", name=say("article.gone_wording")).click()
    expect(page.locator("#floor")).to_contain_text("87 %")
    checks.all(page, f"gone, its words {language}")
    page.emulate_media(media="print")
    expect(page.locator("#floor")).to_be_visible()
    for hidden in (".site-footer", ".languages", ".on-day"):
        expect(page.locator(hidden)).to_be_hidden()
    assert checks.wrong == []
