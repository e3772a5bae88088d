"""The desk offers by itself, and an open console is what keeps a counselor present."""

import time

from sqlalchemy import update

from api.auth import COOKIE
from crm import clock, counselors, db, presence
from crm.models import Counselor, Presence
from tests.conftest import DeskClient


def test_a_contact_is_offered_without_anybody_asking(desk: DeskClient) -> None:
    ready = {"state": "ready"}
    desk.as_("counselor", "PUT", "/api/v1/presence", json=ready)
    guest = desk.guest(language="en")
    guest.outcome("person please")
    end = time.monotonic() + 30
    while not (mine := desk.as_("counselor", "GET", "/api/v1/reservations").json()["items"]):
        assert time.monotonic() < end, "nothing was offered"
        time.sleep(0.05)
    assert [(r["conversation"], r["state"]) for r in mine] == [(guest.conversation_id, "offered")]
    told = desk.as_("counselor", "GET", "/api/v1/events").json()["events"]
    assert "reservation.offered" in {e["kind"] for e in told}


def test_an_open_console_beats_and_signing_out_goes_away(sqlite_desk: DeskClient) -> None:
    who = sqlite_desk.people["counselor"].id
    with db.transaction(sqlite_desk.engine) as s:
        secret, _ = counselors.sign_in(s, s.get_one(Counselor, who))
        presence.declare(s, who, "ready")
        old = clock.now() - presence.SILENT_AFTER / 2
        s.execute(update(Presence).values(beat_at=old))
    headers = {"Cookie": f"{COOKIE}={secret}", "Origin": "http://testserver"}
    with sqlite_desk.http.websocket_connect("/live", headers=headers):
        pass
    with db.reading(sqlite_desk.engine) as s:
        assert s.get_one(Presence, who).beat_at > old
    with db.transaction(sqlite_desk.engine) as s:
        counselors.sign_out(s, secret)
    with db.reading(sqlite_desk.engine) as s:
        row = s.get_one(Presence, who)
        assert (row.state, row.reason) == ("offline", "signed_out")
