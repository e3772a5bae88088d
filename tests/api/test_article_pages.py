"""The pages of the knowledge section as forms: what they refuse, keep and show."""

import html
import re

import pytest

from api import auth
from api.pages import words
from crm import counselors, db
from crm.events import SYSTEM
from crm.models import Counselor
from knowledge import article_text, editing
from tests.api.test_articles import BODY, NEW, PATH, ask, create, second_editor, version
from tests.conftest import DeskClient

pytestmark = pytest.mark.at_rest

SHEET = NEW | {"audience": "both", "queue": "payment", "owner": "knowledge-editors"}
SAY = words.of("en")


class Visitor:
    """A member of the desk at its pages, with the cookie of their own session."""

    def __init__(self, desk: DeskClient, name: str) -> None:
        self.desk = desk
        with db.transaction(desk.engine) as s:
            self.cookie, _ = counselors.sign_in(s, s.get_one(Counselor, desk.people[name].id))
        self.csrf = re.search(r'name="csrf" content="([^"]+)"', self.get("/console").text)[1]

    def get(self, path: str):
        return self._ask("GET", path)

    def post(self, path: str, **fields: str):
        return self._ask("POST", path, data={"csrf": self.csrf, **fields})

    def _ask(self, method: str, path: str, **more):
        self.desk.http.cookies.clear()
        headers = {"cookie": f"{auth.COOKIE}={self.cookie}", "accept": "text/html"}
        return self.desk.http.request(method, path, headers=headers, follow_redirects=False, **more)


@pytest.fixture
def editor(sqlite_desk: DeskClient) -> Visitor:
    return Visitor(sqlite_desk, "editor")


def value(page: str, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)[1])


def test_an_article_is_written_reviewed_and_published_in_the_console(sqlite_desk, editor):
    made = editor.post("/console/articles/new", **SHEET)
    assert made.headers["location"] == "/console/articles/the-fee?told=saved"
    assert SAY("articles.told_saved") in editor.get(made.headers["location"]).text
    step = {"language": "en", "edition": "1.1"}
    assert editor.post("/console/articles/the-fee/submit", **step).status_code == 303
    own = editor.post("/console/articles/the-fee/approve", **step)
    assert own.status_code == 403
    assert SAY("articles.step_problem_own") in own.text
    # Nothing is published before somebody approved it.
    assert editor.post("/console/articles/the-fee/publish", **step).status_code == 409
    other = Visitor(sqlite_desk, second_editor(sqlite_desk))
    bare = other.post("/console/articles/the-fee/send-back", **step)
    assert SAY("articles.step_problem_reason") in bare.text
    assert other.post("/console/articles/the-fee/approve", **step).status_code == 303
    assert editor.post("/console/articles/the-fee/publish", **step).status_code == 303
    assert "10 units" in sqlite_desk.http.get("/help/en/the-fee").text


def test_who_edits_what_others_look_at_is_warned(sqlite_desk, editor):
    create(sqlite_desk)
    ask(sqlite_desk, "editor", "POST", f"{PATH}/submit", language="en")
    assert SAY("articles.decided_in_review") in editor.get("/console/articles/the-fee/edit/en").text
    ask(sqlite_desk, "admin", "POST", f"{PATH}/approve", language="en")
    assert SAY("articles.decided_approved") in editor.get("/console/articles/the-fee/edit/en").text


def test_a_decision_on_a_text_that_has_changed_since_is_refused(sqlite_desk):
    create(sqlite_desk)
    ask(sqlite_desk, "editor", "POST", f"{PATH}/submit", language="en")
    ask(sqlite_desk, "editor", "PATCH", PATH, language="en", title="Changed")
    ask(sqlite_desk, "editor", "POST", f"{PATH}/submit", language="en")
    admin = Visitor(sqlite_desk, "admin")
    late = admin.post("/console/articles/the-fee/approve", language="en", edition="1.1")
    assert late.status_code == 409
    assert SAY("articles.step_problem_edition") in late.text
    assert version(ask(sqlite_desk, "admin", "GET", PATH))["status"] == "in_review"


