"""Two browsers talking to each other: the desk's main road from question to rating."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Chat, accept_first, chat_page, signed_in, waiting

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 2000


def png(name: str) -> dict[str, object]:
    return {"name": name, "mimeType": "image/png", "buffer": PNG}


def test_from_question_to_counselor_to_rating(windows, desk):
    guest, chat = chat_page(windows, desk)
    counselor = signed_in(windows, desk, "counselor")
    _asks_and_reads_the_source(windows, guest, chat)
    _is_handed_over(counselor, chat)
    _talk_both_ways(counselor, chat)
    _files_both_ways(guest, counselor, chat)
    _ends_with_a_rating(counselor, chat)
    guest.reload()
    expect(chat.message("About the certificate.")).to_be_visible()
    expect(chat.place.locator("#survey")).to_be_hidden()


def _asks_and_reads_the_source(windows, guest, chat):
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_contain_text("88 %")
    source = chat.reply("answer").locator(".source")
    source.locator("summary").click()
    expect(source.locator("blockquote")).to_have_text("The floor is 88 %.")
    link = source.locator("a")
    assert link.get_attribute("target") == "_blank"
    with guest.expect_popup() as opened:
        link.click()
    windows.watch.page(opened.value)
    opened.value.wait_for_url("**/help/en/price-floor?v=1#floor")
    expect(opened.value.locator("#floor h2")).to_be_visible()


def _is_handed_over(counselor, chat):
    chat.place.locator("#person").click()
    expect(chat.reply("handoff")).to_be_visible()
    expect(chat.standing).to_contain_text("Waiting")
    expect(waiting(counselor)).to_have_count(1)
    expect(counselor).to_have_title(re.compile(r"^\(1\)"))
    accept_first(counselor)
    packet = counselor.locator(".packet")
    expect(packet).to_contain_text("I would like to talk to a person")
    expect(packet.locator("a", has_text="Price floor")).to_be_visible()
    expect(packet).to_contain_text("Asked for a person")
    expect(packet).to_contain_text("English")
    expect(chat.standing).to_have_text("A counselor is with you")
    expect(chat.message("Counselor Example has joined")).to_be_visible()
    expect(counselor).to_have_title(re.compile(r"^Console"))


def _talk_both_ways(counselor, chat):
    counselor.locator("#text").fill("Good day. What is it about?")
    counselor.keyboard.press("Control+Enter")
    expect(chat.message("Good day. What is it about?")).to_be_visible()
    chat.say("About the certificate.")
    expect(counselor.locator("#log .message", has_text="About the certificate.")).to_be_visible()
    counselor.locator("#composer input[value=internal]").check()
    counselor.locator("#text").fill("Only for us")
    counselor.keyboard.press("Control+Enter")
    expect(counselor.locator(".message.internal", has_text="Only for us")).to_be_visible()


def _files_both_ways(guest, counselor, chat):
    guest.locator("#composer input[type=file]").set_input_files(png("from-guest.png"))
    expect(guest.locator(".chip.ready")).to_be_visible()
    chat.say("Here is a picture.")
    with counselor.expect_download() as download:
        counselor.locator("#log .file", has_text="from-guest.png").click()
    assert download.value.suggested_filename == "from-guest.png"
    assert download.value.path().read_bytes() == PNG
    counselor.locator("#composer input[value=public]").check()
    counselor.locator("#composer input[type=file]").set_input_files(png("from-desk.png"))
    expect(counselor.locator(".chip.ready")).to_be_visible()
    counselor.locator("#composer .send").click()
    with guest.expect_download() as download:
        guest.locator("#log .file", has_text="from-desk.png").click()
    assert download.value.path().read_bytes() == PNG


def _ends_with_a_rating(counselor, chat):
    counselor.locator("#do-wrap").click()
    counselor.locator("#wrap-code").select_option("answered")
    counselor.locator("#wrap-note").fill("All clear")
    counselor.locator("#wrap-dialog button[value=do]").click()
    expect(counselor.locator("#list-mine a")).to_have_count(0)
    survey = chat.place.locator("#survey")
    expect(survey).to_be_visible()
    survey.locator("input[value='5']").check()
    survey.locator("#comment").fill("Very kind")
    survey.locator("button").click()
    expect(chat.place.locator("#thanks")).to_be_visible()
    assert "Only for us" not in "\n".join(chat.texts())


def test_two_counselors_reach_for_one_conversation(windows, desk):
    _, chat = chat_page(windows, desk)
    first, second = signed_in(windows, desk, "counselor"), signed_in(windows, desk, "senior")
    chat.say("a person please")
    waiting(first).first.click()
    waiting(second).first.click()
    expect(second.locator("#do-accept")).to_be_visible()
    # The second one's page does not hear of it before its own click arrives.
    second.route("**/console/talks/*", lambda route: route.abort())
    windows.watch.forgiven = ("net::ERR_FAILED", "409")
    first.locator("#do-accept").click()
    expect(first.locator("#list-mine a")).to_have_count(1)
    second.evaluate("document.querySelector('#do-accept')?.click()")
    expect(second.locator("#notice")).to_contain_text("Someone else has taken")
    expect(second.locator("#notice")).to_have_class(re.compile("calm"))


def test_a_transfer_with_a_note_reaches_the_other_counselor(windows, desk):
    _, chat = chat_page(windows, desk)
    first, second = signed_in(windows, desk, "counselor"), signed_in(windows, desk, "senior")
    chat.say("a person please")
    accept_first(first)
    first.locator("#do-transfer").click()
    first.locator("#transfer-to").select_option(label="Legal questions")
    first.locator("#transfer-note").fill("Needs the law")
    first.locator("#transfer-dialog button[value=do]").click()
    expect(first.locator("#list-mine a")).to_have_count(0)
    expect(waiting(second)).to_contain_text("Legal questions")
    accept_first(second)
    expect(second.locator(".message.internal")).to_contain_text("Needs the law")
    assert "Needs the law" not in "\n".join(chat.texts())


def test_a_ticket_is_opened_changed_and_found(windows, desk):
    _, chat = chat_page(windows, desk)
    page = signed_in(windows, desk, "counselor")
    chat.say("a person about the payment please")
    accept_first(page)
    number = page.locator("#talk-side a[href^='/console/tickets/']")
    if number.count() == 0:
        page.locator("#do-ticket").click()
        page.locator("#ticket-dialog button[value=do]").click()
    expect(number).to_be_visible()
    page.locator("#ticket-status").select_option("pending")
    expect(page.locator("#notice")).to_contain_text("changed")
    with page.expect_popup() as opened:
        number.click()
    ticket = opened.value
    windows.watch.page(ticket)
    expect(ticket.locator("#status")).to_have_value("pending")
    ticket.locator("#priority").select_option("high")
    ticket.get_by_role("button", name="Save", exact=True).click()
    expect(ticket.locator("tbody tr")).to_contain_text("High")


def test_an_urgent_matter_stands_first(windows, desk):
    page = signed_in(windows, desk, "counselor")
    for text in ("a person please", "a person today please"):
        Chat(chat_page(windows, desk)[0]).say(text)
    expect(waiting(page)).to_have_count(2)
    expect(waiting(page).first).to_contain_text("Urgent")
