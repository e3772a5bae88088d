"""Files as drafts, through the API and through the pages."""

import re

import pytest
from sqlalchemy import select

from api import auth
from crm import counselors, db
from crm.events import Actor
from crm.models import Counselor
from knowledge import article_text, editing
from knowledge.importing import kinds
from knowledge.models import ArticleVersion
from tests.conftest import DeskClient
from tests.knowledge import papers


def post(desk: DeskClient, name: str, content: bytes, role: str = "editor", **fields: str):
    return desk.as_(
        role, "POST", "/api/v1/articles/import", files={"file": (name, content)}, data=fields
    )


def drafts(desk: DeskClient) -> list[tuple[str, str, str]]:
    with db.reading(desk.engine) as s:
        rows = s.scalars(select(ArticleVersion).order_by(ArticleVersion.article_id))
        return [(row.article_id, row.language, row.status) for row in rows]


def test_without_an_id_nothing_is_kept_and_with_one_a_draft(desk):
    shown = post(desk, "guide.docx", papers.word(papers.guide))
    assert shown.status_code == 200
    assert shown.json()["version"] is None
    assert shown.json()["article"]["id"] == "advance-payment"
    assert drafts(desk) == []
    kept = post(desk, "guide.docx", papers.word(papers.guide), id="advance", topic="payment")
    assert (kept.status_code, kept.json()["version"]) == (201, 1)
    assert drafts(desk) == [("advance", "en", "draft")]
    again = post(desk, "guide.docx", papers.word(papers.guide), id="advance", topic="payment")
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": "Not An Id", "topic": "payment"}, "id"),
        ({"id": "a", "topic": "weather"}, "topic"),
        ({"id": "a", "topic": "payment", "valid_from": "2024-02-30"}, "valid_from"),
        ({"id": "a", "topic": "payment", "valid_until": "1999-01-01"}, "valid_until"),
        ({"id": "a", "topic": "payment", "body": "## No text"}, "body"),
    ],
)
def test_what_does_not_hold_is_named(sqlite_desk, fields, field):
    refused = post(sqlite_desk, "guide.docx", papers.word(papers.guide), **fields)
    assert refused.status_code == 422
    assert refused.json()["error"]["details"]["field"] == field
    assert drafts(sqlite_desk) == []


def test_a_topic_that_the_desk_has_by_now_may_come_with_a_file(sqlite_desk):
    def file(name: str) -> bytes:
        return f"---\nid: {name}\nlanguage: en\ntopic: brakes\n---\n# Pads\n\nThey wear.\n".encode()

    first = post(sqlite_desk, "pads.md", file("pads")).json()
    assert first["article"]["topic"] == ""
    assert [note["figures"]["line"] for note in first["notes"]] == [4]
    own = article_text.parse(
        "---\nid: discs\nlanguage: en\ntopic: brakes\naudience: public\n"
        "valid-from: 2020-01-01\nsource: A sign\nowner: workshop\n---\n# Discs\n\nThey wear.\n"
    )
    with db.transaction(sqlite_desk.engine) as s:
        editing.take_in(s, Actor("system", None), own)
    again = post(sqlite_desk, "pads.md", file("pads")).json()
    assert (again["article"]["topic"], again["notes"]) == ("brakes", [])
    assert post(sqlite_desk, "pads.md", file("pads"), id="pads").status_code == 201


def test_an_article_without_a_language_is_not_guessed_into_one(sqlite_desk):
    refused = post(sqlite_desk, "n.md", b"# 112\n12, 13\n", id="numbers", topic="payment")
    assert refused.json()["error"]["details"]["field"] == "language"
    kept = post(sqlite_desk, "n.md", b"# 112\n12\n", id="numbers", topic="payment", language="ko")
    assert kept.status_code == 201


def test_a_locked_file_is_refused_in_a_sentence(sqlite_desk):
    refused = post(sqlite_desk, "a.docx", papers.locked_word())
    assert refused.status_code == 422
    assert refused.json()["error"]["details"]["problem"] == "encrypted"
    assert "password" in refused.json()["error"]["message"]


