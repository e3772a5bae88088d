"""The one question after a talk."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from crm import db
from crm.models import Survey
from tests.conftest import DeskClient, GuestClient


def answer(desk: DeskClient, guest: GuestClient, **body: object) -> int:
    told = desk.http.post("/api/v1/chat/survey", json=body, headers=guest.headers)
    return told.status_code


def talked(desk: DeskClient) -> GuestClient:
    guest = desk.guest()
    guest.say("a person please")
    path = f"/api/v1/conversations/{guest.conversation_id}"
    assert desk.as_("counselor", "POST", f"{path}/accept").status_code == 200
    return guest


def wrap(desk: DeskClient, guest: GuestClient) -> None:
    path = f"/api/v1/conversations/{guest.conversation_id}/wrap"
    assert desk.as_("counselor", "POST", path, json={"code": "answered"}).status_code == 200


def kept(desk: DeskClient) -> list[Survey]:
    with db.reading(desk.engine) as s:
        return list(s.scalars(select(Survey)))


def test_a_score_is_kept_for_the_counselor_who_helped(desk: DeskClient) -> None:
    guest = talked(desk)
    wrap(desk, guest)
    assert answer(desk, guest, score=5, comment="Thank you") == 200
    [survey] = kept(desk)
    assert (survey.score, survey.comment) == (5, "Thank you")
    assert survey.counselor_id == desk.people["counselor"].id


def test_a_second_answer_replaces_the_first(desk: DeskClient) -> None:
    guest = talked(desk)
    wrap(desk, guest)
    assert answer(desk, guest, score=5) == 200
    assert answer(desk, guest, score=2) == 200
    assert [survey.score for survey in kept(desk)] == [2]


def test_ten_answers_at_once_are_one_survey(desk: DeskClient) -> None:
    guest = talked(desk)
    wrap(desk, guest)
    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(lambda _: answer(desk, guest, score=4), range(10)))
    assert set(told) == {200}
    assert len(kept(desk)) == 1


def test_while_the_talk_goes_on_it_is_too_early(desk: DeskClient) -> None:
    assert answer(desk, talked(desk), score=5) == 409


@pytest.mark.parametrize("score", [0, 6, -1, 2.5, "five", None])
def test_scores_are_one_to_five(sqlite_desk: DeskClient, score: object) -> None:
    assert answer(sqlite_desk, sqlite_desk.guest(), score=score) == 422


def test_a_talk_with_the_bot_alone_may_be_scored(sqlite_desk: DeskClient) -> None:
    guest = sqlite_desk.guest()
    guest.say("hi")
    assert answer(sqlite_desk, guest, score=3) == 200
    assert kept(sqlite_desk)[0].counselor_id is None
