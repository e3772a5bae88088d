"""Telling the followers of a tender: when it changes, and once within a day of its closing."""

import hashlib
import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from bot.dates import day_and_time
from bot.phrases import catalogue
from crm import clock, db, messages, tenders, watches
from crm.db import Session
from crm.events import SYSTEM
from crm.messages import Draft
from crm.models import Conversation, Tender, Watch
from knowledge.port import LANGUAGES, Language
from routing import words

REMIND_WITHIN = timedelta(hours=24)
BATCH = 200


def tell_followers(engine: Engine, zone: str) -> int:
    """Look at every live watch once; returns how many messages were written."""
    told, after = 0, ""
    while True:
        with db.transaction(engine) as s:
            batch = watches.live(s, after, BATCH)
            told += sum(_look(s, watch, tender, ZoneInfo(zone)) for watch, tender in batch)
        if len(batch) < BATCH:
            return told
        after = batch[-1][0].id


def _look(s: Session, watch: Watch, tender: Tender, zone: ZoneInfo) -> int:
    seen = digest(tender)
    told = 0
    if watch.seen is None:
        watches.saw(s, watch, seen)
    elif watch.seen != seen:
        gone = tender.status == tenders.WITHDRAWN
        _say(s, watch, tender, zone, "watch_withdrawn" if gone else "watch_changed")
        watches.saw(s, watch, seen)
        told += 1
    ends = None if tenders.over(tender) else tender.tender_ends
    left = ends - clock.now() if ends else None
    if left and timedelta(0) < left <= REMIND_WITHIN and watch.reminded_at is None:
        _say(s, watch, tender, zone, "watch_closing")
        watches.reminded(s, watch)
        told += 1
    return told


def digest(tender: Tender) -> str:
    """What a follower is told changes of: title, status, the two periods and the value."""
    facts = [tender.title, tender.status, _iso(tender.enquiry_ends), _iso(tender.tender_ends)]
    return hashlib.sha256(json.dumps([*facts, tender.value], default=str).encode()).hexdigest()


def _say(s: Session, watch: Watch, tender: Tender, zone: ZoneInfo, key: str) -> None:
    talk = s.get_one(Conversation, watch.conversation_id)
    ends = tender.tender_ends
    text = words.say(
        talk.language,
        key,
        number=tender.number,
        status=_status(talk.language, tender.status),
        ends=day_and_time(ends, zone, talk.language) if ends else "-",
    )
    messages.say(s, talk, Draft(SYSTEM, text, talk.language))


def _status(language: str, status: str) -> str:
    key = "status_" + status.replace(".", "_", 1).replace(".stand-still", "")
    known: Language = next((one for one in LANGUAGES if one == language), "en")
    return catalogue()(known, key) if key in catalogue().keys(known) else status


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
