"""Forms and pages without a browser: who gets in, what is refused, and in which language."""

import re
import string

import pytest
from fastapi.testclient import TestClient

from api.app import create
from api.pages import words
from api.pages.entry import code_file
from knowledge.port import LANGUAGES
from tests.conftest import PASSWORD, NoKnowledge, settings_for
from tests.scripted_bot import ScriptedBot

BROWSER = {"accept": "text/html"}


def form_token(html: str) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', html)[1]


def sign_in(http: TestClient, email: str, password: str = PASSWORD, **more: str):
    token = form_token(http.get("/sign-in").text)
    fields = {"email": email, "password": password, "csrf": token, **more}
    return http.post("/sign-in", data=fields, follow_redirects=False)


@pytest.fixture
def empty_desk(sqlite_engine, tmp_path):
    """A desk nobody has signed up at, with its one-time code."""
    settings = settings_for(tmp_path, DESK_RATE_LIMITS="off")
    code_file(settings).write_text("once-only\n")
    app = create(settings, engine=sqlite_engine, bot=ScriptedBot(), knowledge=NoKnowledge())
    with TestClient(app) as http:
        yield http, settings


def set_up(http: TestClient, code: str, password: str = PASSWORD, name: str = "First"):
    token = form_token(http.get("/setup").text)
    fields = {"code": code, "name": name, "email": "first@desk.example", "password": password}
    return http.post("/setup", data={**fields, "csrf": token}, follow_redirects=False)


def test_every_language_has_the_same_words_with_the_same_fields():
    def fields(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}

    english = words.of("en").groups
    for language in LANGUAGES:
        other = words.of(language).groups
        assert {g: set(t) for g, t in other.items()} == {g: set(t) for g, t in english.items()}
        for group, table in other.items():
            for key, text in table.items():
                assert text.strip(), (language, group, key)
                assert fields(text) == fields(english[group][key]), (language, group, key)


def test_the_first_admin_needs_the_code_and_the_code_works_once(empty_desk):
    http, settings = empty_desk
    assert http.get("/sign-in", follow_redirects=False).headers["location"] == "/setup"
    assert set_up(http, "wrong").status_code == 403
    assert set_up(http, "once-only", "short").status_code == 422
    assert code_file(settings).exists()
    done = set_up(http, "once-only")
    assert (done.status_code, done.headers["location"]) == (303, "/console/people")
    assert not code_file(settings).exists()
    for late in (http.get("/setup", follow_redirects=False), set_up(http, "once-only")):
        assert (late.status_code, late.headers["location"]) == (303, "/sign-in")
    assert "first@desk.example" in http.get("/console/people").text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/console/contacts", "Nobody has written or called yet."),
        ("/console/contacts?q=Kim", "There is no such contact."),
        ("/console/tickets", "There are no tickets yet."),
        ("/console/tickets?status=open", "There are no such tickets."),
        ("/console/floor", "No counselor is signed up yet."),
        ("/console/team", "No counselor is signed up yet."),
    ],
)
def test_an_empty_desk_says_what_there_is_not_yet(empty_desk, path, said):
    http, _ = empty_desk
    set_up(http, "once-only")
    assert said in http.get(path).text


@pytest.mark.parametrize("left_out", ["code", "name", "password"])
def test_a_field_left_empty_keeps_the_others(empty_desk, left_out):
    http, _ = empty_desk
    fields = {"code": "once-only", "password": PASSWORD, "name": "First", left_out: ""}
    answer = set_up(http, **fields)
    assert answer.status_code in {403, 422}
    assert 'role="alert"' in answer.text
    assert 'value="first@desk.example"' in answer.text


def test_the_first_admin_speaks_the_language_of_the_form(empty_desk):
    http, _ = empty_desk
    http.get("/setup?lang=ko")
    assert set_up(http, "once-only").status_code == 303
    people = http.get("/console/people").text
    row = people[people.index("<tbody") : people.index("</tbody>")]
    assert '<html lang="ko">' in people
    assert "한국어" in row
    assert "English" not in row


def test_signing_in_without_a_password_is_told_on_the_form(sqlite_desk):
    http, person = sqlite_desk.http, sqlite_desk.people["counselor"]
    answer = sign_in(http, person.email, "")
    assert answer.status_code == 403
    assert f'value="{person.email}"' in answer.text


def test_signing_in_needs_the_form_the_address_and_the_password(sqlite_desk):
    http, person = sqlite_desk.http, sqlite_desk.people["counselor"]
    assert sign_in(http, person.email, "not the password").status_code == 403
    assert sign_in(http, person.email, csrf="guessed").status_code == 403
    done = sign_in(http, person.email, next="https://elsewhere.example/console")
    assert (done.status_code, done.headers["location"]) == (303, "/console")
    cookie = done.headers["set-cookie"].casefold()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert http.get("/console").status_code == 200