def test_two_editors_at_once_lose_nothing(sqlite_desk, editor):
    create(sqlite_desk)
    admin = Visitor(sqlite_desk, "admin")
    address = "/console/articles/the-fee/edit/en"
    seen = [value(who.get(address).text, "based_on") for who in (editor, admin)]
    assert seen == ["1.1", "1.1"]
    first = SHEET | {"body": BODY.replace("10", "11"), "based_on": "1.1"}
    assert editor.post(address, **first).status_code == 303
    second = SHEET | {"body": BODY.replace("units", "crowns"), "based_on": "1.1"}
    told = admin.post(address, **second)
    assert told.status_code == 409
    assert SAY("articles.problem_edition") in told.text
    fields = re.findall(r"<textarea[^>]*>(.*?)</textarea>", told.text, re.DOTALL)
    theirs, mine = (html.unescape(text).strip() for text in fields)
    assert "The fee is 11 units." in theirs
    assert "The fee is 10 crowns." in mine
    kept = admin.post(address, **(second | {"based_on": value(told.text, "based_on")}))
    assert kept.status_code == 303
    assert "10 crowns" in version(ask(sqlite_desk, "admin", "GET", PATH))["body"]


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("id", "Not A Slug", "problem_id"),
        ("id", "import", "problem_id_taken"),
        ("title", "", "problem_title"),
        ("title", "x" * 201, "problem_title"),
        ("body", "## No text", "problem_text"),
        ("body", "## Wrong {#An Anchor}\nText", "problem_text"),
        ("topic", "weather", "problem_topic"),
        ("queue", "weather", "problem_queue"),
        ("source", "", "problem_source"),
        ("valid_from", "", "problem_valid_from"),
        ("valid_from", "2026-02-30", "problem_valid_from"),
        ("valid_until", "2020-01-01", "problem_valid_until"),
        ("review_on", "someday", "problem_review_on"),
        ("language", "fr", "problem_language"),
    ],
)
def test_what_is_wrong_with_an_article_is_said_and_nothing_typed_is_lost(
    editor, field, wrong, said
):
    refused = editor.post("/console/articles/new", **(SHEET | {"law": "Act 12", field: wrong}))
    assert refused.status_code in (409, 422), refused.status_code
    assert html.escape(SAY(f"articles.{said}"), quote=False) in refused.text
    assert value(refused.text, "law") == "Act 12"


def test_a_topic_of_the_folder_s_own_is_chosen_as_the_known_ones_are(sqlite_desk, editor):
    own = article_text.parse(
        "---\nid: hours\nlanguage: en\ntopic: opening-hours\naudience: public\n"
        "valid-from: 2020-01-01\nsource: A sign\nowner: workshop\n---\n# Hours\n\nFrom 9 to 18.\n"
    )
    with db.transaction(sqlite_desk.engine) as s:
        editing.take_in(s, SYSTEM, own)
    create(sqlite_desk)
    option = '<option value="opening-hours"{}>Opening hours</option>'
    listed = editor.get("/console/articles?topic=opening-hours").text
    assert option.format(" selected") in listed
    assert "/console/articles/the-fee" not in listed
    assert "/console/articles/the-fee" in editor.get("/console/articles?topic=opening-hour").text
    assert option.format(" selected") in editor.get("/console/articles/hours/edit/en").text
    assert option.format("") in editor.get("/console/articles/new").text
    kept = editor.post("/console/articles/new", **(SHEET | {"id": "b", "topic": "opening-hours"}))
    assert kept.status_code == 303


def test_the_preview_is_the_public_page_s_text_and_runs_nothing(editor):
    def preview(body: str) -> str:
        return editor.post("/console/articles/preview", language="en", body=body).text

    shown = preview("## One? {#one}\n**Bold** <script>alert(1)</script> [x](javascript:alert(1))")
    assert "<strong>Bold</strong>" in shown
    assert "<script" not in shown
    assert 'href="javascript' not in shown
    assert 'id="preview-part-1"' in preview("## No anchor\nText")
    assert SAY("articles.line", n=1) in preview("## No text")
    assert SAY("articles.preview_empty") in preview("")


