"""Colleagues on one ticket: called, watching, linking, merging and taking back, in two browsers."""

import pytest
from playwright.sync_api import expect

from crm import contacts, conversations, db, tickets
from crm.events import BOT, SYSTEM
from tests.browser.conftest import Chat, accept_first, signed_in
from tests.browser.test_accessibility import LANGUAGES, LONG, Checks, axe

assert axe  # a fixture of that file
SAID = {
    "en": ("My certificate is refused at signing", "certificate refused when I sign a bid"),
    "es": (
        "El certificado se rechaza al firmar",
        "me rechaza el certificado cuando firmo la oferta",
    ),
    "ko": ("서명할 때 인증서가 거부됩니다", "입찰서 서명 중 인증서 거부"),
}


def ticket_of(desk, subject: str = LONG, contact: str | None = None, queue: str = "bidding"):
    """A ticket with one talk; its id, number and contact."""
    with db.transaction(desk.engine) as s:
        who = contact or contacts.meet(s, language="en", name="Ficticia Kim", email=None).id
        made = tickets.open_ticket(
            s, actor=BOT, contact_id=who, subject=subject, category="question", queue=queue
        )
        talk, _ = conversations.start(
            s, s.get_one(contacts.Contact, who), channel="web", language="en"
        )
        talk.ticket_id = made.id
        return made.id, made.number, who


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_colleague_is_called_and_told_of_what_becomes_of_it(windows, desk, axe, language):
    windows.watch.forgiven = ("422",)
    checks, (ticket, number, _) = Checks(axe), ticket_of(desk)
    mine = signed_in(windows, desk, "counselor", language)
    other = signed_in(windows, desk, "senior", language)
    mine.goto(f"{desk.url}/console/tickets/{ticket}")
    note = mine.locator("form[action$='/notes']")
    note.locator("button").click()  # nothing written
    expect(mine.locator("[role=alert]")).to_be_visible()
    note.locator("textarea").fill("@Editor Example please look")
    note.locator("button").click()
    expect(mine.locator("[role=alert]")).to_be_visible()  # an editor sees no tickets
    expect(note.locator("textarea")).to_have_value("@Editor Example please look")
    note.locator("textarea").fill("@senior example: clause 3? Mail kim@senior.example")
    note.locator("button").click()
    expect(mine.locator("main > [role=status]")).to_be_visible()
    checks.all(mine, f"noted {language}")
    other.reload()
    expect(other.locator("[data-unread]")).to_contain_text("1")
    other.goto(f"{desk.url}/console/notifications")
    expect(other.locator("article")).to_have_count(1)
    expect(other.locator("article p").first).to_contain_text("clause 3?")
    checks.all(other, f"notifications {language}")
    other.locator("article a").click()
    expect(other).to_have_url(f"{desk.url}/console/tickets/{ticket}#n-" + note_id(other))
    mine.locator("#priority").select_option("high")
    mine.locator("form:has(#priority) button").first.click()
    other.goto(f"{desk.url}/console/notifications")
    expect(other.locator("article h2 a")).to_have_count(2)
    other.locator("article form button").first.click()
    expect(other.locator("article form")).to_have_count(1)
    other.locator("form[action='/console/notifications/read'] button").click()
    expect(other.locator("article form")).to_have_count(0)
    expect(other.locator("article")).to_have_count(2)
    other.goto(f"{desk.url}/console/tickets/{ticket}")
    other.locator("form[action$='/watch'] button").click()  # enough of it
    expect(other.locator("main > [role=status]")).to_be_visible()
    mine.goto(f"{desk.url}/console/tickets/{ticket}")
    mine.locator("#priority").select_option("low")
    mine.locator("form:has(#priority) button").first.click()
    expect(mine.locator("tbody")).to_contain_text(number)
    other.goto(f"{desk.url}/console/notifications")
    expect(other.locator("article form")).to_have_count(0)
    assert checks.wrong == []


def note_id(page) -> str:
    return (page.locator("article[id^='n-']").first.get_attribute("id") or "").removeprefix("n-")


