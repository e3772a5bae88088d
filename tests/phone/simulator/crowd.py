"""Many callers at once over real HTTP and real time, for `./desk bench calls`.

`python -m tests.phone.simulator.crowd URL CALLS SECONDS SPEED [SPOKEN]` walks full dialogues,
`SPEED` times as fast as people are; `SPOKEN` is the share of web hooks that bring free speech (0.05
unless told). It prints one JSON {"seconds", "keys", "speech", "calls", "failures"}: `keys` and
`speech` are the seconds that each web hook of its kind took.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.phone.simulator.caller import Caller, Keys, Speak
from tests.phone.simulator.network import PUBLIC_URL, sign
from tests.phone.simulator.nodes import from_twiml
from tests.phone.simulator.walk import FOREVER, Fetch, Walk

QUESTIONS = (
    "What share does the price floor for small firms have?",
    "How do I register as a supplier?",
    "When is the advance payment made?",
    "How can I withdraw my bid?",
    "What documents does a bid need?",
)
SPOKEN = 0.05
# Of a call that asks nothing aloud, from its first hook to its last.
HOOKS_A_CALL = 11


class Crowd:
    """What a walk asks of the network, without rooms: these callers leave for a call-back."""

    def __init__(self, url: str, speed: float, spoken: float = SPOKEN) -> None:
        self._url, self._speed = url, speed
        self._spoken, self._owed = spoken, 0.0
        self._sids = itertools.count(1)
        self.keys: list[float] = []
        self.speech: list[float] = []
        self.failures: list[str] = []
        self.calls = 0
        self.stopping = False
        self.chance = random.Random(11)

    def queue_fields(self, sid: str) -> dict[str, str]:
        del sid
        return {"QueuePosition": "1", "QueueTime": "1", "CurrentQueueSize": "1"}

    def enqueue(self, sid: str, name: str) -> None:
        """Nobody is picked out of this queue."""

    def dequeue(self, sid: str) -> int:
        del sid
        return 1

    async def caller(self, http: httpx.AsyncClient, n: int) -> None:
        """One line: call after call until told to stop."""
        await asyncio.sleep(self.chance.uniform(0, 8) / self._speed)
        while not self.stopping:
            await self._call(http, n)

    async def _call(self, http: httpx.AsyncClient, n: int) -> None:
        question = Speak(self.chance.choice(QUESTIONS))
        aloud = [("Please say your question", question), ("For topics, press 9", Keys("9"))]
        by_keys = [("Please say your question", Keys("9"))]
        script = [
            ("For English", Keys("1")),
            ("is recorded", Keys(self.chance.choice("12"))),
            *(aloud if self._asks() else by_keys),
            ("Choose a topic", Keys(self.chance.choice("12345679"))),
            ("You chose", Keys("1")),
            ("keep your place", Keys("1")),
            ("call you back at", Keys("1")),
        ]
        caller = Caller(f"+5255{n:04}{next(self._sids):06}"[:13], script=script)
        sid = f"CA{n:08x}{next(self._sids):024x}"
        steps = Walk(caller, f"{PUBLIC_URL}/hooks/phone/main", self, sid).steps()
        try:
            wanted = next(steps)
            while True:
                told = None
                if isinstance(wanted, Fetch):
                    told = await self._fetch(http, sid, caller, wanted)
                elif wanted.seconds != FOREVER:
                    await asyncio.sleep(wanted.seconds / self._speed)
                if self.stopping:
                    return
                wanted = steps.send(told)
        except StopIteration:
            self.calls += 1
            fields = {"CallSid": sid, "CallStatus": "completed", "SequenceNumber": "0"}
            await self._post(http, f"{PUBLIC_URL}/hooks/phone/main/status", fields, self.keys)

    def _asks(self) -> bool:
        """Whether this call asks aloud: so many do, evenly spread, that the share comes out."""
        self._owed += self._spoken * HOOKS_A_CALL / (1 - self._spoken)
        asks = self._owed >= 1
        self._owed -= asks
        return asks

    async def _fetch(self, http: httpx.AsyncClient, sid: str, caller: Caller, wanted: Fetch) -> Any:
        fields = {"CallSid": sid, "From": caller.number, "CallStatus": "in-progress"}
        speech = "SpeechResult" in wanted.fields or "/steps/thinking" in wanted.url
        into = self.speech if speech else self.keys
        answer = await self._post(http, wanted.url, fields | wanted.fields, into)
        return from_twiml(answer.content) if answer is not None else None

    async def _post(
        self, http: httpx.AsyncClient, url: str, fields: dict[str, Any], into: list[float]
    ) -> httpx.Response | None:
        headers, body = sign(url, fields, "twilio", datetime.now(UTC))
        headers["I-Twilio-Idempotency-Token"] = f"t{next(self._sids)}-{fields['CallSid']}"
        parts = urlsplit(url)
        target = self._url + parts.path + (f"?{parts.query}" if parts.query else "")
        began = time.perf_counter()
        try:
            answer = await http.post(target, content=body, headers=headers)
        except httpx.HTTPError as error:
            self.failures.append(type(error).__name__)
            return None
        into.append(time.perf_counter() - began)
        if answer.status_code >= 400:
            self.failures.append(str(answer.status_code))
            return None
        return answer


async def main(url: str, calls: int, seconds: float, speed: float, spoken: float) -> None:
    crowd = Crowd(url, speed, spoken)
    limits = httpx.Limits(max_connections=calls, max_keepalive_connections=calls)
    async with httpx.AsyncClient(timeout=20, limits=limits, trust_env=False) as http:
        began = time.perf_counter()
        lines = [asyncio.create_task(crowd.caller(http, n)) for n in range(calls)]
        await asyncio.sleep(seconds)
        crowd.stopping = True
        took = time.perf_counter() - began
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
    told = {"seconds": took, "keys": crowd.keys, "speech": crowd.speech, "calls": crowd.calls,
            "failures": crowd.failures}  # fmt: skip
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    where, many, long, fast, *aloud = sys.argv[1:]
    share = float(aloud[0]) if aloud else SPOKEN
    asyncio.run(main(where, int(many), float(long), float(fast), share))
