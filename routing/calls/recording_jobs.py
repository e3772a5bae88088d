"""Recordings on their way home: fetched, kept, and only then deleted at the provider.

A worker that dies in between leaves a lease that runs out; the next one goes on where it stood.
"""

from sqlalchemy import Engine

from crm import db, recordings
from crm.models import Call, Recording
from routing.channels.phone.port import Exchange, Exchanges, Gone, Uncertain
from routing.channels.port import Refused, Unreachable


def bring_home(engine: Engine, exchanges: Exchanges) -> int:
    """Copy what is announced, delete what is copied; returns how many recordings were tried."""
    with db.reading(engine) as s:
        waiting = recordings.waiting(s)
    tried = 0
    for recording_id in waiting:
        with db.transaction(engine) as s:
            recording = recordings.claim(s, recording_id)
            provider = s.get_one(Call, recording.call_id).provider if recording else ""
        exchange = exchanges.get(provider)
        if recording and exchange:
            _one(engine, exchange, recording)
            tried += 1
    return tried


def _one(engine: Engine, exchange: Exchange, recording: Recording) -> None:
    there = recording.provider_recording_id
    try:
        if recording.state == "announced":
            sound = exchange.fetch(there)
            with db.transaction(engine) as s:
                own = s.get_one(Recording, recording.id)
                recordings.copied(s, own, sound.content, sound.media_type)
        _delete(exchange, there)
    except (Unreachable, Uncertain, Refused, Gone) as error:
        with db.transaction(engine) as s:
            recordings.retry(s, s.get_one(Recording, recording.id), str(error))
        return
    with db.transaction(engine) as s:
        recordings.done(s, s.get_one(Recording, recording.id))


def _delete(exchange: Exchange, there: str) -> None:
    try:
        exchange.delete(there)
    except Gone:  # somebody was quicker
        return