def test_tags_links_merge_and_split_with_their_way_back(windows, desk):
    windows.watch.forgiven = ("422", "409")
    (one, _, _who), (two, number, _) = ticket_of(desk), ticket_of(desk, "Another")
    page = signed_in(windows, desk, "counselor")
    page.goto(f"{desk.url}/console/tickets/{one}")
    page.locator("#tag-words").fill("Firma, 인증서,firma, ")
    page.locator("form[action$='/tags'] button").click()
    expect(page.locator("#tag-words")).to_have_value("firma, 인증서")
    page.locator("#tag-words").fill(",".join(f"tag{n}" for n in range(30)))
    page.locator("form[action$='/tags'] button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("#link-value").fill("R26BK00000001-000")
    page.locator("form[action$='/links'] button").click()
    page.locator("#link-kind").select_option("organisation")
    page.locator("#link-value").fill("Ficticia Ltd.")
    page.locator("form[action$='/links'] button").click()
    links = page.locator("form[action$='/unlink']")
    expect(links).to_have_count(2)
    links.first.locator("button").click()
    expect(links).to_have_count(1)
    page.locator("#into").fill("T-1999-000001")
    page.locator("form[action$='/merge'] button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("#into").fill(number.lower())
    page.locator("form[action$='/merge'] button").click()
    expect(page.locator(f"#apart ~ p a[href$='{two}']")).to_have_text(number)
    page.goto(f"{desk.url}/console/tickets/{two}")
    expect(page.locator("#gathered + ul li")).to_have_count(2)
    page.locator("form[action$='/undo'] button").click()
    expect(page.locator("#gathered + ul li")).to_have_count(1)
    expect(page.locator("form[action$='/undo']")).to_have_count(0)
    page.locator("form[action$='/split'] button").click()  # without a choice
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("form[action$='/split'] input[type=checkbox]").check()
    page.locator("form[action$='/split'] button").click()
    expect(page.locator("#gathered ~ .empty")).to_be_visible()
    page.locator("form[action$='/undo'] button").click()
    expect(page.locator("#gathered + ul li")).to_have_count(1)


def test_two_who_save_the_same_ticket_lose_nothing(windows, desk):
    windows.watch.forgiven = ("409",)
    ticket, _, _ = ticket_of(desk)
    one, two = (signed_in(windows, desk, role) for role in ("supervisor", "senior"))
    for page in (one, two):
        page.goto(f"{desk.url}/console/tickets/{ticket}")
    one.locator("#priority").select_option("urgent")
    one.locator("form:has(#priority) button").first.click()
    two.locator("#queue").select_option("payment")  # another field of the form opened before
    two.locator("form:has(#priority) button").first.click()
    for page in (one, two):
        page.goto(f"{desk.url}/console/tickets/{ticket}")
        expect(page.locator("#priority")).to_have_value("urgent")
        expect(page.locator("#queue")).to_have_value("payment")
    one.locator("#priority").select_option("low")
    one.locator("form:has(#priority) button").first.click()
    two.locator("#priority").select_option("normal")
    two.locator("form:has(#priority) button").first.click()
    expect(two.locator("[role=alert]")).to_be_visible()
    expect(two.locator("#priority")).to_have_value("low")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_may_be_there_already_is_shown_while_a_ticket_is_written(windows, desk, axe, language):
    subject, written = SAID[language]
    solved, _, _ = ticket_of(desk, subject)
    _, number, _ = ticket_of(desk, subject)
    with db.transaction(desk.engine) as s:
        tickets.change(s, tickets.get(s, solved), SYSTEM, {"status": "solved"})
    guest = windows.open()
    guest.goto(f"{desk.url}/widget?lang={language}")
    Chat(guest).say("a person please")
    expect(Chat(guest).reply("handoff")).to_be_visible()
    with db.transaction(desk.engine) as s:  # the scripted bot opens one with every hand-off
        for talk in s.scalars(conversations.select(conversations.Conversation)):
            if talk.handoff:
                talk.ticket_id = None
    page = signed_in(windows, desk, "counselor", language)
    accept_first(page)
    page.locator("#do-ticket").click()
    shown = page.locator("#ticket-similar")
    field = page.locator("#ticket-subject")
    field.fill("zzzz")
    expect(shown.locator("a", has_text=number)).to_have_count(0)
    field.fill(written)
    expect(shown.locator("a", has_text=number)).to_be_visible()
    expect(shown.locator("a")).to_have_count(2)  # and the one of the same person, but none solved
    field.fill(f"{written} {'x' * 300}"[:300])
    Checks(axe).all(page, f"similar {language}")
    field.fill("zzzz")
    expect(shown.locator("a", has_text=number)).to_have_count(0)
