"""Walking a call as a telephone does. No I/O of its own: it yields what it wants, and is told.

Yields `Fetch` (a web hook to send; is told the nodes that came back, or None where the desk failed)
and `Rest` (seconds that pass, or for ever; is told None when they have passed, or an `Interrupt`).
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from tests.phone.simulator.caller import Caller, HangUp, Keys, Speak
from tests.phone.simulator.nodes import Node

CHARACTERS_A_SECOND = 15
WAITING_ROOM = {"Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather"}
FOREVER = float("inf")


@dataclass(frozen=True)
class Fetch:
    url: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rest:
    seconds: float
    where: str = ""


@dataclass(frozen=True)
class Interrupt:
    """Somebody else moves the call: to another document, out of a room, or to its end."""

    url: str | None = None
    ended: bool = False
    room_over: bool = False


class Over(Exception):
    """The call has ended."""


class Moved(Exception):
    def __init__(self, url: str) -> None:
        self.url = url


class Left(Exception):
    """Out of the waiting room."""


Steps = Generator[Fetch | Rest, Any, None]


class Walk:
    """One leg of a call, from its first hook to its end."""

    def __init__(self, caller: Caller, url: str, network: Any, sid: str) -> None:
        self.caller, self.url, self.network, self.sid = caller, url, network, sid

    def steps(self) -> Steps:
        url, fields = self.url, {}
        while True:
            try:
                nodes = yield Fetch(url, fields)
                if nodes is None:
                    return
                yield from self._do(nodes)
            except Moved as moved:
                url, fields = moved.url, {}
                continue
            except Follow as follow:
                url, fields = follow.url, follow.fields
                continue
            except Over:
                return
            return  # the document is done: the line is closed

    def _do(self, nodes: list[Node], *, waiting: bool = False) -> Steps:
        for node in nodes:
            if waiting:
                assert node.kind in WAITING_ROOM, f"{node.kind} in the waiting room"
            yield from getattr(self, f"_{node.kind.casefold()}")(node, waiting=waiting)

    def _rest(self, seconds: float, where: str = "") -> Steps:
        """Time passes, unless somebody moves the call."""
        told = yield Rest(seconds, where)
        if told is None:
            return
        if told.ended:
            raise Over
        if told.room_over:
            raise Left
        raise Moved(told.url)

    def _say(self, node: Node, *, waiting: bool) -> Steps:
        del waiting
        self.caller.hear(node.text, node.language)
        yield from self._rest(round(len(node.text) / CHARACTERS_A_SECOND) or 1)

    def _play(self, node: Node, *, waiting: bool) -> Steps:
        del waiting, node
        self.caller.hear("♪")
        yield from self._rest(12)

    def _pause(self, node: Node, *, waiting: bool) -> Steps:
        del waiting
        yield from self._rest(int(node.attrs.get("length", "1")))

    def _hangup(self, node: Node, *, waiting: bool) -> Steps:
        del node, waiting
        raise Over
        yield

    _reject = _hangup

    def _leave(self, node: Node, *, waiting: bool) -> Steps:
        del node
        assert waiting, "Leave outside of a queue"
        raise Left
        yield

    def _redirect(self, node: Node, *, waiting: bool) -> Steps:
        if not waiting:
            raise Follow(node.text, {})
        nodes = yield Fetch(node.text, self.network.queue_fields(self.sid))
        yield from self._do(nodes or [], waiting=True)

    def _gather(self, node: Node, *, waiting: bool) -> Steps:
        seconds = 0
        for prompt in node.children:
            if prompt.kind == "Say":
                self.caller.hear(prompt.text, prompt.language)
                seconds += round(len(prompt.text) / CHARACTERS_A_SECOND) or 1
            else:
                self.caller.hear("♪")
                seconds += 12
        reaction = self.caller.react()
        fields = self._taken(node, reaction)
        if isinstance(reaction, HangUp):
            yield from self._rest(1)
            raise Over
        # Barge-in: whoever answers does so while the prompt still plays.
        yield from self._rest(2 if fields else seconds + int(node.attrs.get("timeout", "5")))
        if fields is None:
            if node.attrs.get("actionOnEmptyResult") != "true":
                return
            fields = {}
        if waiting:
            nodes = yield Fetch(node.attrs["action"], fields)
            yield from self._do(nodes or [], waiting=True)
            return
        raise Follow(node.attrs["action"], fields)

    def _taken(self, node: Node, reaction: object) -> dict[str, Any] | None:
        """What the provider makes of it: keys up to their number or the finishing one; speech."""
        how = node.attrs.get("input", "dtmf").split()
        if isinstance(reaction, Keys) and "dtmf" in how:
            finish = node.attrs.get("finishOnKey", "#")
            most = int(node.attrs.get("numDigits", "100"))
            digits = ""
            for key in reaction.digits:
                if key in finish:
                    break
                digits += key
                if len(digits) == most:
                    break
            return {"Digits": digits} if digits else None
        if isinstance(reaction, Speak) and "speech" in how:
            return {"SpeechResult": reaction.words, "Confidence": str(reaction.confidence)}
        return None

    def _enqueue(self, node: Node, *, waiting: bool) -> Steps:
        assert not waiting
        self.network.enqueue(self.sid, node.text)
        result = "leave"
        try:
            while True:
                fields = self.network.queue_fields(self.sid)
                nodes = yield Fetch(node.attrs["waitUrl"], fields)
                if nodes is None:
                    result = "system-error"
                    break
                yield from self._do(nodes, waiting=True)
        except Left:
            pass
        finally:
            left = self.network.dequeue(self.sid)
        fields = {"QueueResult": result, "QueueTime": str(left)}
        raise Follow(node.attrs["action"], fields)

    def _dial(self, node: Node, *, waiting: bool) -> Steps:
        assert not waiting
        child = node.children[0]
        if child.kind == "Number":
            status, seconds = self.network.bridge(child.text)
            yield from self._rest(seconds)
            raise Follow(node.attrs["action"], {"DialCallStatus": status})
        self.network.enter(self.sid, child)
        try:
            yield from self._rest(FOREVER, "room")
        except Left:
            if not node.attrs.get("action"):
                return
            raise Follow(node.attrs["action"], {"DialCallStatus": "answered"}) from None
        finally:
            self.network.leave(self.sid)

    def _record(self, node: Node, *, waiting: bool) -> Steps:
        assert not waiting
        reaction = self.caller.react()
        if isinstance(reaction, HangUp):
            yield from self._rest(1)
            raise Over
        if not isinstance(reaction, Speak):  # nothing was heard: no recording, no action
            yield from self._rest(int(node.attrs.get("timeout", "5")))
            return
        seconds = max(1, round(len(reaction.words) / CHARACTERS_A_SECOND))
        try:
            yield from self._rest(seconds)
        except Over:  # who puts the phone down while speaking has left what was said so far
            self.network.record(self.sid, node.attrs["recordingStatusCallback"], 2)
            raise
        sid = self.network.record(self.sid, node.attrs["recordingStatusCallback"], seconds)
        fields = {"RecordingSid": sid, "RecordingDuration": str(seconds), "Digits": "#"}
        raise Follow(node.attrs["action"], fields)


class Follow(Exception):
    """The call goes on at another address, with what was learned."""

    def __init__(self, url: str, fields: dict[str, Any]) -> None:
        self.url, self.fields = url, fields