class Editor:
    """An editor at the pages, signed in by cookie."""

    def __init__(self, desk: DeskClient, language: str = "en") -> None:
        self.http = desk.http
        with db.transaction(desk.engine) as s:
            counselors.use_interface(s, desk.people["editor"].id, language)
            row = s.get_one(Counselor, desk.people["editor"].id)
            cookie, entry = counselors.sign_in(s, row)
            self.csrf = entry.csrf

        self.http.cookies.set(auth.COOKIE, cookie)

    def upload(self, *files: tuple[str, bytes]):
        sent = [("files", file) for file in files]
        return self.http.post("/console/articles/import", files=sent, data={"csrf": self.csrf})

    def save(self, html: str, keep: list[str], **changes: str):
        form = {"csrf": self.csrf, "keep": keep}
        for name in ("file", "title", "id", "source", "law", "valid_from", "valid_until"):
            form[name] = re.findall(rf'name="{name}"[^>]*? value="([^"]*)"', html)
        form["body"] = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", html, re.DOTALL)
        for name in ("language", "topic", "audience", "queue"):
            menus = re.findall(rf'<select[^>]* name="{name}">(.*?)</select>', html, re.DOTALL)
            chosen = [re.search(r'value="(\w*)"[^>]* selected', menu) for menu in menus]
            form[name] = [found[1] if found else "" for found in chosen]
        for name, value in changes.items():
            form[name] = [value] * len(form["file"])
        # Fields without a file name, as a browser sends them.
        parts = [(n, (None, v)) for n, said in form.items() for v in _several(said)]
        return self.http.post("/console/articles/import/save", files=parts, follow_redirects=False)


def _several(said: str | list[str]) -> list[str]:
    return said if isinstance(said, list) else [said]


def test_every_kind_of_file_that_is_read_can_be_chosen(sqlite_desk):
    page = Editor(sqlite_desk).http.get("/console/articles/import").text
    chosen = re.search(r'type="file"[^>]* accept="([^"]*)"', page)
    wanted = {f".{ending}" for endings in kinds.ENDINGS.values() for ending in endings if ending}
    assert chosen
    assert set(chosen[1].split(",")) == wanted


def test_several_files_are_shown_and_only_what_is_ticked_is_kept(desk):
    editor = Editor(desk)
    page = editor.upload(
        ("guide.docx", papers.word(papers.guide)),
        ("plazos.html", papers.PAGE.encode()),
        ("locked.pdf", papers.pdf([[(60, 700, 10, "x")]], password="p")),
    )
    assert page.status_code == 200
    assert "locked with a password" in page.text
    assert "Images were left out: 1." in page.text
    assert drafts(desk) == []
    refused = editor.save(page.text, ["0"])
    assert refused.status_code == 422
    assert "Please choose the topic." in refused.text
    one = editor.save(page.text, ["1"], topic="payment")
    assert (one.status_code, one.headers["location"]) == (303, "/console/articles/plazos-de-pago")
    assert drafts(desk) == [("plazos-de-pago", "es", "draft")]
    both = editor.save(page.text, ["0", "1"], topic="payment")
    assert both.status_code == 422  # the one is there now; the other was kept
    assert "There is an article of this name" in both.text
    assert "Saved as drafts" in both.text
    assert drafts(desk)[0] == ("advance-payment", "en", "draft")


def test_a_page_without_the_forms_secret_keeps_nothing(sqlite_desk):
    editor = Editor(sqlite_desk)
    editor.csrf = "another"
    assert editor.upload(("a.md", b"# A\ntext")).status_code == 403


@pytest.mark.parametrize(("language", "said"), [("es", "contraseña"), ("ko", "암호")])
def test_reasons_are_told_in_the_editors_language(sqlite_desk, language, said):
    editor = Editor(sqlite_desk, language)
    assert said in editor.upload(("a.docx", papers.locked_word())).text
