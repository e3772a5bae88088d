"""The table of docs/functions.md is true: each page opens for its roles, each route is there."""

import re
from pathlib import Path

import pytest

from api.auth import COOKIE
from crm import counselors, db
from crm.models import Counselor
from tests.conftest import ROLES, DeskClient

DOCS = Path(__file__).resolve().parents[2] / "docs" / "functions.md"
LINE = re.compile(
    r"^\| (?P<what>[^|`]+) \| `(?P<page>[^`]+)` \| (?P<roles>[^|]+) \| `(?P<route>[^`]+)` \|$"
)
ROWS = [
    match.groupdict()
    for line in DOCS.read_text("utf-8").splitlines()
    if (match := LINE.match(line))
]
# The study's own thirteen, in its order: none may be lost from the table.
STUDY = (
    "Tele-response", "Counseling cases", "Petitioner information", "System linkage",
    "Call-back service", "Counselor information", "Counselor board", "Counseling knowledge",
    "Counseling record", "Call allocation management", "Service status",
    "Counseling status statistics", "System management",
)  # fmt: skip


def test_no_function_of_the_study_is_missing_and_each_stands_once() -> None:
    named = [row["what"] for row in ROWS]
    assert tuple(named[: len(STUDY)]) == STUDY
    assert len(set(named)) == len(named)
    assert len(named) == DOCS.read_text("utf-8").count("\n| ") - 1  # every line was understood


def test_every_route_is_in_the_schema(sqlite_desk: DeskClient) -> None:
    paths = sqlite_desk.http.get("/openapi.json").json()["paths"]
    there = {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}
    assert {row["route"] for row in ROWS} - there == set()


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_open_its_pages(sqlite_desk: DeskClient, role: str) -> None:
    with db.transaction(sqlite_desk.engine) as s:
        person = s.get_one(Counselor, sqlite_desk.people[role].id)
        cookie, _ = counselors.sign_in(s, person)
    own = {row["page"] for row in ROWS if role in row["roles"].split(", ")}
    assert own, role
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    opened = {page: sqlite_desk.http.get(page, headers=headers).status_code for page in own}
    assert set(opened.values()) == {200}, opened
