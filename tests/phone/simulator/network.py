"""The telephone network: every call, counselor's phone and callback on one shared clock.

The clock is the desk's own while a test runs. What the provider's REST side is told (by `rest.py`)
changes what the walks meet; what happens is told to the desk in signed web hooks.
"""

import hashlib
import heapq
import hmac
import itertools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from twilio.request_validator import RequestValidator

from tests.phone.simulator import grammar, jambonz_spec
from tests.phone.simulator.caller import Caller
from tests.phone.simulator.nodes import Node, from_jambonz, from_twiml
from tests.phone.simulator.walk import FOREVER, Fetch, Interrupt, Rest, Walk

START = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # a Wednesday noon in Seoul
PUBLIC_URL = "https://desk.example"
ACCOUNT_SID = "AC" + "0a" * 16
AUTH_TOKEN = "a token for tests"
JAMBONZ_SECRET = "a secret for tests"


TICK = 5


@dataclass
class Faults:
    """What goes wrong on the wire. Seconds and shares; all by one seeded chance."""

    late: float = 0.0
    doubled: float = 0.0
    answer_lost: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))


@dataclass
class Phone:
    """A counselor's phone: answers after some seconds, or never."""

    answers: bool = True
    after: int = 3


@dataclass
class Leg:
    """One line of the provider."""

    sid: str
    caller: Caller
    number: str
    steps: Any = None
    resting: bool = False
    token: int = 0
    over: bool = False
    inbound: bool = True
    status_url: str | None = None
    sequence: int = 0
    label: str = ""
    room: str | None = None
    queued_at: datetime | None = None
    began: datetime = START
    ended: datetime | None = None
    pending: Interrupt | None = None


@dataclass
class Room:
    sid: str
    name: str
    status_url: str
    members: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    coaching: dict[str, str] = field(default_factory=dict)
    sequence: int = 0
    last: str = ""
    over: bool = False
    record_url: str | None = None
    recorded_from: datetime | None = None
    paused: bool = False
    pauses: list[str] = field(default_factory=list)


Post = Callable[[str, bytes, dict[str, str]], httpx.Response]


