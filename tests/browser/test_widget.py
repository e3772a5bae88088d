"""The widget: on other people's pages, over reloads and tabs, on a bad line and with bad input."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Chat, accept_first, chat_page, signed_in


def launcher(page):
    return page.locator("#sinmungo-widget button")


def test_one_script_tag_puts_the_chat_into_a_page_of_another_origin(windows, other_site):
    page = windows.open()
    page.goto(other_site)
    button = launcher(page)
    expect(button).to_have_text("Ask the agency")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    chat = Chat(page.frame_locator("#sinmungo-widget iframe"))
    expect(chat.text).to_be_focused()
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()
    page.goto(other_site + "second")
    expect(chat.message("What is the price floor?")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")


def test_a_closed_chat_shows_what_came_meanwhile(windows, desk, other_site):
    page = windows.open()
    page.goto(other_site)
    launcher(page).click()
    chat = Chat(page.frame_locator("#sinmungo-widget iframe"))
    chat.say("a person please")
    expect(chat.reply("handoff")).to_be_visible()
    page.keyboard.press("Escape")
    expect(launcher(page)).to_be_focused()
    expect(page.locator("#sinmungo-widget iframe")).to_be_hidden()
    accept_first(signed_in(windows, desk, "counselor"))
    expect(page.locator("#sinmungo-widget .count")).to_have_text("1")
    launcher(page).click()
    expect(page.locator("#sinmungo-widget .count")).to_be_hidden()


def test_the_keyboard_is_enough_for_a_guest(windows, desk):
    page = windows.open()
    page.goto(f"{desk.url}/?lang=en")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    launcher(page).focus()
    page.keyboard.press("Enter")
    chat = Chat(page.frame_locator("#sinmungo-widget iframe"))
    expect(chat.text).to_be_focused()
    page.keyboard.type("which one?")
    page.keyboard.press("Enter")
    choice = chat.reply("clarify").locator(".choice", has_text="The floor")
    expect(choice).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Shift+Tab")
        if choice.evaluate("e => e === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(chat.reply("answer")).to_be_visible()
    expect(chat.text).to_be_focused()
    page.keyboard.press("Tab")
    expect(chat.place.locator("#person")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.reply("handoff")).to_be_visible()
    page.keyboard.press("Escape")
    expect(launcher(page)).to_be_focused()


def test_on_a_phone_the_chat_fills_the_screen_and_can_be_closed(windows, other_site):
    page = windows.open(PHONE, has_touch=True)
    page.goto(other_site)
    launcher(page).click()
    frame = page.locator("#sinmungo-widget iframe")
    expect(frame).to_be_visible()
    page.wait_for_timeout(300)
    box = frame.bounding_box()
    assert (round(box["width"]), round(box["height"])) == (PHONE["width"], PHONE["height"])
    page.frame_locator("#sinmungo-widget iframe").locator("#close").click()
    expect(frame).to_be_hidden()


def test_a_reload_and_a_second_tab_show_the_same_talk(windows, desk):
    page, chat = chat_page(windows, desk)
    tab = windows.tab(page.context)
    tab.goto(f"{desk.url}/widget?lang=en")
    other = Chat(tab)
    chat.say("What is the price floor?")
    expect(other.reply("answer")).to_be_visible()
    other.say("hello from the other tab")
    expect(chat.message("hello from the other tab")).to_be_visible()
    expect(chat.reply("smalltalk")).to_be_visible()
    page.reload()
    expect(chat.reply("smalltalk")).to_be_visible()
    expect(other.reply("smalltalk")).to_be_visible()
    assert chat.texts() == other.texts()
    assert len(chat.texts()) == 4

    chat.place.locator("#menu summary").click()
    chat.place.locator("#renew").click()
    chat.place.locator("#renew-dialog button[value=yes]").click()
    expect(page.locator("#greeting")).to_be_visible()
    expect(tab.locator("#greeting")).to_be_visible()


def test_what_was_typed_but_not_sent_survives_a_reload(windows, desk):
    page, chat = chat_page(windows, desk)
    chat.text.fill("half a sen")
    page.reload()
    expect(chat.text).to_have_value("half a sen")


def test_a_lost_line_loses_nothing_and_doubles_nothing(windows, desk, road):
    windows.watch.forgiven = ("ERR_", "WebSocket")
    page = windows.open()
    page.goto(f"{road.url}/widget?lang=en")
    chat = Chat(page)
    counselor = signed_in(windows, desk, "counselor")
    chat.say("a person please")
    expect(chat.reply("handoff")).to_be_visible()
    accept_first(counselor)
    expect(chat.standing).to_contain_text("counselor is with you")

    road.cut()
    expect(chat.notice).to_contain_text("connection is lost")
    chat.say("written without a line")
    expect(chat.message("written without a line")).to_contain_text("Not sent yet")
    counselor.locator("#text").fill("said meanwhile")
    counselor.keyboard.press("Control+Enter")
    expect(counselor.locator(".message", has_text="said meanwhile")).not_to_have_class(
        re.compile("pending")
    )
    road.mend()
    expect(chat.message("said meanwhile")).to_be_visible(timeout=30_000)
    log = counselor.locator("#log")
    expect(log.locator(".message", has_text="written without a line")).to_have_count(
        1, timeout=30_000
    )
    expect(chat.notice).to_be_hidden()
    expect(chat.message("written without a line")).to_have_count(1)
    expect(chat.message("said meanwhile")).to_have_count(1)


def test_a_small_screen_shows_what_comes_after_ones_own_long_message(windows, road):
    windows.watch.forgiven = ("ERR_", "WebSocket")
    page = windows.open(PHONE)
    page.goto(f"{road.url}/widget?lang=en")
    chat = Chat(page)
    chat.say("which of all these many words do I mean " * 30)
    expect(chat.reply("clarify").locator(".message-text")).to_be_in_viewport()
    road.cut()
    chat.say("written without a line")
    waits = chat.message("written without a line").locator(".message-state")
    expect(waits).to_contain_text("Not sent yet")
    expect(waits).to_be_in_viewport(ratio=1)


def test_the_end_stays_in_sight_when_the_head_grows_while_it_scrolls(windows, desk):
    page, chat = chat_page(windows, desk)
    for n in range(4):
        chat.say(f"What is the price floor? {n}")
        expect(chat.message(f"price floor? {n}")).to_be_visible()
    expect(chat.reply("answer")).to_have_count(4)
    # Both come to be told in one frame, as they are when a talk is loaded and its place is shown.
    page.evaluate(
        """() => {
          const log = document.querySelector("#log");
          log.scrollTop = log.scrollHeight;
          log.scrollTop -= 10;
          document.querySelector("header").style.paddingBlockEnd = "120px";
        }"""
    )
    left = "(e) => e.scrollHeight - e.scrollTop - e.clientHeight"
    page.wait_for_function(f"() => ({left})(document.querySelector('#log')) < 2")


def test_without_sockets_the_talk_goes_on(windows, desk):
    page = windows.open()
    page.route_web_socket(re.compile("/live"), lambda socket: socket.close())
    page.goto(f"{desk.url}/widget?lang=en")
    chat = Chat(page)
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible(timeout=30_000)


def test_what_a_guest_types_stays_text(windows, desk):
    windows.watch.forgiven = ()
    attack = '<img src=x onerror="document.title=1"><script>document.title=1</script> {{7*7}}'
    page, chat = chat_page(windows, desk)
    counselor = signed_in(windows, desk, "counselor")
    chat.say(f"a person {attack}")
    accept_first(counselor)
    for side in (page, counselor):
        said = side.locator("#log .message-text", has_text="onerror").first
        expect(said).to_have_text(f"a person {attack}")
        assert side.locator("#log img, #log script").count() == 0
    expect(counselor.locator(".packet dd").first).to_contain_text("<img src=x")
    assert counselor.locator("#talk-side img, #lists img").count() == 0
    assert page.title() != "1"
    assert counselor.title() != "1"


def test_a_token_that_is_not_known_is_told_calmly(windows, desk):
    windows.watch.forgiven = ("401", "WebSocket", "403")
    page, chat = chat_page(windows, desk)
    kept = '{"conversation_id": "0", "token": "expired"}'
    page.evaluate("kept => localStorage.setItem('sinmungo.chat', kept)", kept)
    page.reload()
    expect(chat.notice).to_contain_text("no longer available")
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()


def test_bad_input_gets_a_clear_sentence(windows, desk):
    windows.watch.forgiven = ("422",)
    page, chat = chat_page(windows, desk)
    chat.say("   ")
    expect(chat.notice).to_contain_text("write something")
    limit = int(page.locator("#composer").get_attribute("data-max-characters"))
    chat.text.fill("a" * (limit - 100))
    expect(page.locator("#counter")).to_have_text("Characters left: 100")
    chat.say("a" * (limit + 5))
    expect(chat.notice).to_contain_text("Please shorten it")
    expect(page.locator("#counter")).to_contain_text("Characters too many: 5")
    program = {"name": "run.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"}
    page.locator("#composer input[type=file]").set_input_files(program)
    expect(chat.notice).to_contain_text("run.exe cannot be sent")
    chat.say("\U0001f600\U0001f600")
    expect(chat.message("\U0001f600\U0001f600")).to_be_visible()


def test_too_many_messages_wait_and_arrive(windows, desk):
    windows.watch.forgiven = ("429",)
    page, chat = chat_page(windows, desk)
    refusal = '{"error": {"code": "rate_limited", "message": "Too many requests."}}'
    once = {"left": 1}

    def limit(route):
        if once["left"]:
            once["left"] = 0
            route.fulfill(
                status=429,
                body=refusal,
                headers={"retry-after": "1", "content-type": "application/json"},
            )
        else:
            route.continue_()

    page.route("**/api/v1/chat/messages", limit)
    chat.say("What is the price floor?")
    expect(chat.notice).to_contain_text("sent in 1 seconds")
    expect(chat.reply("answer")).to_be_visible()


def test_abstaining_looks_different_and_offers_a_person(windows, desk):
    _, chat = chat_page(windows, desk)
    chat.say("something unknown")
    abstained = chat.reply("abstain")
    expect(abstained.locator(".message-badge")).to_have_text("No answer found")
    abstained.locator(".choice").click()
    expect(chat.reply("handoff")).to_be_visible()


def test_the_language_can_be_switched_in_the_chat_and_each_message_keeps_its_own(windows, desk):
    page, chat = chat_page(windows, desk)
    chat.say("[ko] floor")
    expect(chat.reply("answer").locator(".message-text")).to_have_attribute("lang", "ko")
    page.locator(".languages a[hreflang=es]").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(chat.reply("answer").locator(".message-text")).to_have_attribute("lang", "ko")
    page.goto(f"{desk.url}/widget?lang=en")
    expect(page.locator("html")).to_have_attribute("lang", "es")


def test_the_transcript_holds_what_was_said(windows, desk):
    page, chat = chat_page(windows, desk)
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()
    page.locator("#menu summary").click()
    with page.expect_download() as download:
        page.locator("#transcript").click()
    text = download.value.path().read_text("utf-8")
    assert "What is the price floor?" in text
    assert "/help/en/price-floor" in text
