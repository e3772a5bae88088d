"""`./desk check`: what is on, off or missing, naming each setting."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import httpx
from sqlalchemy.exc import DatabaseError

from api import wiring
from api.commands import environments, keys, rasa_process, running
from api.commands.backup import sqlite_file
from api.commands.database import first_line, named
from bot import rasa_model
from crm import counselors, db, migrate, owed_tenders
from crm.desk_toml import BadSetting
from crm.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]
State = Literal["on", "off", "missing", "down"]


@dataclass(frozen=True, slots=True)
class Line:
    state: State
    what: str
    how: str = ""


def main() -> None:
    data = Path(os.environ["DESK_DATA"])
    keys.ensure(data, demo=(data / "demo.json").exists())
    try:
        settings = load(ROOT, data, os.environ)
        lines = list(look(settings))
    except BadSetting as error:
        sys.exit(str(error))
    for line in lines:
        print(f"{line.state:<8} {line.what}" + (f": {line.how}" if line.how else ""))
    sys.exit(1 if any(line.state in {"missing", "down"} for line in lines) else 0)


def look(settings: Settings) -> Iterator[Line]:
    yield from _database(settings)
    yield from _rasa(settings)
    yield from _knowledge(settings)
    yield from _desk(settings)
    yield from _core(settings)
    yield from _language_model(settings)
    portal = "PORTAL_KEY" if settings.portal_key else "set PORTAL_KEY or PORTAL_KEY_FILE"
    yield Line("on" if settings.portal_key else "off", "Portal sign-in", portal)
    yield from _channels(settings)
    yield from _phone(settings)
    free = shutil.disk_usage(settings.data).free / 1e9
    yield Line("on" if free > 2 else "missing", "Disk", f"{free:.1f} GB free in {settings.data}")


def _database(settings: Settings) -> Iterator[Line]:
    kind = settings.database_url.partition(":")[0]
    if kind == "sqlite" and not sqlite_file(settings).exists():
        yield Line("missing", "Database", "run ./desk up once; DESK_DATABASE_URL names another")
        return
    engine = db.connect(settings.database_url)
    try:
        current = migrate.is_current(engine)
        with db.reading(engine) as s:
            empty = current and counselors.none_yet(s)
            owed, given_up = owed_tenders.counts(s) if current else (0, 0)
    except DatabaseError as error:
        yield Line("down", "Database", f"{named(engine)}: {first_line(error)}")
        return
    finally:
        engine.dispose()
    yield Line("on" if current else "missing", f"Database ({kind})",
               "" if current else "it waits for a migration: run ./desk up")  # fmt: skip
    if empty:
        yield Line("missing", "First admin", "open /setup with the code that ./desk up prints")
    if owed:
        yield Line("on", "Tenders that the core does not show", f"{owed}, asked for again")
    if given_up:
        yield Line("missing", "Tenders that the core never showed",
                   f"{given_up}, given up: a supervisor finds them at /console/post")  # fmt: skip


def _rasa(settings: Settings) -> Iterator[Line]:
    if settings.rasa_url:
        answers = rasa_process.answers(settings.rasa_url)
        yield Line("on" if answers else "down", "Rasa", f"DESK_RASA_URL={settings.rasa_url}")
        return
    whole = environments.is_whole(ROOT, settings.data, "rasa")
    yield Line("on" if whole else "missing", "Rasa's environment", "" if whole else "./desk train")
    stale = rasa_model.stale(ROOT, settings.data / "rasa")
    yield Line("missing" if stale else "on", "Rasa's model", "./desk train" if stale else "")
    here = running.find(settings.data)
    if here is None:
        yield Line("off", "Rasa", "the desk does not run")
    elif here.rasa_url and rasa_process.answers(here.rasa_url):
        yield Line("on", "Rasa", here.rasa_url)
    else:
        log = settings.data / "rasa"
        yield Line("down", "Rasa", f"the bot answers from knowledge alone; its log is in {log}")


def _channels(settings: Settings) -> Iterator[Line]:
    """Each door, and for one that is half open what it still lacks."""
    for what, wanted in doors(settings).items():
        lacking = [name for name, there in wanted.items() if not there]
        if not lacking:
            yield Line("on", what)
        elif len(lacking) == len(wanted):
            yield Line("off", what, f"set {', '.join(lacking)}")
        else:
            yield Line("missing", what, f"it also needs {', '.join(lacking)}")


def doors(settings: Settings) -> dict[str, dict[str, bool]]:
    """The settings of each channel by their names, and whether each is there."""
    doors = settings.channels
    mail, twilio = doors.mail, doors.twilio
    public = settings.public_url.startswith("https://")
    incoming = bool(mail.imap_url or mail.hook_key)
    wanted = {
        "E-mail": {
            "MAIL_ADDRESS": bool(mail.address),
            "SMTP_URL": bool(mail.smtp_url),
            "IMAP_URL or MAIL_HOOK_KEY": incoming,
        },
        "Telegram": {"TELEGRAM_TOKEN": bool(doors.telegram)},
        "KakaoTalk": {"KAKAO_KEY": bool(doors.kakao)},
    }
    for what, setting, number in (
        ("SMS", "SMS_NUMBER", twilio.sms_number if twilio else ""),
        ("WhatsApp", "WHATSAPP_NUMBER", twilio.whatsapp_number if twilio else ""),
    ):
        wanted[what] = {
            "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN": bool(twilio),
            f"{setting} or its number in desk.toml": bool(number),
        }
        if twilio and number:
            wanted[what]["PUBLIC_URL with https (for receipts and signatures)"] = public
    if doors.telegram:
        wanted["Telegram"]["PUBLIC_URL with https (for its hook)"] = public
    return wanted


def _phone(settings: Settings) -> Iterator[Line]:
    """Each phone account, and what it still lacks."""
    phone = settings.phone
    for account, provider in phone.accounts.items():
        wanted = {"PUBLIC_URL with https": settings.public_url.startswith("https://")}
        if provider == "twilio":
            wanted |= {
                "TWILIO_ACCOUNT_SID": bool(phone.account_sid),
                "TWILIO_AUTH_TOKEN": bool(phone.auth_token),
                "[phone] number": bool(phone.number),
            }
        else:
            wanted |= {
                "JAMBONZ_SECRET": bool(phone.jambonz_secret),
                "JAMBONZ_API_URL": bool(phone.jambonz_url),
                "JAMBONZ_ACCOUNT_SID": bool(phone.jambonz_account),
                "JAMBONZ_API_KEY": bool(phone.jambonz_key),
                "[phone] number": bool(phone.number),
            }
        lacking = [name for name, there in wanted.items() if not there]
        off = phone.provider(account) is None
        state: State = "off" if off else "missing" if lacking else "on"
        yield Line(
            state, f"Phone {account} ({provider})", f"set {', '.join(lacking)}" * bool(lacking)
        )


def _knowledge(settings: Settings) -> Iterator[Line]:
    there = settings.articles.is_dir()
    yield Line("on" if there else "missing", "Articles",
               f"DESK_ARTICLES or [knowledge] articles: {settings.articles}")  # fmt: skip
    built = wiring.has_model(settings)
    named = f"EMBEDDING_MODEL={settings.embedding_model}"
    missing = f"{named}; ./desk index prepares it or says what it lacks"
    yield Line("on" if built else "missing", "Embedding model", named if built else missing)
    indexed = built and wiring.has_index(settings)
    yield Line("on" if indexed else "missing", "Search index", "" if indexed else "./desk index")
    yield from _pair_models(settings)


def _pair_models(settings: Settings) -> Iterator[Line]:
    """What reads question and passage together; the desk answers without."""
    lacking = wiring.lacking_pair_models(settings)
    for what, setting, name in (
        ("Reranker", "RERANKER_MODEL", settings.reranker_model),
        ("Reader", "READER_MODEL", settings.reader_model),
    ):
        if name is None:
            yield Line("off", what, f"{setting} names one")
            continue
        lacks = lacking[what]
        yield Line("missing" if lacks else "on", what, lacks or f"{setting}={name}")


def _core(settings: Settings) -> Iterator[Line]:
    """The tender and bid services: the one that is named, or the sandbox of a running desk."""
    here = running.find(settings.data)
    url = settings.procurement_url or (here.core_url if here else None)
    if url is None:
        yield Line("off", "Procurement core", "./desk up starts a sandbox; PROCUREMENT_URL names "
                   "another")  # fmt: skip
        return
    named = f"PROCUREMENT_URL={url}" if settings.procurement_url else f"the sandbox at {url}"
    core = wiring.core(replace(settings, procurement_url=url))
    yield Line("on" if core and core.ready() else "down", "Procurement core", named)
    if settings.procurement_url and not settings.procurement_key and url.startswith("http"):
        yield Line(
            "missing", "Procurement key", "PROCUREMENT_KEY: without it the core is only read"
        )


def _language_model(settings: Settings) -> Iterator[Line]:
    model = wiring.language_model(settings)
    if settings.language_model is None or model is None:
        yield Line("off", "Language model", "answers are the passages; LLM_URL names a server")
        return
    what = f"Language model {settings.language_model.name}"
    answers = model.answers()
    model.close()
    how = "LLM_URL; it gets cited passages and questions without personal numbers"
    yield Line("on" if answers else "down", what, how if answers else "LLM_URL: it does not answer")


def _desk(settings: Settings) -> Iterator[Line]:
    here = running.find(settings.data)
    if here is None:
        yield Line("off", "The desk", "./desk up starts it")
        return
    try:
        parts = httpx.get(f"{here.url}/readyz", timeout=5).json()
    except (httpx.HTTPError, ValueError):
        yield Line("down", "The desk", f"it does not answer at {here.url}")
        return
    silent = [part for part, state in parts.items() if state == "down"]
    where = f"it answers at {here.url}, without its {' and '.join(silent)}" if silent else here.url
    yield Line("down" if silent else "on", "The desk", where)


if __name__ == "__main__":
    main()
