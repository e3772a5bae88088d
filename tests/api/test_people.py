"""Tokens, sign-in limits, and the people of the desk."""

import argon2
import pytest

from crm import counselors, db
from crm.models import Counselor, PersonalToken
from tests.conftest import PASSWORD, DeskClient


def token(desk: DeskClient, email: str, password: str) -> tuple[int, dict]:
    answer = desk.http.post("/api/v1/tokens", json={"email": email, "password": password})
    return answer.status_code, answer.json()


def test_a_password_buys_a_token_that_stands_for_its_owner(desk: DeskClient) -> None:
    status, told = token(desk, " Counselor@DESK.example ", PASSWORD)
    assert (status, set(told)) == (201, {"token"})
    me = desk.http.get("/api/v1/me", headers={"Authorization": f"Bearer {told['token']}"})
    assert me.json()["id"] == desk.people["counselor"].id
    assert me.json()["role"] == "counselor"


@pytest.mark.parametrize(
    ("email", "password"),
    [("counselor@desk.example", "a wrong password"), ("nobody@desk.example", PASSWORD), ("", "")],
)
def test_a_wrong_name_and_a_wrong_password_are_told_apart_by_nothing(
    sqlite_desk: DeskClient, email: str, password: str
) -> None:
    status, told = token(sqlite_desk, email, password)
    assert status == 401
    assert told["error"]["message"] == "The address or the password is not right."


def test_tokens_and_passwords_are_kept_only_as_digests(sqlite_desk: DeskClient) -> None:
    person = sqlite_desk.people["counselor"]
    with db.reading(sqlite_desk.engine) as s:
        tokens = s.query(PersonalToken).all()
        hashes = [c.password_hash for c in s.query(Counselor)]
    assert person.token not in {t.digest for t in tokens}
    assert all(h.startswith("$argon2id$") for h in hashes)


def test_the_products_own_hasher_costs_what_argon2_recommends(
    quick_hashing: argon2.PasswordHasher,
) -> None:
    recommended = argon2.PasswordHasher()
    assert quick_hashing.memory_cost >= recommended.memory_cost
    assert quick_hashing.time_cost >= recommended.time_cost


def test_who_was_disabled_or_whose_token_was_revoked_is_out(sqlite_desk: DeskClient) -> None:
    with db.transaction(sqlite_desk.engine) as s:
        s.get_one(Counselor, sqlite_desk.people["senior"].id).disabled_at = counselors.clock.now()
        digest = counselors._digest(sqlite_desk.people["auditor"].token)
        s.get_one(PersonalToken, digest).revoked_at = counselors.clock.now()
    for role in ("senior", "auditor"):
        assert sqlite_desk.as_(role, "GET", "/api/v1/me").status_code == 401
    assert token(sqlite_desk, "senior@desk.example", PASSWORD)[0] == 401


def new_person(**changes: object) -> dict:
    person = {"email": "new@desk.example", "name": "New", "password": PASSWORD, "role": "senior"}
    return person | {"queues": ["legal"], "languages": ["ko"]} | changes


def test_an_admin_adds_people_who_can_sign_in(sqlite_desk: DeskClient) -> None:
    added = sqlite_desk.as_("admin", "POST", "/api/v1/counselors", json=new_person())
    assert added.status_code == 201
    assert added.json()["queues"] == ["legal"]
    assert token(sqlite_desk, "new@desk.example", PASSWORD)[0] == 201
    again = sqlite_desk.as_("admin", "POST", "/api/v1/counselors", json=new_person())
    assert again.status_code == 409
    listed = sqlite_desk.as_("counselor", "GET", "/api/v1/counselors").json()
    assert "New" in [c["name"] for c in listed["items"]]
    assert "email" not in listed["items"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"},
        {"role": "king"},
        {"queues": ["nowhere"]},
        {"email": "no address"},
        {"languages": []},
        {"name": " "},
    ],
)
def test_a_person_who_makes_no_sense_is_refused(sqlite_desk: DeskClient, change: dict) -> None:
    body = new_person(**change)
    assert sqlite_desk.as_("admin", "POST", "/api/v1/counselors", json=body).status_code == 422


def test_an_admin_takes_all_access_away_at_once(sqlite_desk: DeskClient) -> None:
    path = f"/api/v1/counselors/{sqlite_desk.people['senior'].id}"
    assert sqlite_desk.as_("senior", "GET", "/api/v1/me").status_code == 200
    assert sqlite_desk.as_("admin", "PATCH", path, json={"disabled": True}).status_code == 200
    assert sqlite_desk.as_("senior", "GET", "/api/v1/me").status_code == 401
    assert token(sqlite_desk, "senior@desk.example", PASSWORD)[0] == 401


def test_new_queues_and_roles_count_from_the_next_request_on(sqlite_desk: DeskClient) -> None:
    path = f"/api/v1/counselors/{sqlite_desk.people['counselor'].id}"
    guest = sqlite_desk.guest()
    guest.say("a person please")
    talk = f"/api/v1/conversations/{guest.conversation_id}"
    assert sqlite_desk.as_("counselor", "GET", talk).status_code == 200
    sqlite_desk.as_("admin", "PATCH", path, json={"queues": ["payment"]})
    assert sqlite_desk.as_("counselor", "GET", talk).status_code == 404
    sqlite_desk.as_("admin", "PATCH", path, json={"role": "auditor"})
    assert sqlite_desk.as_("counselor", "GET", talk).status_code == 200
    assert sqlite_desk.as_("counselor", "POST", f"{talk}/accept").status_code == 403