def test_a_page_sends_a_stranger_to_the_sign_in_and_back(sqlite_desk):
    asked = sqlite_desk.http.get("/console?c=abc", headers=BROWSER, follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        "/sign-in?next=/console%3Fc%3Dabc",
    )


def test_signing_out_and_the_language_need_the_session_s_own_token(sqlite_desk):
    http, person = sqlite_desk.http, sqlite_desk.people["counselor"]
    sign_in(http, person.email)
    token = form_token(http.get("/console").text)
    assert http.post("/sign-out", data={"csrf": "guessed"}).status_code == 403
    refused = http.post("/console/language", data={"language": "ko", "csrf": "guessed"})
    assert refused.status_code == 403
    http.post("/console/language", data={"language": "ko", "csrf": token})
    assert '<html lang="ko">' in http.get("/console").text
    http.post("/sign-out", data={"csrf": token})
    assert http.get("/console").status_code == 401


@pytest.mark.parametrize(
    ("role", "people", "tickets", "talks"),
    [
        ("counselor", 200, 200, True),
        ("senior", 200, 200, True),
        ("supervisor", 200, 200, True),
        ("admin", 200, 200, True),
        ("auditor", 200, 200, True),
        ("editor", 403, 403, False),
    ],
)
def test_each_role_sees_what_it_may(sqlite_desk, role, people, tickets, talks):
    http, person = sqlite_desk.http, sqlite_desk.people[role]
    sign_in(http, person.email)
    console = http.get("/console").text
    assert ('id="list-waiting"' in console) == talks
    assert http.get("/console/people").status_code == people
    assert ('name="password"' in http.get("/console/people").text) == (role == "admin")
    assert http.get("/console/tickets").status_code == tickets


def test_only_an_admin_adds_people(sqlite_desk):
    http, people = sqlite_desk.http, sqlite_desk.people
    new = {"name": "New", "email": "new@desk.example", "password": PASSWORD, "role": "counselor"}
    for role, status in (("supervisor", 403), ("admin", 303)):
        sign_in(http, people[role].email)
        token = form_token(http.get("/console").text)
        fields = {**new, "languages": ["ko"], "queues": ["payment"], "csrf": token}
        done = http.post("/console/people", data=fields, follow_redirects=False)
        assert done.status_code == status, role
    again = http.post("/console/people", data=fields)
    assert again.status_code == 422
    assert words.of("en")("people.problem_taken") in again.text


def test_a_page_is_in_the_language_asked_for_chosen_before_or_preferred(sqlite_desk):
    http = sqlite_desk.http

    def language(path: str, preferred: str = "") -> str:
        page = http.get(path, headers={**BROWSER, "accept-language": preferred}).text
        return re.search(r'<html lang="(\w+)">', page)[1]

    assert language("/", "fr, es-MX;q=0.8, en;q=0.5") == "es"
    assert language("/", "nonsense;q=x") == "en"
    assert language("/?lang=ko", "es") == "ko"
    assert language("/help", "es") == "ko"
    assert language("/?lang=xx", "es") == "ko"


def test_a_browser_gets_a_page_where_a_program_gets_json(sqlite_desk):
    http = sqlite_desk.http
    page = http.get("/no/such/page", headers=BROWSER)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    program = http.get("/no/such/page", headers={"accept": "application/json"})
    assert program.json()["error"]["code"] == "not_found"
    api = http.get("/api/v1/me", headers=BROWSER)
    assert (api.status_code, api.json()["error"]["code"]) == (401, "unauthorized")


def test_pages_hold_nothing_inline(sqlite_desk):
    http, person = sqlite_desk.http, sqlite_desk.people["admin"]
    sign_in(http, person.email)
    for path in ("/", "/help", "/widget", "/sign-in", "/console", "/console/people", "/nope"):
        page = http.get(path, headers=BROWSER).text
        assert not re.search(r"<script(?![^>]*\b(src=|application/json))", page), path
        assert not re.search(r"<style|\sstyle=|\son\w+=", page), path


def test_the_loader_is_small_and_only_the_widget_may_be_framed(sqlite_desk):
    http = sqlite_desk.http
    loader = http.get("/widget.js")
    assert loader.headers["content-type"].startswith("text/javascript")
    assert len(loader.content) <= 10_000
    assert "__WORDS__" not in loader.text
    assert "frame-ancestors 'self' *" in http.get("/widget").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in http.get("/").headers["content-security-policy"]
