"""Two supervisors at once: whoever comes second is told so, and nothing of either is lost."""

from playwright.sync_api import expect

from crm import contacts, conversations, db, merging, queues, skills
from crm.events import SYSTEM
from crm.models import Contact, Counselor, CounselorSkill, Incident
from tests.browser.conftest import Chat, signed_in

NOTICE = {"en": "It is down.", "es": "No funciona.", "ko": "장애입니다."}


def both(windows, desk, path: str):
    windows.watch.forgiven = ("404", "409", "422")
    pages = [signed_in(windows, desk, role) for role in ("supervisor", "admin")]
    for page in pages:
        page.goto(f"{desk.url}{path}")
    return pages


def test_the_rules_of_a_queue_are_changed_by_two(windows, desk):
    one, two = both(windows, desk, "/console/allocation")
    for page, name, value in ((one, "boost", "120"), (two, "misses", "5")):
        page.locator("#q-bidding summary").click()
        page.locator(f"#q-bidding [name={name}]").fill(value)
        page.locator("#q-bidding button").click()
    expect(one.locator("main > [role=status]")).to_be_visible()
    expect(two.locator("[role=alert]")).to_be_visible()
    expect(two.locator("#q-bidding [name=boost]")).to_have_value("120")  # as it is by now
    two.locator("#q-bidding [name=misses]").fill("5")
    two.locator("#q-bidding button").click()
    expect(two.locator("main > [role=status]")).to_be_visible()
    with db.reading(desk.engine) as s:
        plan = queues.plan(s, "bidding")
    assert (plan.boost, plan.misses) == (120, 5)


def test_a_skill_is_removed_by_two_while_contacts_wait_for_it(windows, desk):
    with db.transaction(desk.engine) as s:
        skills.add(s, SYSTEM, "bonds")
        s.add(CounselorSkill(counselor_id=desk.people["senior"].id, skill="bonds", level=3))
    guest = windows.open()
    guest.goto(f"{desk.url}/widget?lang=en")
    Chat(guest).say("a person please")
    expect(Chat(guest).reply("handoff")).to_be_visible()
    with db.transaction(desk.engine) as s:
        talk = s.scalars(conversations.select(conversations.Conversation)).one()
        queues.need(s, talk, actor=SYSTEM, skills_wanted={"bonds": 3})
    one, two = both(windows, desk, "/console/allocation")
    for page in (one, two):
        page.locator("form[action$='/bonds/remove'] button").click()
    expect(one.locator("main > [role=status]")).to_be_visible()
    expect(two.locator("[role=alert]")).to_be_visible()
    counselor = signed_in(windows, desk, "counselor")
    counselor.goto(f"{desk.url}/console/floor")
    counselor.locator("button[value=ready]").click()
    counselor.goto(f"{desk.url}/console")
    # Who waited for the skill is offered to somebody who never had it.
    expect(counselor.locator("#list-offered [data-talk]")).to_have_count(1, timeout=20_000)


def test_a_queue_that_nobody_serves_is_named(windows, desk):
    page = signed_in(windows, desk, "supervisor")
    page.goto(f"{desk.url}/console/allocation")
    row = page.locator("tbody tr").first
    expect(row.locator(".urgent-tag")).to_have_count(0)
    name = "registration"
    with db.transaction(desk.engine) as s:
        for person in desk.people.values():
            row = s.get_one(Counselor, person.id)
            row.queues = [q for q in row.queues if q != name]
    page.reload()
    expect(page.locator("tr:has-text('Registration') .urgent-tag")).to_be_visible()
    page.goto(f"{desk.url}/console/floor")
    expect(page.locator("tr:has-text('Registration') .urgent-tag")).to_be_visible()


def test_the_same_incident_is_opened_by_two(windows, desk):
    pages = both(windows, desk, "/console/floor")
    for page in pages:
        form = page.locator("form[action$='/floor/incidents']")
        form.locator("xpath=..").locator("summary").click()
        form.locator("[name=title]").fill("Signing fails")
        for language, text in NOTICE.items():
            form.locator(f"[name={language}]").fill(text)
        form.locator("button").click()
    expect(pages[1].locator("form[action$='/close']")).to_have_count(1)  # not one for each
    form = pages[1].locator("form[action$='/floor/incidents']")
    form.locator("xpath=..").locator("summary").click()
    form.locator("[name=title]").fill("signing fails")
    for language, text in NOTICE.items():
        form.locator(f"[name={language}]").fill(f"{text} Call us.")
    form.locator("button").click()
    expect(pages[1].locator("[role=alert]")).to_be_visible()
    with db.reading(desk.engine) as s:
        assert len(s.scalars(conversations.select(Incident)).all()) == 1


def test_the_same_contacts_are_merged_by_two_the_other_way_round(windows, desk):
    with db.transaction(desk.engine) as s:
        a, b = (contacts.meet(s, language="en", name=n, email=None) for n in ("Ha Kim", "Ha K."))
        ids = a.id, b.id
    windows.watch.forgiven = ("404", "409")
    one, two = (signed_in(windows, desk, role) for role in ("supervisor", "supervisor"))
    for page, here in ((one, ids[0]), (two, ids[1])):
        page.goto(f"{desk.url}/console/contacts/{here}?q=Ha")
    for page in (one, two):
        page.locator("form[action$='/merge'] button").click()
    expect(one.locator("main > [role=status]")).to_be_visible()
    expect(two.locator("[role=alert]")).to_be_visible()
    with db.reading(desk.engine) as s:
        assert merging.root(s, s.get_one(Contact, ids[1])).id == ids[0]