def test_a_translation_is_written_beside_the_original_and_told_what_changed(sqlite_desk, editor):
    create(sqlite_desk)
    create(sqlite_desk, language="es", title="La tasa")
    ask(sqlite_desk, "editor", "POST", f"{PATH}/publish")
    ask(sqlite_desk, "editor", "PATCH", PATH, language="en", body=BODY.replace("10", "20"))
    ask(sqlite_desk, "editor", "POST", f"{PATH}/publish")
    assert SAY("articles.stale") in editor.get("/console/articles?only=stale").text
    sheet = editor.get("/console/articles/the-fee/edit/es").text
    assert "The fee is 20 units." in sheet
    assert SAY("articles.original_changed") in sheet
    kept = SHEET | {"title": "La tasa", "based_on": value(sheet, "based_on"), "checked": "yes"}
    assert editor.post("/console/articles/the-fee/edit/es", **kept).status_code == 303
    assert SAY("articles.stale") not in editor.get("/console/articles/the-fee").text
    missing = editor.get("/console/articles/the-fee/edit/ko").text
    assert value(missing, "based_on") == ""
    assert value(missing, "source") == "A made-up source"


def test_versions_are_compared_and_one_comes_back(sqlite_desk, editor):
    create(sqlite_desk)
    ask(sqlite_desk, "editor", "POST", f"{PATH}/publish")
    ask(sqlite_desk, "editor", "PATCH", PATH, language="en", body=BODY.replace("10", "20"))
    page = editor.get("/console/articles/the-fee/versions/en").text
    assert re.search(r"<del>.*?10.*?</del>", page)
    assert re.search(r"<ins>.*?20.*?</ins>", page)
    back = {"version": "1"}
    assert editor.post("/console/articles/the-fee/versions/en", **back).status_code == 409
    ask(sqlite_desk, "editor", "POST", f"{PATH}/publish")
    assert editor.post("/console/articles/the-fee/versions/en", **back).status_code == 303
    assert version(ask(sqlite_desk, "editor", "GET", PATH))["body"] == BODY
    assert editor.get("/console/articles/the-fee/versions/en?old=7&new=1").status_code == 404
    assert editor.get("/console/articles/the-fee/versions/ko").status_code == 404


def test_who_may_not_write_reads_and_is_offered_nothing_else(sqlite_desk):
    create(sqlite_desk)
    counselor = Visitor(sqlite_desk, "counselor")
    page = counselor.get("/console/articles/the-fee")
    assert page.status_code == 200
    assert "/edit/" not in page.text
    assert counselor.get("/console/articles/the-fee/edit/en").status_code == 403
    step = {"language": "en", "edition": "1.1"}
    for verb in ("submit", "approve", "send-back", "publish", "withdraw"):
        assert counselor.post(f"/console/articles/the-fee/{verb}", **step).status_code == 403
    assert counselor.post("/console/articles/the-fee/explode", **step).status_code in (404, 422)


def test_what_comes_into_force_later_is_told_from_what_has_run_out(sqlite_desk, editor):
    create(sqlite_desk, valid_from="2999-01-01")
    ask(sqlite_desk, "editor", "POST", f"{PATH}/publish")
    page = editor.get("/console/articles/the-fee").text
    assert SAY("articles.scheduled") in page
    assert SAY("articles.from_day", n=1, day="1 January 2999") in page
    create(sqlite_desk, id="past", valid_until="2021-12-31")
    ask(sqlite_desk, "editor", "POST", "/api/v1/articles/past/publish")
    past = editor.get("/console/articles/past").text
    assert SAY("articles.scheduled") not in past
    assert SAY("articles.in_force", n=1) not in past


def test_the_list_names_what_is_there_and_says_when_nothing_fits(sqlite_desk, editor):
    assert SAY("articles.none") in editor.get("/console/articles").text
    create(sqlite_desk, review_on="2020-01-01")
    page = editor.get("/console/articles?only=review").text
    assert "the-fee" in page
    assert SAY("articles.overdue") in page
    for link in ("/console/articles/import", "/console/recall", "/console/gaps"):
        assert f'href="{link}"' in page
    assert SAY("articles.none_fits") in editor.get("/console/articles?q=nothing like it").text
