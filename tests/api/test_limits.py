"""Rate limits: per conversation and per token first, per address last."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from crm.settings import Rate
from tests.conftest import DeskClient, GuestClient, settings_for
from tests.desks import desk_with
from tests.scripted_bot import ScriptedBot

RATES = {
    "sessions_per_address": Rate(5, 60),
    "messages_per_conversation": Rate(3, 60),
    "files_per_conversation": Rate(2, 60),
    "sign_ins_per_account": Rate(2, 60),
    "sign_ins_per_address": Rate(6, 60),
    "requests_per_token": Rate(20, 60),
    "requests_per_address": Rate(40, 60),
    "forged_hooks_per_address": Rate(5, 60),
}


@pytest.fixture
def limited(sqlite_engine: Engine, tmp_path: Path) -> Iterator[DeskClient]:
    settings = dataclasses.replace(settings_for(tmp_path), rates=RATES)
    with desk_with(ScriptedBot(), sqlite_engine, tmp_path, settings=settings) as desk:
        yield desk


def is_limited(answer: httpx.Response) -> bool:
    if answer.status_code != 429:
        return False
    assert answer.json()["error"]["code"] == "rate_limited"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    return True


def post(desk: DeskClient, guest: GuestClient, n: int) -> httpx.Response:
    body = {"client_id": f"c{n}", "text": "hi"}
    return desk.http.post("/api/v1/chat/messages", json=body, headers=guest.headers)


def test_messages_are_counted_per_conversation_not_per_address(limited: DeskClient) -> None:
    busy, calm = limited.guest(), limited.guest()
    assert [post(limited, busy, n).status_code for n in range(3)] == [202] * 3
    assert is_limited(post(limited, busy, 3))
    assert post(limited, calm, 0).status_code == 202


def test_sessions_are_counted_per_address(limited: DeskClient) -> None:
    for _ in range(5):
        limited.guest()
    assert is_limited(limited.http.post("/api/v1/chat/sessions", json={}))


def test_files_are_counted_per_conversation(limited: DeskClient) -> None:
    guest = limited.guest()

    def send() -> httpx.Response:
        files = {"file": ("a.txt", b"words")}
        return limited.http.post("/api/v1/chat/files", files=files, headers=guest.headers)

    assert [send().status_code for _ in range(2)] == [201, 201]
    assert is_limited(send())


def test_guessing_passwords_is_counted_per_account(limited: DeskClient) -> None:
    def guess(email: str) -> httpx.Response:
        return limited.http.post("/api/v1/tokens", json={"email": email, "password": "guess"})

    assert [guess("admin@desk.example").status_code for _ in range(2)] == [401, 401]
    assert is_limited(guess(" ADMIN@desk.example"))
    assert guess("senior@desk.example").status_code == 401


def test_guessing_names_is_counted_per_address(limited: DeskClient) -> None:
    def guess(n: int) -> httpx.Response:
        body = {"email": f"nobody{n}@desk.example", "password": "guess"}
        return limited.http.post("/api/v1/tokens", json=body)

    assert [guess(n).status_code for n in range(6)] == [401] * 6
    assert is_limited(guess(6))


def test_requests_are_counted_per_token(limited: DeskClient) -> None:
    me = [limited.as_("admin", "GET", "/api/v1/me") for _ in range(21)]
    assert [m.status_code for m in me[:20]] == [200] * 20
    assert is_limited(me[20])
    assert limited.as_("senior", "GET", "/api/v1/me").status_code == 200


def test_public_pages_are_counted_per_address(limited: DeskClient) -> None:
    assert [limited.http.get("/api/v1/tenders").status_code for _ in range(40)] == [200] * 40
    assert is_limited(limited.http.get("/api/v1/tenders"))


def test_the_default_limits_are_documented_and_can_be_turned_off(tmp_path: Path) -> None:
    on = settings_for(tmp_path)
    assert set(on.rates) == set(RATES)
    assert settings_for(tmp_path, DESK_RATE_LIMITS="off").rates == {}
