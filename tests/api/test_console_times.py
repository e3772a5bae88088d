"""A page of the console tells every moment by the desk's clock, and says which clock that is."""

from datetime import UTC, datetime

import pytest

from api import auth
from crm import clock, counselors, db
from crm.models import Counselor
from tests.conftest import DeskClient

PAGES = {"en": "26 November 2026, 04:30", "es": "26 de noviembre de 2026, 04:30",
         "ko": "2026년 11월 26일, 04:30"}  # fmt: skip


@pytest.mark.parametrize("language", PAGES)
def test_a_ticket_of_the_evening_in_utc_is_of_the_next_morning_in_seoul(
    sqlite_desk: DeskClient, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 25, 19, 30, tzinfo=UTC))
    sqlite_desk.guest(language="en").outcome("person please")
    [ticket] = sqlite_desk.as_("counselor", "GET", "/api/v1/tickets").json()["items"]
    with db.transaction(sqlite_desk.engine) as s:
        member = s.get_one(Counselor, sqlite_desk.people["counselor"].id)
        counselors.use_interface(s, member.id, language)
        cookie, _ = counselors.sign_in(s, member)
    headers = {"Cookie": f"{auth.COOKIE}={cookie}"}
    page = sqlite_desk.http.get(f"/console/tickets/{ticket['id']}", headers=headers).text
    day, _, _ = PAGES[language].partition(", ")
    assert PAGES[language] in page
    assert "Asia/Seoul" in page
    assert "UTC" not in page
    assert day in sqlite_desk.http.get("/console/tickets", headers=headers).text
