"""What makes the work light: places, signs, endings, ready words, articles, people, bad lines."""

import re

from playwright.sync_api import Page, expect

from crm import counselors, db, replies
from crm.events import SYSTEM
from crm.models import Counselor
from tests.browser.conftest import (
    PHONE,
    accept_first,
    chat_page,
    signed_in,
    waiting,
)

# Right to left, an emoji of several parts, markup, and words and addresses that cannot be broken.
WILD = (
    "<b>not bold</b> مرحبا بالعالم 👨‍👩‍👧‍👦 "
    + "x" * 300
    + " https://example.org/"
    + "path/" * 40
    + "\n"
    + "words " * 3000
)


def narrow(page: Page) -> None:
    wide, seen = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen, page.url


def test_waiting_typing_seen_ending_and_wrapping_up(windows, desk):
    guest, chat = chat_page(windows, desk)
    other, second = chat_page(windows, desk, "ko", PHONE)
    chat.say("a person please")
    expect(guest.locator("#place")).to_have_text("You are next.")
    second.say("a person please")
    expect(other.locator("#place")).to_contain_text("1명")
    page = signed_in(windows, desk, "counselor")
    accept_first(page)
    expect(guest.locator("#place")).to_be_hidden()
    expect(other.locator("#place")).to_have_text("다음 순서입니다.")
    page.locator("#text").press_sequentially("Good day")
    expect(guest.locator("#typing")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(chat.message("Good day")).to_be_visible()
    expect(guest.locator("#typing")).to_be_hidden()
    expect(page.locator(".receipt")).to_have_text(re.compile("Seen"))
    guest.locator("#text").press_sequentially("Thank")
    expect(page.locator("#typing")).to_be_visible()
    guest.locator("#text").fill("")
    guest.locator("#menu summary").click()
    guest.locator("#end").click()
    guest.locator("#end-dialog button[value=yes]").click()
    expect(guest.locator("#survey")).to_be_visible()
    expect(page.locator("#list-mine")).to_contain_text("Wrap-up due")
    expect(page.locator("#composer input[value=public]")).to_be_disabled()
    chat.say("One more thing")
    expect(guest.locator("#survey")).to_be_hidden()
    expect(page.locator("#composer input[value=public]")).to_be_enabled()
    page.locator("#talk-name").focus()
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    expect(page.locator("#do-wrap")).to_be_focused()
    expect(guest.locator("#survey")).to_be_visible()
    page.keyboard.press("Enter")
    page.locator("#wrap-dialog button[value=do]").click()
    expect(page.locator("#list-mine a")).to_have_count(0)


def test_ready_words_articles_search_and_filters(windows, desk):
    with db.transaction(desk.engine) as s:
        texts = {"en": "Good day, {contact}. I am {counselor}, {ticket}."}
        replies.save(s, SYSTEM, name="Greeting", texts=texts)
    _, chat = chat_page(windows, desk)
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()
    chat.say("a person please")
    page = signed_in(windows, desk, "counselor")
    accept_first(page)
    expect(page.locator("#open-replies")).to_be_visible()
    page.locator("#text").press("/")
    expect(page.locator(".reply")).to_have_count(1)
    page.keyboard.type("greet")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value(
        re.compile(r"^Good day\. I am Counselor Example, T-")
    )
    page.locator("#log .source summary").click()
    page.locator("#log .source a").click()
    expect(page.locator("#know-article .cited")).to_contain_text("88 %")
    page.locator("[data-know=insert]").click()
    page.keyboard.press("Control+Enter")
    expect(chat.message("The floor is 88 %.").last).to_contain_text("help/en/price-floor?v=1#floor")
    chat_page(windows, desk)[1].say("a person about the payment please")
    expect(waiting(page)).to_have_count(1)
    page.locator("#filter-queue").select_option("bidding")
    expect(waiting(page)).to_have_count(0)
    page.locator("#filter-q").fill("price floor")
    page.keyboard.press("Enter")
    expect(page.locator("#list-found a")).to_have_count(1)
    page.reload()
    expect(page.locator("#list-found a")).to_have_count(1)
    expect(page.locator("#filter-queue")).to_have_value("bidding")
    expect(page.locator("#filter-queue option[value=payment]")).to_contain_text("(1)")
    page.locator("#found-clear").click()
    expect(page.locator("#found-title")).to_have_count(0)
    page.locator("#do-transfer").click()
    offered = page.locator("#transfer-counselors option").all_inner_texts()
    assert [name.split(" ")[0] for name in offered] == ["Senior", "Supervisor"]


def test_what_is_said_in_another_talk_is_counted(windows, desk):
    _, first = chat_page(windows, desk)
    page = signed_in(windows, desk, "counselor")
    first.say("a person please")
    accept_first(page)
    chat_page(windows, desk)[1].say("a person for me")
    waiting(page).first.click()
    page.locator("#do-accept").click()
    expect(page.locator("#list-mine a")).to_have_count(2)
    first.say("are you there?")
    expect(page.locator("#list-mine a[data-unread]")).to_have_count(1)
    expect(page).to_have_title(re.compile(r"^\(1\)"))
    page.locator("#list-mine a[data-unread]").click()
    expect(page.locator("#log .message", has_text="are you there?")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^Console"))


def test_a_slow_line_neither_doubles_nor_loses(windows, desk):
    guest, chat = chat_page(windows, desk)
    chat.say("a person please")
    expect(chat.reply("handoff")).to_be_visible()
    page = signed_in(windows, desk, "counselor")
    accept_first(page)
    wire = guest.context.new_cdp_session(guest)
    slow = {"offline": False, "latency": 900, "downloadThroughput": 4000, "uploadThroughput": 4000}
    wire.send("Network.emulateNetworkConditions", slow)
    for n in range(5):
        chat.say(f"slowly {n}")
    expect(page.locator("#log .message", has_text="slowly")).to_have_count(5, timeout=40_000)
    expect(guest.locator(".message.pending")).to_have_count(0, timeout=40_000)
    told = [t for t in chat.texts() if t.startswith("slowly")]
    assert told == [f"slowly {n}" for n in range(5)]
    heard = [t for t in page.locator("#log .message-text").all_inner_texts() if "slowly" in t]
    assert heard == told


def test_wild_texts_break_no_page(windows, desk):
    name = "Maximiliana-Guadalupe" * 9
    guest, chat = chat_page(windows, desk, size={"width": 320, "height": 560})
    guest.locator("#text").fill("a person please " + WILD)
    guest.locator("#composer .send").click()
    expect(chat.reply("handoff")).to_be_visible()
    narrow(guest)
    assert guest.locator("#log b").count() == 0
    with db.transaction(desk.engine) as s:
        s.get_one(Counselor, desk.people["supervisor"].id).name = name
    page = signed_in(windows, desk, "supervisor")
    accept_first(page)
    page.locator("#text").fill(WILD)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.own .message-text")).to_contain_text("not bold")
    assert page.locator(".message-text b").count() == 0
    for size in ({"width": 640, "height": 430}, {"width": 320, "height": 560}):
        page.set_viewport_size(size)
        for button in page.locator(".views button:visible").all():
            button.click()
            narrow(page)
    narrow(guest)


def test_an_admin_looks_after_people_and_they_after_themselves(windows, desk):
    senior = desk.people["senior"]
    admin = signed_in(windows, desk, "admin")
    admin.goto(f"{desk.url}/console/people/{senior.id}")
    admin.locator("#name").fill("Renamed Example")
    admin.locator("input[name=queues][value=payment]").uncheck()
    admin.get_by_role("button", name="Save").click()
    expect(admin.locator("tbody", has_text="Renamed Example")).to_be_visible()
    windows.watch.forgiven = ("401", "403", "WebSocket", "409")
    theirs = signed_in(windows, desk, "senior")
    admin.get_by_role("link", name="Renamed Example").click()
    admin.locator("#ask-reset summary").click()
    admin.locator("button[value=reset]").click()
    password = admin.locator(".secret").inner_text()
    theirs.goto(f"{desk.url}/sign-in")
    theirs.locator("#email").fill(senior.email)
    theirs.locator("#password").fill(password)
    theirs.locator("form.card button").click()
    expect(theirs.locator("#waiting-title")).to_be_visible()
    theirs.goto(f"{desk.url}/console/account")
    for old, text in (("not it", "present password"), (password, "has been changed")):
        theirs.locator("#old").fill(old)
        theirs.locator("#new").fill("four unrelated words here")
        theirs.locator("#again").fill("four unrelated words here")
        theirs.locator("form[action$=password] button").click()
        expect(theirs.locator(".note")).to_contain_text(text)
    with db.transaction(desk.engine) as s:
        counselors.issue_token(s, s.get_one(Counselor, senior.id), "Report script")
    theirs.reload()
    theirs.get_by_role("button", name="Revoke").click()
    expect(theirs.locator(".note")).to_contain_text("revoked")
    admin.goto(f"{desk.url}/console/people/{senior.id}")
    admin.locator("#ask-shut_out summary").click()
    admin.locator("button[value=shut_out]").click()
    expect(admin.locator("[aria-label='Shut out'] tbody")).to_contain_text("Renamed Example")
    theirs.goto(f"{desk.url}/console")
    expect(theirs.locator("#email")).to_be_visible()
    admin.get_by_role("link", name="Renamed Example").click()
    admin.locator("button[value=let_in]").click()
    expect(admin.locator("[aria-label='Shut out']")).to_have_count(0)
