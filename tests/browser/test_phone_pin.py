"""Whom the portal has signed in registers a phone with its PIN, and a counselor forgets it."""

import http.server
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import jwt
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from crm import clock, db, registered_phones
from crm.models import Contact, RegisteredPhone
from tests.browser.conftest import Chat, _Page, signed_in
from tests.browser.test_accessibility import LANGUAGES, Checks, axe
from tests.conftest import PORTAL_KEY

assert axe  # a fixture of that file

NUMBER, PIN = "+525550100001", "482913"


def token(subject: str, hours: int = 1) -> str:
    claims = {
        "aud": "sinmungo", "sub": subject, "email": f"{subject}@suppliers.example",
        "name": "Kim Example", "role": "supplier", "organisation": "Ficticia Ltd.",
        "exp": clock.now() + timedelta(hours=hours),
    }  # fmt: skip
    return jwt.encode(claims, PORTAL_KEY, algorithm="HS256")


@pytest.fixture
def portal(desk) -> Iterator[Callable[..., str]]:
    """Pages of the agency's portal: the same place, in the name of whoever is signed in there."""
    opened: list[http.server.ThreadingHTTPServer] = []

    def page(user_token: str, language: str = "en", port: int = 0) -> str:
        html = f"""<!doctype html><html lang="{language}"><title>Portal</title><h1>Portal</h1>
        <script src="{desk.url}/widget.js" data-user-token="{user_token}" data-open></script>"""
        handler = type("Handler", (_Page,), {"html": html.encode()})
        if port:
            opened[-1].RequestHandlerClass = handler
            return f"http://localhost:{port}/"
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened.append(server)
        return f"http://localhost:{server.server_port}/"

    yield page
    for server in opened:
        server.shutdown()
        server.server_close()


def in_frame(page) -> Chat:
    return Chat(page.frame_locator("#sinmungo-widget iframe"))


def open_phone(chat: Chat) -> None:
    chat.place.locator("#menu summary").click()
    chat.place.locator("#phone").click()
    expect(chat.place.locator("#phone-dialog")).to_be_visible()


def fill(chat: Chat, number: str, pin: str, again: str) -> None:
    for name, value in (("number", number), ("pin", pin), ("again", again)):
        chat.place.locator(f"#phone-{name}").fill(value)
    chat.place.locator("#phone-again").press("Enter")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_is_registered_and_forgotten_by_its_own_person(
    windows, desk, portal, axe, watch, language
):
    watch.forgiven = ("422",)  # the browser's own line about what the desk refuses
    checks = Checks(axe)
    page = windows.open()
    page.goto(portal(token("ficticia-1"), language))
    chat = in_frame(page)
    open_phone(chat)
    told, known = chat.place.locator("#phone-told"), chat.place.locator("#phone-known li")
    fill(chat, NUMBER, PIN, "111111")
    expect(told).to_be_visible()
    expect(chat.place.locator("#phone-again")).to_be_focused()
    fill(chat, NUMBER, "123456", "123456")
    expect(chat.place.locator("#phone-pin")).to_be_focused()
    fill(chat, "12", PIN, PIN)
    expect(chat.place.locator("#phone-number")).to_be_focused()
    fill(chat, NUMBER, PIN, PIN)
    expect(known).to_have_text(NUMBER)
    expect(told).to_contain_text(NUMBER)
    expect(chat.place.locator("#phone-pin")).to_have_value("")
    with db.reading(desk.engine) as s:
        kept = s.scalars(select(RegisteredPhone)).one()
        assert s.get_one(Contact, kept.contact_id).proven
        assert PIN not in kept.digest
    frame = next(f for f in page.frames if "/widget" in f.url)
    checks.page(frame, f"phone and PIN {language}")
    chat.place.locator("#phone-forget").click()
    expect(known).to_have_count(0)
    page.keyboard.press("Escape")
    expect(chat.place.locator("#phone-dialog")).to_be_hidden()
    expect(page.locator("#sinmungo-widget iframe")).to_be_visible()  # the dialog alone is closed
    with db.reading(desk.engine) as s:
        assert s.scalars(select(RegisteredPhone)).all() == []
    assert checks.wrong == []


def test_two_people_of_one_browser_see_nothing_of_each_other(windows, portal):
    page = windows.open()
    url = portal(token("ficticia-1"))
    page.goto(url)
    chat = in_frame(page)
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()
    page.goto(url)
    expect(in_frame(page).reply("answer")).to_be_visible()
    portal(token("ficticia-2"), port=int(url.rstrip("/").rsplit(":", 1)[1]))
    page.goto(url)
    chat = in_frame(page)
    expect(chat.place.locator("#greeting")).to_be_visible()
    expect(chat.place.locator(".messages .message")).to_have_count(0)


def test_whose_sign_in_has_run_out_writes_without_it_and_is_told(windows, portal, watch):
    watch.forgiven = ("401",)
    page = windows.open()
    page.goto(portal(token("ficticia-1", hours=-1)))
    chat = in_frame(page)
    chat.say("What is the price floor?")
    expect(chat.reply("answer")).to_be_visible()
    expect(chat.notice).to_contain_text("sign-in")
    chat.place.locator("#menu summary").click()
    expect(chat.place.locator("#phone")).to_be_hidden()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_counselor_forgets_a_lost_phone(windows, desk, axe, language):
    checks = Checks(axe)
    with db.transaction(desk.engine) as s:
        contact = Contact(language="en", name="Kim Example", proven=True, created_at=clock.now())
        s.add(contact)
        s.flush()
        registered_phones.register(s, contact, NUMBER, PIN, key=b"k")
        place = f"{desk.url}/console/contacts/{contact.id}"
    page = signed_in(windows, desk, "supervisor", language)
    page.goto(place)
    expect(page.locator("dd", has_text="0001")).to_be_visible()
    assert NUMBER not in page.locator("dl", has_text="0001").inner_text()
    reader = signed_in(windows, desk, "auditor", language)  # who rings nobody reads no number
    reader.goto(place)
    expect(reader.locator("dd", has_text="0001")).to_be_visible()
    assert NUMBER not in reader.content()
    checks.all(page, f"a registered phone {language}")
    page.locator("form[action$='/forget-phones'] button").click()
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("dd", has_text="0001")).to_have_count(0)
    assert checks.wrong == []
