"""Sending messages at a chosen concurrency, and timing each: run as a process of its own.

`python -m api.commands.bench.senders KIND URL CONCURRENCY [PID ...]` reads messages from standard
input, one JSON [language, text] a line, of which the first WARMING do not count. It prints one JSON
{"seconds", "latencies", "failures", "cpu"}: the last is the CPU seconds that each of the named
processes spent meanwhile.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx

from api.commands.bench.served import cpu_seconds

WARMING = 60  # messages, the first ones, that only warm things up

Say = Callable[[httpx.AsyncClient, int, str, str], Awaitable[bool]]


async def say_rest(http: httpx.AsyncClient, n: int, language: str, text: str) -> bool:
    """Bare Rasa's REST channel, a fresh sender each time."""
    del language
    answer = await http.post(
        "/webhooks/rest/webhook", json={"sender": f"{time.monotonic_ns()}-{n}", "message": text}
    )
    return answer.status_code == httpx.codes.OK and bool(answer.json())


async def say_desk_channel(http: httpx.AsyncClient, n: int, language: str, text: str) -> bool:
    """This project's Rasa alone, by the desk's channel."""
    body = {"sender": f"bench-{n}", "text": text, "language": language, "state": {}}
    return (await http.post("/webhooks/desk/turn", json=body)).status_code == httpx.codes.OK


class SayDesk:
    """A whole turn of the desk, each in a conversation of its own that was opened before."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens

    async def __call__(self, http: httpx.AsyncClient, n: int, language: str, text: str) -> bool:
        del language
        answer = await http.post(
            "/api/v1/chat/messages?wait=30",
            json={"client_id": f"bench-{n}", "text": text},
            headers={"Authorization": f"Bearer {self._tokens[n]}"},
        )
        return answer.status_code == httpx.codes.OK and any(
            reply["act"] for reply in answer.json()["replies"]
        )


async def main(
    kind: str, url: str, concurrency: int, watched: Sequence[int], lines: Sequence[str]
) -> None:
    messages = [tuple(json.loads(line)) for line in lines]
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits, trust_env=False) as http:
        warming, messages = messages[:WARMING], messages[WARMING:]
        # The first of anything is slow, and a busy server takes its time to accept connections:
        # all of them are opened by messages that are not counted.
        await _timed(http, await _sayer(kind, http, warming), warming, concurrency)
        say = await _sayer(kind, http, messages)
        before = [cpu_seconds(pid) for pid in watched]
        told = await _timed(http, say, messages, concurrency)
        told["cpu"] = [cpu_seconds(p) - b for p, b in zip(watched, before, strict=True)]
        print(json.dumps(told))


async def _sayer(kind: str, http: httpx.AsyncClient, messages: Sequence[tuple[str, str]]) -> Say:
    if kind == "rest":
        return say_rest
    if kind == "desk-channel":
        return say_desk_channel
    tokens = []
    for language, _ in messages:
        answer = await http.post("/api/v1/chat/sessions", json={"language": language})
        tokens.append(answer.json()["token"])
    return SayDesk(tokens)


async def _timed(
    http: httpx.AsyncClient, say: Say, messages: Sequence[tuple[str, str]], concurrency: int
) -> dict[str, object]:
    waiting = iter(enumerate(messages))
    latencies: list[float] = []
    failures = 0

    async def send_until_done() -> None:
        nonlocal failures
        for n, (language, text) in waiting:
            began = time.perf_counter()
            good = await say(http, n, language, text)
            latencies.append(time.perf_counter() - began)
            failures += not good

    began = time.perf_counter()
    await asyncio.gather(*(send_until_done() for _ in range(concurrency)))
    return {
        "seconds": time.perf_counter() - began,
        "latencies": latencies,
        "failures": failures,
    }


if __name__ == "__main__":
    _, kind, url, concurrency, *pids = sys.argv
    asyncio.run(main(kind, url, int(concurrency), [int(p) for p in pids], sys.stdin.readlines()))
