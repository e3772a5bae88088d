"""Nothing that is sent to the sandbox makes it fall over, and the desk imports nothing of it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.procurement.sandbox.app import create
from bot.procurement.sandbox.clock import Clock
from bot.procurement.sandbox.core import Core, Rules
from bot.procurement.sandbox.store import Store
from tests.procurement import recorded

ROOT = Path(__file__).resolve().parents[2]
KEY = {"Authorization": "Bearer broker"}
ODD: list[Any] = [None, [], {}, 5, "x", True, [None], [[]], [{}], {"a": {"b": []}}, -1, 1e400, ""]
CREATE = {r.name: r for r in recorded.load("edge")}["01-tender-create"].body
BID = {r.name: r for r in recorded.load("life")}["29-bid-create-draft"].body
COMPLAINT = {r.name: r for r in recorded.load("complaint")}["11-complaint-create"].body
CRITERIA = {r.name: r for r in recorded.load("edge")}["05-criteria-add"].body


@pytest.fixture(scope="module")
def http() -> Iterator[TestClient]:
    core = Core(Store(None), Clock("Europe/Kyiv"), Rules({"broker": "broker"}))
    with TestClient(create(core, demo=True), raise_server_exceptions=False) as client:
        yield client


def spoilt(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The body with one field after another, at any depth, replaced by something odd."""
    for odd in ODD:
        yield {"data": odd}
        for name, value in body["data"].items() if isinstance(body["data"], dict) else ():
            yield {**body, "data": body["data"] | {name: odd}}
            first = value[0] if isinstance(value, list) and value else value
            for inner in first if isinstance(first, dict) else ():
                changed = first | {inner: odd}
                one = [changed] if isinstance(value, list) else changed
                yield {**body, "data": body["data"] | {name: one}}


def test_odd_bodies_are_refused_and_never_break_it(http: TestClient) -> None:
    tenders = http.get("/api/2.5/tenders", params={"opt_fields": "status"}).json()["data"]
    open_ones = [t["id"] for t in tenders if t["status"] == "active.tendering"]
    place = f"/api/2.5/tenders/{open_ones[0]}"
    for path, body in (
        ("/api/2.5/tenders", CREATE),
        ("/api/2.5/plans", CREATE),
        (f"{place}/bids", BID),
        (f"{place}/complaints", COMPLAINT),
        (f"{place}/questions", COMPLAINT),
    ):
        for odd in spoilt(body):
            try:
                answer = http.post(path, json=odd, headers=KEY)
            except ValueError:  # what JSON cannot carry cannot arrive
                continue
            assert answer.status_code < 500, (path, odd, answer.text)


def test_odd_criteria_configs_and_tokens(http: TestClient) -> None:
    for odd in ODD[:11]:
        answer = http.post("/api/2.5/tenders", json=CREATE | {"config": odd}, headers=KEY)
        assert answer.status_code < 500, (odd, answer.text)
        answer = http.post("/api/2.5/tenders", json=CREATE | {"access": odd}, headers=KEY)
        assert answer.status_code < 500, (odd, answer.text)
        answer = http.post("/api/2.5/tenders", json=CREATE | {"access": {"token": odd}},
                           headers=KEY)  # fmt: skip
        assert answer.status_code < 500, (odd, answer.text)
    made = http.post("/api/2.5/tenders", json=CREATE | {"config": {}}, headers=KEY)
    if made.status_code == 201:
        token = {"X-Access-Token": made.json()["access"]["token"]}
        place = f"/api/2.5/tenders/{made.json()['data']['id']}/criteria"
        for odd in ODD[:11]:
            for groups in (odd, [{"requirements": odd}]):
                body = {"data": [CRITERIA["data"][0] | {"requirementGroups": groups}]}
                answer = http.post(place, json=body, headers=KEY | token)
                assert answer.status_code < 500, (odd, answer.text)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"\xff\xfe", "application/json", 422),
        (b"", "application/json", 422),
    ],
)
def test_what_is_no_json(http: TestClient, body: bytes, kind: str, status: int) -> None:
    headers = KEY | {"Content-Type": kind}
    assert http.post("/api/2.5/tenders", content=body, headers=headers).status_code == status


def test_unknown_paths_and_methods_answer_as_the_api_does(http: TestClient) -> None:
    for method, path, status in (
        ("GET", "/api/2.5/nonsense", 404),
        ("GET", "/api/0/tenders", 404),
        ("PUT", "/api/2.5/tenders", 405),
        ("GET", "/api/2.5/tenders?offset=nonsense", 404),
        ("GET", "/control/demo", 403),
    ):
        answer = http.request(method, path)
        assert answer.status_code == status
        assert answer.json()["status"] == "error"


def test_the_desk_imports_nothing_of_the_sandbox() -> None:
    own = ROOT / "bot" / "procurement" / "sandbox"
    for room in ("crm", "knowledge", "bot", "routing", "api"):
        for path in (ROOT / room).rglob("*.py"):
            if own in path.parents:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                named += [a.name for a in node.names] if isinstance(node, ast.Import) else []
                assert not any("procurement.sandbox" in name for name in named), path
