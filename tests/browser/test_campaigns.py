"""What came of a campaign, as a supervisor sees it, in every language."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from crm import campaigns, clock, consents, contacts, conversations, db, tickets
from crm.access import Member
from crm.events import SYSTEM, Actor
from crm.models import Delegation
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
    page.wait_for_url(f"**/campaigns/{made}")
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_are_taken_in_by_what_they_share_and_from_lists(
    windows, desk, axe, language, tmp_path
):
    """Whoever is left out is counted with the reason before anything is sent."""
    windows.watch.forgiven = ("422",)
    checks, who = Checks(axe), listed_people(desk)
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(f"{desk.url}/console/reach")
    page.locator("#name").fill("Fair")
    page.locator("#kind").select_option("promotion")
    page.locator(f"#text-{language}").fill("Come to the fair.")
    page.locator("form[action='/console/reach/campaigns'] button").click()
    by_segment = page.locator("form[aria-labelledby=by-segment]")
    by_list = page.locator("form[aria-labelledby=by-list]")
    checks.all(page, f"a draft {language}")
    by_segment.locator("button").click()  # which would be everybody
    expect(page.locator("[role=alert]")).to_be_visible()
    by_segment.locator("#organisation").fill("ficticia")
    by_segment.locator("#audience").select_option("supplier")
    by_segment.locator("button").click()
    expect(page.locator("main > [role=status]")).to_contain_text("2")
    by_segment.locator("#tag").fill("인증서")
    by_segment.locator("button").click()
    expect(page.locator("main > [role=status]")).to_contain_text("1")
    sheet = tmp_path / "people.csv"
    rows = (
        "이름;전화;메일",
        "Kim;;LISTED@ficticia.example",
        "Lee;+82 2-555-0100;",
        "No;;no@x.example",
    )
    sheet.write_bytes("\n".join(rows).encode("cp949"))  # as a Korean spreadsheet writes it
    by_list.locator("#file").set_input_files(sheet)
    by_list.locator("#list").fill(f"{who['tagged']}\nwhat is this")
    by_list.locator("button").click()
    told = page.locator("main > [role=status]")
    expect(told.locator("p").first).to_contain_text("2")
    expect(told.locator("li")).to_have_text(["what is this", "no@x.example"])
    checks.all(page, f"taken in {language}")
    reasons = page.locator("section[aria-labelledby=outlook] dd")
    expect(page.locator("section[aria-labelledby=outlook] strong")).to_have_text("1")
    assert sorted(reasons.all_inner_texts()) == ["1", "1", "2"]
    page.locator("[form=move-start]").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto(f"{desk.url}/console/reach")
    page.locator("tbody th a").click()
    expect(page.locator("#outlook")).to_be_visible()
    assert checks.wrong == []


def listed_people(desk) -> dict[str, str]:
    """Two who act for a firm, one with a tagged ticket, one known by mail and one by telephone. One
    agreed, one wants to be left alone, one agreed but has no address, two said nothing."""
    with db.transaction(desk.engine) as s:
        made = {
            "agreed": contacts.recognise(s, kind="sms", value="+34600000001", language="es"),
            "alone": contacts.meet(s, language="ko", name="Ficticia Lee", email=None),
            "tagged": contacts.meet(s, language="ko", name="Ficticia Ha", email=None),
            "mail": contacts.recognise(
                s, kind="email", value="listed@ficticia.example", language="en"
            ),
            "phone": contacts.recognise(s, kind="phone", value="+8225550100", language="ko"),
        }
        for name in ("agreed", "alone"):
            s.add(
                Delegation(
                    contact_id=made[name].id, organisation="Ficticia Ltd.", role="supplier",
                    expires_at=clock.now() + timedelta(days=1),
                )
            )  # fmt: skip
        conversations.start(
            s, made["agreed"], channel="sms", account="main", language="es", address="+34600000001"
        )
        for name, purpose, given in (
            ("agreed", "promotion", True), ("alone", "any", False), ("phone", "promotion", True),
        ):  # fmt: skip
            consents.say(s, SYSTEM, made[name].id, purpose, given=given, source="counselor")
        ticket = tickets.open_ticket(
            s, actor=SYSTEM, contact_id=made["tagged"].id, subject="x", category="question",
            queue="technical",
        )  # fmt: skip
        tickets.change(s, ticket, SYSTEM, {"tags": ["인증서"]})
        return {name: contact.id for name, contact in made.items()}
