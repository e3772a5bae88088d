"""Whom the pages may speak to: the desk alone, and Twilio where counselors talk in the browser."""

from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.app import create
from tests.conftest import NoKnowledge, settings_for
from tests.scripted_bot import ScriptedBot

KEYS = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "t" * 32,
    "TWILIO_API_KEY": "SK" + "1" * 32,
    "TWILIO_API_SECRET": "s" * 40,
}


def policies(engine: Engine, data: Path, **environ: str) -> dict[str, str]:
    settings = settings_for(data, **environ)
    app = create(settings, engine=engine, bot=ScriptedBot(), knowledge=NoKnowledge(), works=False)
    with TestClient(app) as http:
        return {
            path: http.get(path, follow_redirects=False).headers["content-security-policy"]
            for path in ("/console", "/")
        }


def test_only_the_console_of_a_desk_with_browser_phones_speaks_to_twilio(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    told = policies(sqlite_engine, tmp_path, **KEYS)
    assert "wss://*.twilio.com" in told["/console"]
    assert "script-src 'self';" in told["/console"]
    assert "twilio" not in told["/"]
    assert "twilio" not in policies(sqlite_engine, tmp_path)["/console"]
