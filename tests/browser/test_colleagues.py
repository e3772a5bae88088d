"""What colleagues and supervisors do with a talk, in the console: offers, consults, taking over."""

import httpx
import pytest
from playwright.sync_api import expect

from crm import db, reservations
from crm.models import Conversation
from tests.browser.conftest import accept_first, chat_page, signed_in, waiting
from tests.browser.test_accessibility import LANGUAGES, Checks, axe

assert axe  # a fixture of that file


def ask(desk, role: str, method: str, path: str, **more) -> httpx.Response:
    """What a program of this person's asks the desk beside the page."""
    headers = desk.people[role].headers
    return httpx.request(method, f"{desk.url}{path}", headers=headers, timeout=30, **more)


def handed_over(windows, desk):
    guest, chat = chat_page(windows, desk)
    chat.place.locator("#person").click()
    expect(chat.reply("handoff")).to_be_visible()
    return guest, chat


def talk_id(desk) -> str:
    with db.reading(desk.engine) as s:
        return s.query(Conversation).one().id


def test_an_offer_is_shown_refused_and_accepted(windows, desk):
    handed_over(windows, desk)
    counselor = signed_in(windows, desk, "counselor")
    expect(waiting(counselor)).to_have_count(1)
    body = {"state": "ready"}
    assert ask(desk, "counselor", "PUT", "/api/v1/presence", json=body).status_code == 200
    offered = counselor.locator("#list-offered a")
    expect(offered).to_have_count(1)  # the allocator was quick, and the page heard of it
    expect(waiting(counselor)).to_have_count(0)
    offered.first.click()
    counselor.locator("#do-refuse").click()
    expect(offered).to_have_count(0)
    expect(waiting(counselor)).to_have_count(1)
    accept_first(counselor)
    with db.reading(desk.engine) as s:
        held = reservations.live_of(s, desk.people["counselor"].id)
        assert [r.state for r in held] == ["accepted"]


def test_two_supervisors_who_act_at_once_are_told(windows, desk):
    handed_over(windows, desk)
    talk = talk_id(desk)
    path = f"/api/v1/conversations/{talk}"
    assert ask(desk, "counselor", "POST", f"{path}/accept").status_code == 200
    supervisor = signed_in(windows, desk, "supervisor")
    supervisor.locator("#list-others a").first.click()
    supervisor.locator("#do-watch").click()
    expect(supervisor.locator("#do-leave")).to_be_visible()
    # A colleague is quicker while the page still shows the counselor.
    answer = ask(desk, "supervisor", "POST", f"{path}/take", json={"holder": "queue"})
    assert answer.status_code == 409
    assert answer.json()["error"]["details"]["holder"] == desk.people["counselor"].id
    supervisor.locator("#do-take").click()
    expect(supervisor.locator("#list-mine a")).to_have_count(1)
    again = ask(desk, "counselor", "POST", f"{path}/transfer",
                     json={"queue": "payment", "holder": desk.people["counselor"].id})  # fmt: skip
    assert again.status_code in {403, 404}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_colleague_is_asked_in_and_takes_over_warm(windows, desk, axe, language):
    _, chat = handed_over(windows, desk)
    counselor = signed_in(windows, desk, "counselor", language)
    senior = signed_in(windows, desk, "senior")
    accept_first(counselor)
    checks = Checks(axe)
    checks.all(counselor, f"talk {language}")
    counselor.locator("#do-consult").click()
    counselor.locator("#consult-whom").select_option(desk.people["senior"].id)
    checks.all(counselor, f"consult {language}")
    counselor.locator("#consult-dialog button[value=do]").click()
    expect(counselor.locator("#consult-dialog")).to_be_hidden()
    senior.goto(f"{desk.url}/console?c={talk_id(desk)}")
    expect(senior.locator("#do-leave")).to_be_visible()
    here = {"state": "not_ready", "reason": "casework"}
    assert ask(desk, "senior", "PUT", "/api/v1/presence", json=here).status_code == 200
    counselor.locator("#do-transfer").click()
    counselor.locator("#transfer-to").select_option(f"counselor:{desk.people['senior'].id}")
    counselor.locator("#transfer-first input").check()
    counselor.locator("#transfer-dialog button[value=do]").click()
    expect(senior.locator("#list-offered a")).to_have_count(1)
    expect(counselor.locator("#list-mine a")).to_have_count(1)  # until the senior accepts
    senior.locator("#do-accept").click()
    expect(senior.locator("#list-mine a")).to_have_count(1)
    expect(counselor.locator("#list-mine a")).to_have_count(0)
    expect(chat.message("Senior Example has joined")).to_be_visible()


def test_the_second_line_and_the_steps_against_abuse(windows, desk):
    handed_over(windows, desk)
    counselor = signed_in(windows, desk, "counselor")
    accept_first(counselor)
    counselor.locator("#do-abuse").click()
    counselor.locator("#abuse-dialog button[value=do]").click()
    expect(counselor.locator("#abuse-dialog")).to_be_hidden()
    expect(counselor.get_by_text("Please speak to us with respect").first).to_be_visible()
    counselor.locator("#do-escalate").click()
    counselor.locator("#escalate-note").fill("A question of law.")
    counselor.locator("#escalate-dialog button[value=do]").click()
    expect(counselor.locator("#list-mine a")).to_have_count(0)
    path = f"/api/v1/conversations/{talk_id(desk)}"
    assert ask(desk, "counselor", "POST", f"{path}/accept").status_code in {403, 404, 409}
    assert ask(desk, "senior", "POST", f"{path}/accept").status_code == 200
