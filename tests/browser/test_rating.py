"""The question under an answer, with mouse and keyboard, and what the counselor sees of it."""

from playwright.sync_api import expect

from tests.browser.conftest import accept_first, chat_page, signed_in


def test_an_answer_is_rated_and_the_counselor_sees_it_live(windows, desk):
    page, chat = chat_page(windows, desk)
    chat.say("What is the price floor?")
    answer = chat.reply("answer")
    rating = answer.locator(".message-rating")
    expect(rating.locator(".rating-question")).to_be_visible()
    expect(rating.locator(".rating-reasons")).to_be_hidden()
    chat.say("a person please")
    expect(chat.reply("handoff").locator(".message-rating")).to_be_hidden()
    counselor = signed_in(windows, desk, "counselor")
    accept_first(counselor)
    told = counselor.locator(".message[data-act=answer] .rating-said")
    expect(counselor.locator(".message[data-act=answer]")).to_be_visible()
    expect(told).to_be_hidden()

    no = rating.get_by_role("button", name="No", exact=True)
    no.focus()
    page.keyboard.press("Enter")
    expect(no).to_have_attribute("aria-pressed", "true")
    expect(told).to_have_text("It did not help.")
    rating.get_by_role("button", name="It is outdated").click()
    expect(told).to_have_text("It did not help. It is outdated.")
    page.reload()
    expect(chat.reply("answer").get_by_role("button", name="It is outdated")).to_have_attribute(
        "aria-pressed", "true"
    )
    chat.reply("answer").get_by_role("button", name="Yes").click()
    expect(told).to_have_text("It helped.")
    expect(chat.reply("answer").locator(".rating-reasons")).to_be_hidden()
