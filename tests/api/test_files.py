"""Files: checked by content, named harmlessly, given back only as downloads and only inside."""

from urllib.parse import unquote

import pytest

from tests.conftest import DeskClient, GuestClient

pytestmark = pytest.mark.at_rest

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20
PDF = b"%PDF-1.7 words"


def send(desk: DeskClient, guest: GuestClient, name: str, content: bytes) -> tuple[int, dict]:
    answer = desk.http.post(
        "/api/v1/chat/files", files={"file": (name, content)}, headers=guest.headers
    )
    return answer.status_code, answer.json()


def test_a_file_goes_with_a_message_and_comes_back_whole(desk: DeskClient) -> None:
    guest = desk.guest()
    status, kept = send(desk, guest, "견적서.pdf", PDF)
    assert (status, set(kept)) == (201, {"file_id"})
    guest.say("here it is", files=[kept["file_id"]])
    events = desk.http.get("/api/v1/chat/events", headers=guest.headers).json()["events"]
    [file] = next(e["message"]["files"] for e in events if e["message"])
    assert file == {
        "id": kept["file_id"],
        "name": "견적서.pdf",
        "media_type": "application/pdf",
        "size": len(PDF),
    }
    got = desk.http.get(f"/api/v1/chat/files/{file['id']}", headers=guest.headers)
    assert got.content == PDF


def test_a_file_is_served_as_a_download_that_no_browser_opens(sqlite_desk: DeskClient) -> None:
    guest = sqlite_desk.guest()
    _, kept = send(sqlite_desk, guest, 'a"b; c.png', PNG)
    got = sqlite_desk.http.get(f"/api/v1/chat/files/{kept['file_id']}", headers=guest.headers)
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert "inline" not in got.headers["content-disposition"]
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert "no-store" in got.headers["cache-control"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("page.svg", b"<svg/>"),
        ("run.exe", b"MZ\x90"),
        ("lie.png", b"<html>"),
        ("lie.pdf", PNG),
        ("lie.txt", b"a\x00b"),
        ("noname", PDF),
        ("two.pdf.html", PDF),
        ("empty.txt", b""),
    ],
)
def test_what_is_not_what_it_says_is_refused(
    sqlite_desk: DeskClient, name: str, content: bytes
) -> None:
    status, told = send(sqlite_desk, sqlite_desk.guest(), name, content)
    assert status == 422
    assert told["error"]["code"] == "invalid"


@pytest.mark.parametrize("size", [10_000_001, 12_000_000])
def test_a_file_over_the_limit_is_413(sqlite_desk: DeskClient, size: int) -> None:
    status, told = send(sqlite_desk, sqlite_desk.guest(), "big.txt", b"x" * size)
    assert status == 413
    assert told["error"]["code"] == "too_large"


@pytest.mark.parametrize(
    ("sent", "kept_as"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\kim\\a.txt", "a.txt"),
        ("a\u202etxt.exe.txt", "atxt.exe.txt"),
        ("x" * 300 + ".txt", "x" * 116 + ".txt"),
        ("a<b>.txt", "ab.txt"),
    ],
)
def test_names_are_made_harmless(sqlite_desk: DeskClient, sent: str, kept_as: str) -> None:
    guest = sqlite_desk.guest()
    status, kept = send(sqlite_desk, guest, sent, b"words")
    assert status == 201, kept
    got = sqlite_desk.http.get(f"/api/v1/chat/files/{kept['file_id']}", headers=guest.headers)
    named = got.headers["content-disposition"].split("''", 1)[1]
    assert unquote(named) == kept_as


def test_a_foreign_conversations_file_is_404_and_cannot_be_attached(desk: DeskClient) -> None:
    owner, stranger = desk.guest(), desk.guest()
    _, kept = send(desk, owner, "a.png", PNG)
    got = desk.http.get(f"/api/v1/chat/files/{kept['file_id']}", headers=stranger.headers)
    assert got.status_code == 404
    body = {"client_id": "a", "text": "mine", "files": [kept["file_id"]]}
    said = desk.http.post("/api/v1/chat/messages", json=body, headers=stranger.headers)
    assert said.status_code == 409


def test_a_file_belongs_to_one_message(sqlite_desk: DeskClient) -> None:
    guest = sqlite_desk.guest()
    _, kept = send(sqlite_desk, guest, "a.png", PNG)
    guest.say("first", files=[kept["file_id"]])
    body = {"client_id": "again", "text": "second", "files": [kept["file_id"]]}
    said = sqlite_desk.http.post("/api/v1/chat/messages", json=body, headers=guest.headers)
    assert said.status_code == 409


def test_a_file_without_words_is_acknowledged(sqlite_desk: DeskClient) -> None:
    guest = sqlite_desk.guest(language="ko")
    _, kept = send(sqlite_desk, guest, "a.png", PNG)
    guest.say("", files=[kept["file_id"]])
    standing = sqlite_desk.http.get("/api/v1/chat/sessions/current", headers=guest.headers).json()
    assert [m["author"] for m in standing["messages"]] == ["contact", "bot"]
    assert standing["messages"][1]["choices"]


def test_the_counselor_sends_a_file_too(desk: DeskClient) -> None:
    guest = desk.guest()
    guest.say("a person please")
    path = f"/api/v1/conversations/{guest.conversation_id}"
    early = desk.as_("counselor", "POST", f"{path}/files", files={"file": ("a.png", PNG)})
    assert early.status_code == 403  # not accepted yet
    desk.as_("counselor", "POST", f"{path}/accept")
    kept = desk.as_("counselor", "POST", f"{path}/files", files={"file": ("a.png", PNG)})
    assert kept.status_code == 201
    answer = {"client_id": "1", "text": "", "files": [kept.json()["file_id"]]}
    assert desk.as_("counselor", "POST", f"{path}/messages", json=answer).status_code == 201
    got = desk.http.get(f"/api/v1/chat/files/{kept.json()['file_id']}", headers=guest.headers)
    assert got.content == PNG
