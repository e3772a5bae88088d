"""jambonz's REST side over the simulated network: calls are made, changed and listed.

`faults` collects what its API reference does not know: a property, a value, a call in the wrong
state. A ringing call ends by `no-answer`, a running one by `completed`; the other way is 422.
What is said into a room (`room_say`, a `say` without its name) all in it hear, but who is held.
"""

from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.phone.simulator import jambonz_spec
from tests.phone.simulator.caller import Caller
from tests.phone.simulator.network import Leg, Network, Room
from tests.phone.simulator.walk import Interrupt

ACCOUNT, KEY, REALM = "fef61e75-0000-4000-8000-000000000001", "a key for tests", "sip.desk.example"
CREATES = {"from", "to", "call_hook", "call_status_hook", "timeout", "amd", "tag", "headers",
           "application_sid"}  # fmt: skip
CHANGES: dict[str, Any] = {
    "call_hook": None,
    "call_status": {"completed", "no-answer"},
    "conf_hold_status": {"hold", "unhold"},
    "conf_mute_status": {"mute", "unmute"},
    "wait_hook": None,
    "conferenceParticipantAction": None,
    "record": None,
    "room_say": None,
}
CONFERENCE = {"conf_hold_status", "conf_mute_status", "conferenceParticipantAction", "room_say"}
RECORDING = {"startCallRecording", "stopCallRecording", "pauseCallRecording",
             "resumeCallRecording"}  # fmt: skip
ACTIONS = {"tag", "untag", "coach", "uncoach", "mute", "unmute", "hold", "unhold", "kick"}


class RestJambonz:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.faults: list[str] = []
        self.seen: list[tuple[str, str, dict[str, Any]]] = []
        self.called_back: dict[str, Caller] = {}
        self.recordings: list[str] = []
        self.texts: list[tuple[str, str]] = []
        base = f"/v1/Accounts/{ACCOUNT}/Calls"
        self.app = Starlette(
            routes=[
                Route(base, self._make, methods=["POST"]),
                Route(base, self._list, methods=["GET"]),
                Route(base + "/{sid}", self._change, methods=["PUT"]),
            ]
        )

    async def _make(self, request: Request) -> Response:
        body = await self._told(request)
        if body is None:
            return Response(status_code=401)
        self._judge(body.keys() <= CREATES, f"create: {sorted(body.keys() - CREATES)}")
        self._judge({"from", "to", "call_hook"} <= body.keys(), "create lacks something")
        hook, status = body["call_hook"]["url"], body["call_status_hook"]["url"]
        if urlsplit(hook).path.endswith("/leg"):
            leg = self.network.call_out(_where(body["to"]), hook, status)
        else:
            number = body["to"]["number"]
            person = self.called_back.get(number, Caller(number))
            leg = self.network.place(number, hook, status, person)
            self._detect(leg, person, body.get("amd"))
        return JSONResponse({"sid": leg.sid, "callId": leg.sid}, 201)

    def _detect(self, leg: Leg, person: Caller, amd: Any) -> None:
        if amd:
            found = "amd_machine_detected" if person.machine else "amd_human_detected"
            told = {"CallSid": leg.sid, "type": found}
            self.network.at(8, lambda: self.network.tell(amd["actionHook"], told))

    async def _list(self, request: Request) -> Response:
        if await self._told(request) is None:
            return Response(status_code=401)
        return JSONResponse([_call(leg) for leg in self.network.legs.values()])

    async def _change(self, request: Request) -> Response:
        body = await self._told(request)
        if body is None:
            return Response(status_code=401)
        for name, value in body.items():
            known = name in CHANGES and (CHANGES[name] is None or value in CHANGES[name])
            self._judge(known, f"update: {name}={value}")
        leg = self.network.legs.get(request.path_params["sid"])
        if leg is None or leg.over:
            return Response(status_code=422)
        return Response(status_code=self._changed(leg, body))

    def _changed(self, leg: Leg, body: dict[str, Any]) -> int:
        ringing = leg.steps is None
        if "call_status" in body and (body["call_status"] == "no-answer") != ringing:
            return 422
        if "call_status" in body and ringing:
            self.network._end(leg, "no-answer")
        elif "call_status" in body:
            self.network.interrupt(leg, Interrupt(ended=True))
        if "call_hook" in body:
            self.network.interrupt(leg, Interrupt(url=body["call_hook"]["url"]))
        room = self.network.rooms.get(leg.room or "")
        if room:
            self._in_room(room, leg, body)
        elif body.keys() & CONFERENCE:
            self.faults.append("a conference is changed for somebody outside of it")
        if "record" in body:
            self._judge(body["record"].get("action") in RECORDING, f"record: {body['record']}")
            self.recordings.append(body["record"]["action"])
        return 202

    def _in_room(self, room: Room, leg: Leg, body: dict[str, Any]) -> None:
        if "conf_hold_status" in body:
            put = room.held.add if body["conf_hold_status"] == "hold" else room.held.discard
            put(leg.label)
        if "conf_mute_status" in body:
            put = room.muted.add if body["conf_mute_status"] == "mute" else room.muted.discard
            put(leg.label)
        if "room_say" in body:
            told = body["room_say"]
            self.faults += jambonz_spec.faults_of("say", told)
            for label, sid in room.members.items():
                if label not in room.held:
                    there = self.network.legs[sid]
                    there.caller.hear(told["text"], told["synthesizer"]["language"])
        action = body.get("conferenceParticipantAction")
        if action:
            self._judge(action.get("action") in ACTIONS, f"action: {action}")
            if action["action"] == "coach":
                room.coaching[leg.label] = action["tag"]
            if action["action"] == "uncoach":
                room.coaching.pop(leg.label, None)

    async def _told(self, request: Request) -> dict[str, Any] | None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return None
        told = await request.json() if await request.body() else {}
        self.seen.append((request.method, request.url.path, told))
        return dict(told)

    def _judge(self, good: bool, what: str) -> None:
        if not good:
            self.faults.append(what)


def _where(to: dict[str, str]) -> str:
    if to["type"] == "user":
        name, _, realm = to["name"].partition("@")
        assert realm == REALM, to
        return f"client:{name}"
    return to["number"]


def _call(leg: Leg) -> dict[str, Any]:
    state = "completed" if leg.over else "in-progress" if leg.steps else "ringing"
    return {"call_sid": leg.sid, "call_status": state, "to": leg.number.removeprefix("client:")}
