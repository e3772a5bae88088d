"""Twilio's REST side over the simulated network, judged by Twilio's own published description."""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.phone.simulator import openapi
from tests.phone.simulator.caller import Caller
from tests.phone.simulator.network import ACCOUNT_SID, Leg, Network, Room
from tests.phone.simulator.walk import Interrupt

PREFIX = f"/2010-04-01/Accounts/{ACCOUNT_SID}"


class Rest:
    """`faults` collects what Twilio would have refused. `fail_next` plays a bad day: `before` does
    nothing and answers 503, `after` does it and answers 500, `slow` stalls."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.faults: list[str] = []
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.fail_next: list[str] = []
        self.called_back: dict[str, Caller] = {}
        self.texts: list[tuple[str, str]] = []
        self.stall = threading.Event()
        self.app = Starlette(
            routes=[Route("/{path:path}", self._all, methods=["GET", "POST", "DELETE"])]
        )

    async def _all(self, request: Request) -> Response:
        path, method = request.url.path, request.method
        body = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        if request.headers.get("authorization", "").split(" ")[0] != "Basic":
            return _error(401, 20003)
        if path.endswith(".wav"):
            return self._media(path)
        judged = body if method == "POST" else []
        wrong = openapi.faults(method, path, judged)
        if wrong:
            self.faults += [f"{method} {path}: {fault}" for fault in wrong]
            return _error(400, 20001)
        self.seen.append((method, path.removeprefix(PREFIX), dict(body)))
        bad_day = self.fail_next.pop(0) if self.fail_next else ""
        if bad_day == "before":
            return _error(503, 20503)
        found = openapi.match(path)
        assert found
        answer = self._act(method, *found, dict(body), dict(request.query_params))
        return _error(500, 20500) if bad_day == "after" else answer

    def _act(
        self, method: str, template: str, names: dict[str, str], form: Any, query: Any
    ) -> Response:
        place = template.removeprefix("/2010-04-01/Accounts/{AccountSid}")
        act: Callable[..., Response] = {
            ("POST", "/Calls.json"): self._create_call,
            ("GET", "/Calls.json"): self._list_calls,
            ("POST", "/Calls/{Sid}.json"): self._update_call,
            ("GET", "/Conferences.json"): self._list_rooms,
            ("POST", "/Conferences/{ConferenceSid}/Participants.json"): self._ring,
            ("GET", "/Conferences/{ConferenceSid}/Participants.json"): self._list_participants,
            ("POST", "/Conferences/{ConferenceSid}/Participants/{CallSid}.json"): self._change,
            ("DELETE", "/Conferences/{ConferenceSid}/Participants/{CallSid}.json"): self._kick,
            ("POST", "/Conferences/{ConferenceSid}/Recordings/{Sid}.json"): self._pause,
            ("DELETE", "/Recordings/{Sid}.json"): self._delete_recording,
            ("POST", "/Messages.json"): self._text,
        }[method, place]
        return act(names, form, query)

    def _text(self, names: Any, form: Any, query: Any) -> Response:
        del names, query
        self.texts.append((form["To"], form["Body"]))
        return JSONResponse({"sid": self.network.sid("SM"), "status": "queued"}, 201)

    def _create_call(self, names: Any, form: Any, query: Any) -> Response:
        del names, query
        person = self.called_back.get(form["To"], Caller(form["To"]))
        leg = self.network.place(form["To"], form["Url"], form.get("StatusCallback"), person)
        return JSONResponse(_call(leg), 201)

    def _list_calls(self, names: Any, form: Any, query: Any) -> Response:
        del names, form
        found = [leg for leg in self.network.legs.values() if leg.number == query.get("To")]
        page = {"calls": [_call(leg) for leg in found], "page": 0, "page_size": 20,
                "next_page_uri": None, "uri": "/x"}  # fmt: skip
        return JSONResponse(page)

    def _update_call(self, names: Any, form: Any, query: Any) -> Response:
        del query
        leg = self.network.legs.get(names["Sid"])
        if leg is None or leg.over:
            return _error(400, 21220)
        if form.get("Status") == "completed":
            if leg.steps:
                self.network.interrupt(leg, Interrupt(ended=True))
            else:
                self.network._end(leg, "canceled")
        else:
            self.network.interrupt(leg, Interrupt(url=form["Url"]))
        return JSONResponse(_call(leg))

    def _ring(self, names: Any, form: Any, query: Any) -> Response:
        del query
        room = self.network.room(names["ConferenceSid"], form["ConferenceStatusCallback"])
        leg = self.network.ring(form["To"], form["Label"], room, form["StatusCallback"])
        self._manner(room, form["Label"], form)
        return JSONResponse(_participant(room, leg), 201)

    def _list_rooms(self, names: Any, form: Any, query: Any) -> Response:
        del names, form
        found = [{"sid": r.sid, "friendly_name": r.name, "account_sid": ACCOUNT_SID}
                 for r in self.network.rooms.values()
                 if r.name == query.get("FriendlyName") and not r.over]  # fmt: skip
        return JSONResponse({"conferences": found, "page": 0, "next_page_uri": None, "uri": "/x"})

    def _list_participants(self, names: Any, form: Any, query: Any) -> Response:
        del form, query
        room = self.network.rooms.get(names["ConferenceSid"])
        legs = [leg for leg in self.network.legs.values() if room and leg.label and not leg.over]
        page = {"participants": [_participant(room, leg) for leg in legs], "page": 0,
                "page_size": 50, "next_page_uri": None, "uri": "/x"}  # fmt: skip
        return JSONResponse(page)

    def _change(self, names: Any, form: Any, query: Any) -> Response:
        del query
        room, leg = self._member(names)
        if room is None or leg is None:
            return _error(404, 20404)
        if "Hold" in form:
            self._hold(room, leg, held=form["Hold"].casefold() == "true")
        if "AnnounceUrl" in form:
            self.network.announce(leg, form["AnnounceUrl"])
        self._manner(room, leg.label, form)
        return JSONResponse(_participant(room, leg))

    def _hold(self, room: Room, leg: Leg, *, held: bool) -> None:
        if held != (leg.label in room.held):
            (room.held.add if held else room.held.discard)(leg.label)
            event = "participant-hold" if held else "participant-unhold"
            self.network.in_room(room, event, leg)

    def _manner(self, room: Room, label: str, form: Any) -> None:
        if form.get("Muted"):
            muted = form["Muted"].casefold() == "true"
            (room.muted.add if muted else room.muted.discard)(label)
        if form.get("Coaching", "").casefold() == "true":
            room.coaching[label] = form["CallSidToCoach"]
        elif "Coaching" in form:
            room.coaching.pop(label, None)

    def _kick(self, names: Any, form: Any, query: Any) -> Response:
        del form, query
        room, leg = self._member(names)
        if room is None or leg is None:
            return _error(404, 20404)
        self.network._end(leg, "completed")
        return Response(status_code=204)

    def _pause(self, names: Any, form: Any, query: Any) -> Response:
        del query
        room = self.network.rooms.get(names["ConferenceSid"])
        if room is None or room.over or names["Sid"] != "Twilio.CURRENT":
            return _error(404, 20404)
        room.paused = form["Status"] == "paused"
        room.pauses.append(form["Status"])
        return JSONResponse({"status": form["Status"], "sid": "RE" + "0" * 32})

    def _delete_recording(self, names: Any, form: Any, query: Any) -> Response:
        del form, query
        if self.network.recordings.pop(names["Sid"], None) is None:
            return _error(404, 20404)
        self.network.deleted.append(names["Sid"])
        return Response(status_code=204)

    def _media(self, path: str) -> Response:
        sound = self.network.recordings.get(path.rsplit("/", 1)[-1].removesuffix(".wav"))
        if self.fail_next:
            self.fail_next.pop(0)
            return _error(503, 20503)
        if sound is None:
            return _error(404, 20404)
        return Response(sound, media_type="audio/x-wav")

    def _member(self, names: Any) -> tuple[Room | None, Leg | None]:
        """A participant by the label or the line's own name."""
        room = self.network.rooms.get(names["ConferenceSid"])
        if room is None or room.over:
            return None, None
        sid = room.members.get(names["CallSid"], names["CallSid"])
        inside = sid in room.members.values()
        return room, self.network.legs.get(sid) if inside else None


def _call(leg: Leg) -> dict[str, Any]:
    state = "completed" if leg.over else "in-progress" if leg.steps else "queued"
    return {"sid": leg.sid, "status": state, "to": leg.number, "account_sid": ACCOUNT_SID}


def _participant(room: Room | None, leg: Leg) -> dict[str, Any]:
    return {
        "account_sid": ACCOUNT_SID,
        "call_sid": leg.sid,
        "conference_sid": room.sid if room else None,
        "label": leg.label,
        "status": "queued",
        "hold": False,
        "muted": False,
    }


def _error(status: int, code: int) -> Response:
    told = {"code": code, "message": "refused by the simulated provider", "status": status,
            "more_info": f"https://www.twilio.com/docs/errors/{code}"}  # fmt: skip
    return JSONResponse(told, status)
