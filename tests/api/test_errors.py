"""Every error has one shape; health tells the truth; the schema is public."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from bot import port
from crm import db
from tests.conftest import DeskClient
from tests.desks import desk_with
from tests.scripted_bot import ScriptedBot

# Every path of the public contract that this version serves.
CONTRACT = {
    "/healthz": {"get"},
    "/readyz": {"get"},
    "/api/v1/chat/sessions": {"post"},
    "/api/v1/chat/messages": {"post"},
    "/api/v1/chat/files": {"post"},
    "/api/v1/chat/events": {"get"},
    "/api/v1/chat/survey": {"post"},
    "/api/v1/tokens": {"post"},
    "/api/v1/conversations": {"get"},
    "/api/v1/conversations/{conversation_id}": {"get"},
    "/api/v1/conversations/{conversation_id}/accept": {"post"},
    "/api/v1/conversations/{conversation_id}/messages": {"post"},
    "/api/v1/conversations/{conversation_id}/transfer": {"post"},
    "/api/v1/conversations/{conversation_id}/wrap": {"post"},
    "/api/v1/tickets": {"get", "post"},
    "/api/v1/tickets/{ticket_id}": {"get", "patch"},
    "/api/v1/tenders": {"get"},
    "/api/v1/articles": {"get", "post"},
    "/api/v1/search": {"get"},
    "/api/v1/events": {"get"},
    "/hooks/{kind}/{account}": {"post"},
}


def test_the_schema_is_public_and_names_every_path_of_the_contract(
    sqlite_desk: DeskClient,
) -> None:
    answer = sqlite_desk.http.get("/openapi.json")
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    missing = {path: verbs - set(paths.get(path, {})) for path, verbs in CONTRACT.items()}
    assert {path: verbs for path, verbs in missing.items() if verbs} == {}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/me", 401, "unauthorized"),
        ("GET", "/api/v1/chat/events", 401, "unauthorized"),
        ("POST", "/api/v1/counselors", 403, "forbidden"),
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/conversations/unknown", 404, "not_found"),
        ("DELETE", "/api/v1/tickets", 405, "method_not_allowed"),
        ("GET", "/api/v1/conversations?limit=0", 422, "invalid"),
    ],
)
def test_errors_have_one_shape(
    sqlite_desk: DeskClient, method: str, path: str, status: int, code: str
) -> None:
    role = "counselor" if status != 401 else None
    headers = sqlite_desk.people[role].headers if role else {}
    body = {"email": "a@b.c", "name": "A", "password": "p" * 12, "role": "senior"}
    answer = sqlite_desk.http.request(
        method, path, headers=headers, json=body if method == "POST" else None
    )
    assert answer.status_code == status
    assert is_error(answer.json(), code)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def is_error(body: dict, code: str) -> bool:
    error = body["error"]
    return (
        set(body) == {"error"}
        and set(error) <= {"code", "message", "details"}
        and error["code"] == code
        and bool(error["message"])
    )


def test_a_crash_is_a_500_of_the_same_shape_that_tells_nothing(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk_with(ScriptedBot(), sqlite_engine, tmp_path) as desk:
        monkeypatch.setattr("crm.queries.tenders", lambda *_, **__: 1 / 0)
        answer = desk.http.get("/api/v1/tenders")
    assert answer.status_code == 500
    assert is_error(answer.json(), "internal")
    assert "division" not in answer.text


def test_a_refused_value_is_not_repeated(sqlite_desk: DeskClient) -> None:
    told = sqlite_desk.http.post("/api/v1/chat/sessions", json={"language": "my-secret-4111"})
    assert told.status_code == 422
    assert "my-secret-4111" not in told.text


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_413_announced_or_not(
    sqlite_desk: DeskClient, announced: bool
) -> None:
    guest = sqlite_desk.guest()
    huge = b'{"client_id":"a","text":"' + b"x" * 1_500_000 + b'"}'
    parts = (huge[n : n + 65_536] for n in range(0, len(huge), 65_536))
    answer = sqlite_desk.http.post(
        "/api/v1/chat/messages",
        content=huge if announced else parts,
        headers=guest.headers | {"content-type": "application/json"},
    )
    assert answer.status_code == 413
    assert is_error(answer.json(), "too_large")


def test_alive_and_ready(desk: DeskClient) -> None:
    assert desk.http.get("/healthz").status_code == 200
    ready = desk.http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"database": "ok", "index": "ok", "bot": "ok"}


class AbsentBot(ScriptedBot):
    def ready(self) -> bool:
        return False

    def turn(self, turn: port.Turn) -> list[port.Step]:
        raise ConnectionError(turn.conversation)


def test_not_ready_names_the_part_that_is_down(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk_with(AbsentBot(), sqlite_engine, tmp_path) as desk:
        ready = desk.http.get("/readyz")
        assert ready.status_code == 503
        assert ready.json() == {"database": "ok", "index": "ok", "bot": "down"}

        def gone(*_: object) -> None:
            raise OperationalError("SELECT 1", {}, Exception("gone"))

        monkeypatch.setattr("api.routes.health.db", SimpleNamespace(reading=gone))
        assert desk.http.get("/readyz").json()["database"] == "down"
        assert desk.http.get("/healthz").status_code == 200
    assert db.reading is not gone
