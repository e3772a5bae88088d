"""A receipt beside the words that tell of it: for its person, and for whoever of the desk may."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from crm import actions, clock, db, turns
from crm.actions import Proposal
from crm.events import Actor
from crm.messages import Draft, say
from crm.models import Conversation
from tests.browser.conftest import accept_first, chat_page, signed_in

RECEIPT = {"number": "SM-1", "at": "2026-11-25T10:00:00+00:00", "object": "o1", "state": "done"}


def tell_of_a_done_act(desk, talk_id: str, kind: str) -> str:
    """What a turn leaves behind that carried out a yes; the act's id."""
    with db.transaction(desk.engine) as s:
        talk = s.get_one(Conversation, talk_id)
        values = {"action": {"kind": kind, "values": {"amount": "41500"}}}
        sealed = clock.now() + timedelta(days=2) if kind == "bid" else None
        act = Proposal(kind, values, {}, "Ficticia Ltd.", "supplier", "t1", sealed_until=sealed)
        row = actions.propose(s, talk, act, key=f"act-{talk.id}")
        yes = say(s, talk, Draft(Actor("contact", talk.contact_id), "yes", "en"))
        turn = turns.owe(s, talk, yes)
        assert actions.confirm(s, talk.id, turn.id)
        claimed = actions.claim(s, row.id)
        assert claimed
        assert actions.finish(s, row.id, claimed.attempt, RECEIPT)
        told = {"id": row.id, "kind": kind, "state": "done", "receipt": RECEIPT}
        say(s, talk, Draft(Actor("bot"), "It is done.", "en", act="action_done", action=told,
                           sealed_until=sealed))  # fmt: skip
        assert turns.settle(s, turn.id, turn.attempt, [], "action_done")
        return row.id


def downloaded(page: Page, button) -> dict:
    with page.expect_download() as waited:
        button.click()
    assert waited.value.suggested_filename.startswith("receipt-action-")
    return json.loads(waited.value.path().read_text("utf-8"))


@pytest.mark.parametrize("kind", ["question", "bid"])
def test_a_receipt_is_downloaded_where_it_is_told_of(windows, desk, kind):
    page, chat = chat_page(windows, desk)
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()
    expect(chat.reply("answer").locator(".message-receipt")).to_be_hidden()
    kept = page.evaluate("JSON.parse(localStorage.getItem('sinmungo.chat')).conversation_id")
    action = tell_of_a_done_act(desk, kept, kind)
    button = chat.reply("action_done").get_by_role("button", name="Download the receipt")
    receipt = downloaded(page, button)
    assert receipt["about"]["id"] == action
    assert receipt["about"]["content"]["action"]["values"]["amount"] == "41500"

    chat.say("a person please")
    expect(chat.reply("handoff")).to_be_visible()
    counselor = signed_in(windows, desk, "counselor")
    accept_first(counselor)
    told = counselor.locator(".message[data-act=action_done]")
    expect(told).to_be_visible()
    button = told.get_by_role("button", name="Download the receipt")
    if kind == "bid":  # a sealed bid is told of to its bidder alone
        expect(button).to_be_hidden()
        expect(told).not_to_contain_text("It is done.")
    else:
        assert downloaded(counselor, button)["about"]["id"] == action


def test_a_receipt_that_cannot_be_fetched_is_told_so(windows, desk, watch):
    watch.forgiven = ("404",)
    page, chat = chat_page(windows, desk)
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()
    kept = page.evaluate("JSON.parse(localStorage.getItem('sinmungo.chat')).conversation_id")
    with db.transaction(desk.engine) as s:
        talk = s.get_one(Conversation, kept)
        told = {"id": "nothing", "kind": "question", "state": "done", "receipt": RECEIPT}
        say(s, talk, Draft(Actor("bot"), "It is done.", "en", act="action_done", action=told))
    chat.reply("action_done").get_by_role("button", name="Download the receipt").click()
    expect(chat.notice).to_contain_text("could not be fetched")