class Network:
    def __init__(
        self,
        post: Post,
        *,
        account: str = "main",
        dialect: str = "twilio",
        faults: Faults | None = None,
    ) -> None:
        self._post, self.account, self.dialect = post, account, dialect
        self.faults = faults or Faults()
        self.now = START
        self.legs: dict[str, Leg] = {}
        self.rooms: dict[str, Room] = {}
        self.queue: list[str] = []
        self.phones: dict[str, Phone] = {}
        self.recordings: dict[str, bytes] = {}
        self.deleted: list[str] = []
        self.bridges: dict[str, tuple[str, int]] = {}
        self.errors: list[str] = []
        self.sent: list[tuple[str, dict[str, str]]] = []
        self.fetches = 0
        self.after_each: Callable[[], None] = lambda: None
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._sids = itertools.count(1)

    # --- the clock ---------------------------------------------------------------------------

    def at(self, seconds: float, act: Callable[[], None]) -> None:
        when = self.now + timedelta(seconds=seconds)
        heapq.heappush(self._heap, (when, next(self._count), act))

    def run(self, seconds: float = FOREVER) -> None:
        """Let time pass: so many seconds, or until nothing more will happen by itself."""
        end = None if seconds == FOREVER else self.now + timedelta(seconds=seconds)
        for n in range(TICK, int(min(seconds, 3600)), TICK) if end else ():
            self.at(n, lambda: None)  # the worker is never away for longer
        while self._heap and (end is None or self._heap[0][0] <= end):
            self.now, _, act = heapq.heappop(self._heap)
            act()
            self.after_each()
        if end is not None:
            self.now = end
            self.after_each()

    def sid(self, prefix: str) -> str:
        return f"{prefix}{next(self._sids):032x}"

    # --- calls -------------------------------------------------------------------------------

    def dial(self, caller: Caller, *, number: str | None = None) -> Leg:
        """Somebody phones the desk."""
        leg = Leg(self.sid("CA"), caller, caller.number if number is None else number)
        leg.began = self.now
        leg.status_url = f"{self.base}/status"
        self.legs[leg.sid] = leg
        self._start(leg, self.base)
        return leg

    @property
    def base(self) -> str:
        return f"{PUBLIC_URL}/hooks/phone/{self.account}"

    def place(self, to: str, url: str, status_url: str | None, caller: Caller) -> Leg:
        """The desk phones somebody, who answers when the caller has a script."""
        leg = Leg(self.sid("CA"), caller, to, inbound=False, status_url=status_url)
        self.legs[leg.sid] = leg
        self.at(1, lambda: self.status(leg, "ringing"))
        if caller.script or caller.heard:
            self.at(4, lambda: self._answer(leg, url))
        else:
            self.at(25, lambda: self._end(leg, "no-answer"))
        return leg

    def call_out(self, to: str, url: str, status_url: str) -> Leg:
        """The desk phones one of its own people, whose first hook says where they go."""
        leg = Leg(self.sid("CA"), Caller(), to, inbound=False, status_url=status_url)
        self.legs[leg.sid] = leg
        phone = self.phones.get(to, Phone())
        self.at(1, lambda: self.status(leg, "ringing"))
        if phone.answers:
            self.at(phone.after, lambda: self._answer(leg, url))
        else:
            self.at(20, lambda: self._end(leg, "no-answer"))
        return leg

    def _answer(self, leg: Leg, url: str) -> None:
        if not leg.over:
            leg.began = self.now
            self.status(leg, "in-progress")
            self._start(leg, url)

    def _start(self, leg: Leg, url: str) -> None:
        leg.steps = Walk(leg.caller, url, self, leg.sid).steps()
        self._go(leg, None, first=True)

    def hang_up(self, leg: Leg) -> None:
        """The person puts the phone down, now."""
        self.interrupt(leg, Interrupt(ended=True))

    def interrupt(self, leg: Leg, what: Interrupt) -> None:
        """Moves a call out of whatever it rests in."""
        if leg.over:
            return
        if leg.resting:
            leg.token += 1
            self.at(0, lambda: self._go(leg, what))
        else:
            leg.pending = what

    def _go(self, leg: Leg, told: Any, *, first: bool = False) -> None:
        """Walk on until the next rest."""
        if leg.over:
            return
        leg.resting = False
        try:
            wanted = next(leg.steps) if first else leg.steps.send(told)
            while isinstance(wanted, Fetch):
                wanted = leg.steps.send(self.fetch(leg, wanted))
        except StopIteration:
            self._end(leg, "completed")
            return
        assert isinstance(wanted, Rest)
        leg.resting = True
        leg.token += 1
        token = leg.token
        if leg.pending:
            pending, leg.pending = leg.pending, None
            self.interrupt(leg, pending)
        elif wanted.seconds != FOREVER:
            self.at(wanted.seconds, lambda: leg.token == token and self._go(leg, None))

    def _end(self, leg: Leg, state: str) -> None:
        if leg.over:
            return
        leg.over, leg.ended = True, self.now
        if leg.room:
            self.leave(leg.sid)
        if leg.steps:
            leg.steps.close()
        self.status(leg, state)

    # --- queue, bridge, recording ------------------------------------------------------------

    def enqueue(self, sid: str, name: str) -> None:
        assert name
        self.queue.append(sid)
        self.legs[sid].queued_at = self.now

    def dequeue(self, sid: str) -> int:
        if sid in self.queue:
            self.queue.remove(sid)
        since = self.legs[sid].queued_at or self.now
        return int((self.now - since).total_seconds())

    def queue_fields(self, sid: str) -> dict[str, str]:
        position = self.queue.index(sid) + 1 if sid in self.queue else 1
        waited = int((self.now - (self.legs[sid].queued_at or self.now)).total_seconds())
        return {
            "QueuePosition": str(position),
            "QueueTime": str(waited),
            "AvgQueueTime": str(waited),
            "CurrentQueueSize": str(len(self.queue)),
            "QueueSid": "QU" + "1" * 32,
        }

    def bridge(self, number: str) -> tuple[str, int]:
        return self.bridges.get(number, ("no-answer", 25))

    def record(self, sid: str, url: str, seconds: int) -> str:
        recording = self.sid("RE")
        self.recordings[recording] = b"RIFF" + bytes(16) + str(seconds).encode()
        fields = {"RecordingSid": recording, "RecordingStatus": "completed", "CallSid": sid,
                  "RecordingDuration": str(seconds)}  # fmt: skip
        self.at(2, lambda: self.tell(url, fields))
        return recording

    # --- rooms -------------------------------------------------------------------------------

    def room(self, name_or_sid: str, status_url: str = "") -> Room:
        for room in self.rooms.values():
            if not room.over and name_or_sid in {room.sid, room.name}:
                return room
        room = Room(self.sid("CF"), name_or_sid, status_url)
        self.rooms[room.sid] = room
        return room

    def enter(self, sid: str, conference: Node) -> None:
        """The contact walks into the room of a `Conference`."""
        leg = self.legs[sid]
        room = self.room(conference.text)
        room.status_url = conference.attrs.get("statusCallback", room.status_url)
        leg.label = conference.attrs.get("participantLabel", "contact") or sid
        if conference.attrs.get("muted") == "true":
            room.muted.add(leg.label)
        if conference.attrs.get("coach"):
            room.coaching[leg.label] = conference.attrs["coach"]
        if conference.attrs.get("record") == "record-from-start":
            room.record_url = conference.attrs["recordingStatusCallback"]
            room.recorded_from = self.now
        self.join(leg, room)

    def join(self, leg: Leg, room: Room) -> None:
        leg.room = room.sid
        room.members[leg.label] = leg.sid
        if len(room.members) == 1:
            self.in_room(room, "conference-start", leg)
        self.in_room(room, "participant-join", leg)

    def leave(self, sid: str) -> None:
        leg = self.legs[sid]
        room = self.rooms.get(leg.room or "")
        leg.room = None
        if room is None or leg.label not in room.members:
            return
        del room.members[leg.label]
        self.in_room(room, "participant-leave", leg)
        if leg.label == "contact" or not room.members:
            self.close(room)

    def close(self, room: Room) -> None:
        """The room is over: the contact's leaving ends it for everybody."""
        if room.over:
            return
        room.over = True
        for sid in list(room.members.values()):
            other = self.legs[sid]
            other.room = None
            self.in_room(room, "participant-leave", other)
            if other.steps:
                self.interrupt(other, Interrupt(room_over=True))
            else:
                self._end(other, "completed")
        room.members.clear()
        self.in_room(room, "conference-end", None)
        if room.record_url and room.recorded_from:
            seconds = int((self.now - room.recorded_from).total_seconds())
            contact = next(iter(self.legs))
            self.record(contact, room.record_url, seconds)

    def ring(self, to: str, label: str, room: Room, status_url: str) -> Leg:
        """A counselor's phone rings, and joins the room if it is answered."""
        leg = Leg(self.sid("CA"), Caller(), to, inbound=False, status_url=status_url, label=label)
        self.legs[leg.sid] = leg
        phone = self.phones.get(to, Phone())
        self.at(1, lambda: self.status(leg, "ringing"))

        def answered() -> None:
            if not leg.over and not room.over:
                self.status(leg, "in-progress")
                self.join(leg, room)

        if phone.answers:
            self.at(phone.after, answered)
        else:
            self.at(20, lambda: self._end(leg, "no-answer"))
        return leg

    def announce(self, leg: Leg, url: str) -> None:
        """One person of a room is told something, without leaving it."""

        def told() -> None:
            for node in self.fetch(leg, Fetch(url)) or []:
                assert node.kind in {"Say", "Play", "Pause"}, node.kind
                leg.caller.hear(node.text, node.language)

        self.at(0, told)

    def in_room(self, room: Room, event: str, leg: Leg | None) -> None:
        room.sequence += 1
        fields = {
            "ConferenceSid": room.sid,
            "FriendlyName": room.name,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(room.sequence),
            "Timestamp": format_datetime(self.now),
        }
        if leg:
            fields |= {"CallSid": leg.sid, "ParticipantLabel": leg.label}
            room.last = leg.sid
        elif self.dialect == "jambonz":  # there the last who leaves tells of the end
            fields |= {"CallSid": room.last}
        self._late(room.status_url, fields)

    # --- hooks -------------------------------------------------------------------------------

    def status(self, leg: Leg, state: str) -> None:
        if leg.status_url is None:
            return
        fields = {
            "CallSid": leg.sid,
            "CallStatus": state,
            "SequenceNumber": str(leg.sequence),
            "Timestamp": format_datetime(self.now),
        }
        leg.sequence += 1
        self._late(leg.status_url, fields)

    def _late(self, url: str, fields: dict[str, str]) -> None:
        """Callbacks come when they like, and some twice."""
        chance = self.faults.chance
        delays = [chance.uniform(0, self.faults.late)]
        if chance.random() < self.faults.doubled:
            delays.append(chance.uniform(0, self.faults.late + 5))
        for delay in delays:
            self.at(delay, lambda: self.tell(url, fields))

    def tell(self, url: str, fields: dict[str, str]) -> None:
        """A callback whose answer says nothing."""
        answer = self.hook(url, self._body(fields))
        if answer.status_code >= 400:
            self.errors.append(f"11200 {url} {answer.status_code} {answer.text}")

    def fetch(self, leg: Leg, wanted: Fetch) -> list[Node] | None:
        """Ask the desk what to do next; what is wrong with the answer goes to the error log."""
        self.fetches += 1
        fields = self._call_fields(leg) | wanted.fields
        token = f"token-{self.sid('')}"
        answer = self.hook(wanted.url, self._body(fields), token)
        if self.faults.chance.random() < self.faults.answer_lost:
            again = self.hook(wanted.url, self._body(fields), token)
            if again.content != answer.content:
                self.errors.append(f"a retry of {wanted.url} was answered otherwise")
            answer = again
        if answer.status_code >= 400:
            self.errors.append(f"11200 {wanted.url} {answer.status_code} {answer.text}")
            return None
        kind = answer.headers["content-type"].split(";")[0]
        if kind != {"twilio": "text/xml", "jambonz": "application/json"}[self.dialect]:
            self.errors.append(f"12300 {kind}")
        judge = grammar if self.dialect == "twilio" else jambonz_spec
        self.errors += [f"12100 {wrong}" for wrong in judge.faults(answer.content)]
        read = from_twiml if self.dialect == "twilio" else from_jambonz
        return read(answer.content)

    def _call_fields(self, leg: Leg) -> dict[str, str]:
        return {
            "CallSid": leg.sid,
            "AccountSid": ACCOUNT_SID,
            "From": leg.number if leg.inbound else "+8225550100",
            "To": "+8225550100" if leg.inbound else leg.number,
            "CallStatus": "in-progress",
            "Direction": "inbound" if leg.inbound else "outbound-api",
            "ApiVersion": "2010-04-01",
        }

    def _body(self, fields: dict[str, Any]) -> dict[str, Any]:
        if self.dialect == "twilio":
            return fields
        told: dict[str, Any] = {
            "call_sid": fields.get("CallSid"),
            "from": fields.get("From"),
            "to": fields.get("To"),
            "call_status": fields.get("CallStatus"),
            "digits": fields.get("Digits"),
            "queue_result": fields.get("QueueResult"),
            "friendly_name": fields.get("FriendlyName"),
            "conference_sid": fields.get("ConferenceSid"),
            "event": (fields.get("StatusCallbackEvent") or "").rsplit("-", 1)[-1] or None,
        }
        if "type" in fields:
            told["type"] = fields["type"]
        if "Timestamp" in fields:
            told["time"] = parsedate_to_datetime(fields["Timestamp"]).isoformat()
        if "SpeechResult" in fields:
            sure = float(fields.get("Confidence", 0.9))
            heard = {"transcript": fields["SpeechResult"], "confidence": sure}
            told["speech"] = {"is_final": True, "alternatives": [heard]}
        return {k: v for k, v in told.items() if v is not None}

    def hook(
        self, url: str, fields: dict[str, Any], token: str | None = None, **more: str
    ) -> httpx.Response:
        """Send one web hook, signed as the provider signs."""
        parts = urlsplit(url)
        assert url.startswith(PUBLIC_URL), url
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self.sent.append((target, dict(fields)))
        headers, body = sign(url, fields, self.dialect, self.now)
        headers |= {"I-Twilio-Idempotency-Token": token} if token else {}
        return self._post(target, body, headers | more)


def sign(
    url: str, fields: dict[str, Any], dialect: str, now: datetime
) -> tuple[dict[str, str], bytes]:
    """Twilio signs by its own library; jambonz by its published scheme."""
    if dialect == "twilio":
        body = str(httpx.QueryParams(fields)).encode()
        signature = RequestValidator(AUTH_TOKEN).compute_signature(url, fields)
        kind = "application/x-www-form-urlencoded"
        return {"X-Twilio-Signature": signature, "Content-Type": kind}, body

    body = json.dumps(fields).encode()
    at = str(int(now.timestamp()))
    made = hmac.new(JAMBONZ_SECRET.encode(), at.encode() + b"." + body, hashlib.sha256)
    signature = f"t={at},v1={made.hexdigest()}"
    return {"Jambonz-Signature": signature, "Content-Type": "application/json"}, body
