"""What came of a campaign, as a supervisor sees it, in every language."""

import pytest
from playwright.sync_api import expect

from crm import campaigns, contacts, db
from crm.access import Member
from crm.events import SYSTEM, Actor
from tests.browser.conftest import signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe

assert axe  # a fixture of that file

SCORES = {"overall": 5, "activeness": 4, "kindness": 3, "accuracy": 2, "speed": 1}


def campaign(desk) -> str:
    """Happy calls to two people; one is made and rated, the other refused to be contacted."""
    texts = {"en": "Does it work now?", "es": "¿Ya funciona?", "ko": "이제 잘 되나요?"}
    caller = Member(desk.people["counselor"].id, "counselor", ("bidding",))
    with db.transaction(desk.engine) as s:
        who = [contacts.meet(s, language="en", name=None, email=None).id for _ in range(2)]
        planner = Actor("counselor", desk.people["supervisor"].id)
        made = campaigns.draft(
            s, planner, name="After the outage", kind="happy_call", texts=texts, per_minute=1
        )
        campaigns.add_contacts(s, SYSTEM, made, who)
        campaigns.move(s, SYSTEM, made, "start")
        first, second = campaigns.calls_due(s, caller)
        campaigns.take(s, first.id, caller)
        target = campaigns.called(s, first.id, caller, result="satisfied", note=None)
        campaigns.rate(s, target, SCORES, None)
        campaigns.skip(s, second, "do_not_contact")
        return made.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answers_to_each_question_are_shown(windows, desk, axe, language):
    checks, made = Checks(axe), campaign(desk)
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/reach")
    page.locator(f"a[href$='/campaigns/{made}']").click()
    checks.all(page, f"a campaign {language}")
    shown = page.locator(".tiles .tile strong").all_inner_texts()
    assert [text.replace(",", ".") for text in shown] == ["100.0", "75.0", "50.0", "25.0", "0.0"]
    expect(page.locator("section[aria-labelledby=results] dd")).to_have_text(["1", "1"])
    assert checks.wrong == []


def test_a_campaign_that_reached_nobody_says_so(windows, desk):
    with db.transaction(desk.engine) as s:
        planner = Actor("counselor", desk.people["supervisor"].id)
        made = campaigns.draft(
            s, planner, name="Nobody", kind="survey", texts={"en": "x"}, per_minute=1
        ).id
    page = signed_in(windows, desk, "auditor")
    page.goto(f"{desk.url}/console/reach/campaigns/{made}")
    expect(page.locator(".empty")).to_have_count(3)
