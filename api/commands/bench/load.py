"""`./desk bench load`: many chats at once for a bounded time, then a look into the record.

Each chat says one message after another and waits for the outcome, as people do. Afterwards every
message that was acknowledged must stand in the record once, and every turn must be settled with one
outcome: what is lost or doubled is counted and named, and any makes the command fail.
"""

import asyncio
import os
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import select

from api.commands.bench import served
from api.commands.bench.messages import chosen
from api.commands.progress import say
from crm import db, events
from crm.models import Message, Turn

WAIT = 30


@dataclass(slots=True)
class Told:
    """What the chats saw. `kept` are (conversation, client id) → message id as acknowledged."""

    latencies: list[float] = field(default_factory=list)
    kept: dict[tuple[str, str], str] = field(default_factory=dict)
    replied: dict[str, list[str]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    late: int = 0


def run(chats: int, seconds: float) -> None:
    data = Path(os.environ["DESK_DATA"])
    say(f"{chats} chats at once for {seconds:.0f} s; load and service share {os.cpu_count()} cores")
    with served.desk(data) as desk:
        told = asyncio.run(_talk(desk.url, chats, seconds))
        idle = served.megabytes(desk)
        wrong = _amiss(desk.data, told)
    _print(told, seconds, idle)
    for line in wrong:
        say(f"  {line}")
    if wrong or told.errors:
        sys.exit("Something was lost, doubled or refused; the lines above name it.")
    say("nothing lost and nothing doubled, checked in the record")


async def _talk(url: str, chats: int, seconds: float) -> Told:
    told = Told()
    limits = httpx.Limits(max_connections=chats, max_keepalive_connections=chats)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits, trust_env=False) as http:
        end = time.monotonic() + seconds
        await asyncio.gather(*(_chat(http, told, number, end) for number in range(chats)))
    return told


async def _open(http: httpx.AsyncClient) -> tuple[str, str]:
    opened = (await http.post("/api/v1/chat/sessions", json={})).json()
    return opened["conversation_id"], opened["token"]


async def _chat(http: httpx.AsyncClient, told: Told, number: int, end: float) -> None:
    questions = chosen(600)
    talk, token = await _open(http)
    at = number * 37  # each chat begins elsewhere
    while time.monotonic() < end:
        _, text = questions[at % len(questions)]
        at += 1
        body = {"client_id": f"c{at}", "text": text}
        began = time.perf_counter()
        try:
            answer = await http.post(
                f"/api/v1/chat/messages?wait={WAIT}",
                json=body,
                headers={"Authorization": f"Bearer {token}"},
            )
        except httpx.HTTPError as error:
            told.errors[type(error).__name__] += 1
            continue
        if answer.status_code not in {200, 202}:
            told.errors[str(answer.status_code)] += 1
            continue
        told.latencies.append(time.perf_counter() - began)
        said = answer.json()
        told.kept[talk, body["client_id"]] = said["message_id"]
        told.replied[said["message_id"]] = [reply["id"] for reply in said.get("replies", [])]
        told.late += answer.status_code == httpx.codes.ACCEPTED
        if any(reply["act"] == "handoff" for reply in said.get("replies", [])):
            talk, token = await _open(http)  # a counselor has that one now, and the bot is silent


def _amiss(data: Path, told: Told) -> list[str]:
    """Every way in which the record differs from what the chats were told; empty when none."""
    engine = db.connect(f"sqlite:///{data / 'desk.sqlite'}")
    talks = {talk for talk, _ in told.kept}
    with db.reading(engine) as s:
        thread = s.scalars(select(Message).where(Message.conversation_id.in_(talks))).all()
        turns = s.scalars(select(Turn).where(Turn.conversation_id.in_(talks))).all()
        events.use_key(b"")  # the chain is proven without the key that contents are digested with
        broken = list(events.broken_links(s))
    engine.dispose()
    asked = Counter((m.conversation_id, m.client_id) for m in thread if m.author_kind == "contact")
    ids = {(m.conversation_id, m.client_id): m.id for m in thread if m.author_kind == "contact"}
    owed = Counter(turn.message_id for turn in turns)
    outcomes = Counter(m.turn_id for m in thread if m.act)
    stands = {m.id for m in thread}
    counts = {
        "acknowledged messages lost": sum(ids.get(key) != kept for key, kept in told.kept.items()),
        "messages doubled": sum(n > 1 for n in asked.values()),
        "messages with two turns": sum(n > 1 for n in owed.values()),
        "turns left unsettled": sum(turn.state != "settled" for turn in turns),
        "turns with several outcomes": sum(n > 1 for t, n in outcomes.items() if t),
        "replies shown that the record lacks": sum(
            reply not in stands for shown in told.replied.values() for reply in shown
        ),
        "broken links in the journal": len(broken),
    }
    return [f"{count} {what}" for what, count in counts.items() if count]


def _print(told: Told, seconds: float, memory: float) -> None:
    cuts = statistics.quantiles(told.latencies, n=100) if len(told.latencies) > 1 else [0.0] * 99
    say(
        f"{len(told.latencies)} turns, {len(told.latencies) / seconds:.1f} a second; "
        f"p50 {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms; "
        f"{sum(told.errors.values())} errors {dict(told.errors) or ''}; {told.late} later than "
        f"{WAIT} s; memory afterwards {memory:.0f} MB"
    )
