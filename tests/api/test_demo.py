"""The demo's people over several starts."""

from sqlalchemy import Engine

from api import demo
from api.auth import COOKIE
from crm import counselors, db
from tests.conftest import DeskClient


def start(desk: DeskClient) -> dict[str, str]:
    """Furnish the demo as each start does; the passwords by address."""
    path = demo.furnish(desk.engine, desk.settings, "http://127.0.0.1", {})
    return {user["email"]: user["password"] for user in demo.read(path)["users"]}


def opens(engine: Engine, email: str, password: str) -> bool:
    with db.transaction(engine) as s:
        return counselors.by_password(s, email, password).email == email


def test_a_restart_signs_nobody_out(sqlite_desk: DeskClient) -> None:
    first = start(sqlite_desk)
    [email] = [one for one in first if one.startswith("counselor")]
    with db.transaction(sqlite_desk.engine) as s:
        cookie, _ = counselors.sign_in(s, counselors.by_password(s, email, first[email]))
    assert start(sqlite_desk) == first
    sqlite_desk.http.cookies.set(COOKIE, cookie)
    assert sqlite_desk.http.get("/console").status_code == 200


def test_a_password_that_no_longer_opens_is_made_anew(sqlite_desk: DeskClient) -> None:
    first = start(sqlite_desk)
    [email] = [one for one in first if one.startswith("senior")]
    with db.transaction(sqlite_desk.engine) as s:
        person = counselors.by_password(s, email, first[email])
        counselors.set_password(s, person, "another long enough password")
    second = start(sqlite_desk)
    assert second[email] != first[email]
    assert opens(sqlite_desk.engine, email, second[email])


def test_an_interrupted_start_is_started_over(sqlite_desk: DeskClient) -> None:
    start(sqlite_desk)
    (sqlite_desk.settings.data / "demo.json").write_text('{"users": [{"em')
    second = start(sqlite_desk)
    assert all(opens(sqlite_desk.engine, email, word) for email, word in second.items())
