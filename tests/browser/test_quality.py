"""A talk is drawn, judged, trained for and coached in the browser, in every language."""

import pytest
from playwright.sync_api import expect

from crm import contacts, conversations, db, training
from crm.events import BOT, Actor
from crm.models import Evaluation, Scorecard
from tests.browser.conftest import signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe

assert axe  # a fixture of that file


def helped(desk) -> str:
    """A talk that the counselor has wrapped up."""
    packet = {"reason": "asked", "goal": "x", "facts": {}, "sources_tried": [], "language": "en",
              "deadline": None, "last_turns": []}  # fmt: skip
    who = desk.people["counselor"].id
    with db.transaction(desk.engine) as s:
        contact = contacts.meet(s, language="en", name="Kim Example", email=None)
        talk, _ = conversations.start(s, contact, channel="web", language="en")
        conversations.hand_off(
            s, talk, actor=BOT, queue="bidding", packet=packet, urgent=False, deadline=None
        )
        s.flush()
        conversations.accept(s, talk.id, who)
        conversations.wrap(s, talk, actor=Actor("counselor", who), code="answered", note=None)
        return talk.id


def write_card(page) -> None:
    """Two items, the second of them fatal."""
    page.locator("#new-card > summary").click()
    page.locator("#card-name").fill("Talks")
    for n, (code, area) in enumerate((("right", "knowledge"), ("secret", "privacy"))):
        page.locator(f"#code-new-{n}").fill(code)
        page.locator(f"#area-new-{n}").fill(area)
        for language in LANGUAGES:
            page.locator(f"#{language}-new-{n}").fill(f"{code} {language}")
    page.locator("#new-card [name=fatal][value='1']").check()
    page.locator("#new-card form > p > button").click()
    expect(page.locator("[role=status]")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_draw_to_the_course(windows, desk, axe, watch, language):
    watch.forgiven = ("422", "409")
    checks, talk, who = Checks(axe), helped(desk), desk.people["counselor"].id
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/courses")
    checks.all(page, f"no courses {language}")
    page.locator("#kind").select_option("occupational")
    page.locator("#area").fill("knowledge")
    page.locator("form[action='/console/courses'] button").click()  # without a title
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("#kind").select_option("occupational")
    page.locator("#title").fill("Bid bonds")
    page.locator("#area").fill("knowledge")
    page.locator("form[action='/console/courses'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()

    page.goto(f"{desk.url}/console/quality")
    checks.all(page, f"no scorecard {language}")
    write_card(page)
    draw_and_judge(page, checks, talk, language)
    with db.reading(desk.engine) as s:
        [made] = s.query(Evaluation)
        [(enrolment, _)] = training.enrolments(s, who)
        assert (made.counselor_id, made.areas) == (who, {"knowledge": 25.0, "privacy": 100.0})
        assert enrolment.reason == "weak_scorecard"
    coach_and_finish(page, desk, checks, language)
    own = signed_in(windows, desk, "counselor", language)
    own.goto(f"{desk.url}/console/team")
    expect(own.get_by_text("Bonds are due before the opening.")).to_be_visible()
    expect(own.get_by_text("Look again at bonds.")).to_be_visible()
    with db.reading(desk.engine) as s:
        [(enrolment, _)] = training.enrolments(s, who)
        assert (enrolment.state, enrolment.result) == ("passed", 88)
    assert checks.wrong == []


def draw_and_judge(page, checks: Checks, talk: str, language: str) -> None:
    """The drawn talk is judged weak in what the counselor knows."""
    page.locator("#seed").fill("november")
    page.locator("form[action='/console/quality'] button").click()
    drawn = page.locator(f"a[href='/console/quality/talks/{talk}']")
    expect(drawn).to_be_visible()
    checks.all(page, f"a draw {language}")
    drawn.click()
    expect(page.get_by_text(f"right {language}")).to_be_visible()
    page.locator("#i-right").select_option("1")
    page.locator(f"form[method=post][action$='/{talk}'] button").click()  # one answer is missing
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("#i-right")).to_have_value("1")  # what was answered is kept
    page.locator("#i-secret").select_option("4")
    page.locator("#note").fill("Look again at bonds.")
    checks.all(page, f"a judgement {language}")
    page.locator(f"form[method=post][action$='/{talk}'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    page.locator(f"a[href^='/console/quality/talks/{talk}']").click()
    expect(page.locator("#agreed")).to_be_visible()


def coach_and_finish(page, desk, checks: Checks, language: str) -> None:
    """The counselor is left a note, and passes the course."""
    who = desk.people["counselor"].id
    page.goto(f"{desk.url}/console/quality")
    page.locator("#counselor").select_option(who)
    page.locator("#note-text").fill("Bonds are due before the opening.")
    page.locator("form[action$='/notes'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    page.goto(f"{desk.url}/console/courses")
    checks.all(page, f"courses {language}")
    page.locator("form[action$='/assign'] select").select_option(who)
    page.locator("form[action$='/assign'] button").click()  # they have it before them already
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("[name=result]").fill("88")
    page.locator("form[action*='/results/'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()


def test_a_scorecard_gets_its_next_version(windows, desk):
    page = signed_in(windows, desk, "supervisor")
    page.goto(f"{desk.url}/console/quality")
    write_card(page)
    page.locator("details summary", has_text="version 1").click()
    page.locator("details summary", has_text="next version").click()
    page.locator("[name=weight]").first.fill("7")
    page.get_by_role("button", name="next version").click()
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("details summary", has_text="version 2")).to_have_count(1)
    with db.reading(desk.engine) as s:
        old, new = s.query(Scorecard).order_by(Scorecard.version)
    assert ([x["weight"] for x in old.items], [x["weight"] for x in new.items]) == ([1, 1], [7, 1])
    assert [x["fatal"] for x in new.items] == [False, True]
