"""Orders to one's own trunk, through jambonz's REST side.

A counselor is a call of its own, whose first hook walks it into the room (`plan.Join`); everything
else is a change to a call that runs. What jambonz reports of neither hold nor mute, the desk knows
from its own orders (`tells_holds`).

What is written is said into the room (`room_say`): `whisper`, which would reach one party alone, is
for calls that are dialled through and does nothing in a conference. So everybody there hears it,
and whoever wrote it hears that it was said.
"""

from typing import Any

import httpx

from bot import tls
from crm.phone_settings import PhoneSettings
from routing.channels.phone.jambonz import COUNSELOR, spoken
from routing.channels.phone.port import Gone, Order, Sound, Uncertain
from routing.channels.port import Refused, Unreachable

SECONDS = 10.0
RING_SECONDS = 25
OVER = {404, 410, 422}
LIVE = {"trying", "ringing", "early-media", "in-progress"}
RECORDING = {"pause_recording": "pauseCallRecording", "resume_recording": "resumeCallRecording"}


class JambonzExchange:
    """Implements `port.Exchange`."""

    tells_holds = False

    def __init__(self, settings: PhoneSettings) -> None:
        self._settings = settings
        account = f"{settings.jambonz_url}/v1/Accounts/{settings.jambonz_account}"
        self._calls = f"{account}/Calls"
        headers = {"Authorization": f"Bearer {settings.jambonz_key}"}
        self._http = httpx.Client(
            headers=headers, timeout=SECONDS, trust_env=False, verify=tls.context(trust_env=False)
        )

    def close(self) -> None:
        self._http.close()

    def do(self, order: Order) -> str | None:
        match order.verb:
            case "ring":
                return self._ring(order)
            case "ring_contact":
                return self._ring_contact(order)
            case "move":
                self._change(order.call, {"call_hook": _hook(f"{order.base}/steps/{order.step}")})
            case "end":
                self._hang_up(order.call)
            case "drop":
                self._drop(order)
            case "hold" | "resume":
                self._hold(order)
            case "set_mode":
                self._set_mode(order)
            case "speak":
                self._speak(order)
            case "pause_recording" | "resume_recording":
                self._change(order.call, {"record": {"action": RECORDING[order.verb]}})
            case other:
                raise Refused(f"there is no order {other} on this line")
        return None

    def find(self, order: Order) -> str | None:
        """The running call to where an earlier try may have rung."""
        to = order.number if order.verb == "ring_contact" else _bare(order.line)
        found = self._ask("GET", self._calls, None)
        running = [c for c in found if c.get("call_status") in LIVE and c.get("to") == to]
        return str(running[0]["call_sid"]) if running else None

    def fetch(self, recording_id: str) -> Sound:
        raise Refused(f"recordings stay at the trunk's own recorder, {recording_id} too")

    def delete(self, recording_id: str) -> None:
        """Nothing is kept at jambonz."""
        del recording_id

    def _ring(self, order: Order) -> str:
        return self._create(
            self._line(order.line or ""),
            order.own,
            f"{order.base}/leg?leg={order.leg}",
            f"{order.base}/status?leg={order.leg}",
        )

    def _ring_contact(self, order: Order) -> str:
        return self._create(
            {"type": "phone", "number": order.number or ""},
            order.own,
            f"{order.base}/steps/room?call={order.call_id}",
            f"{order.base}/status?call={order.call_id}",
            amd={"actionHook": f"{order.base}/answered?call={order.call_id}"},
        )

    def _create(self, to: dict[str, str], own: str, hook: str, status: str, **more: Any) -> str:
        body = {
            "from": own,
            "to": to,
            "call_hook": _hook(hook),
            "call_status_hook": _hook(status),
            "timeout": RING_SECONDS,
        }
        return str(self._ask("POST", self._calls, body | more)["sid"])

    def _line(self, line: str) -> dict[str, str]:
        if not line.startswith("client:"):
            return {"type": "phone", "number": line}
        if not self._settings.sip_realm:
            raise Refused("no sip_realm is set, and the counselor names no ordinary phone")
        return {"type": "user", "name": f"{_bare(line)}@{self._settings.sip_realm}"}

    def _drop(self, order: Order) -> None:
        if order.leg_call is None:
            raise Gone("was never rung")
        self._hang_up(order.leg_call)

    def _hang_up(self, call: str) -> None:
        try:
            self._change(call, {"call_status": "completed"})
        except Gone:  # one that still rings ends otherwise
            self._change(call, {"call_status": "no-answer"})

    def _set_mode(self, order: Order) -> None:
        """A supervisor listens, whispers to the counselor, or talks to both."""
        line = order.leg_call or ""
        if order.mode == "monitor":
            self._change(line, {"conf_mute_status": "mute"})
            return
        self._change(line, {"conf_mute_status": "unmute"})
        coach = {"action": "coach", "tag": COUNSELOR}
        action = coach if order.mode == "whisper" else {"action": "uncoach"}
        self._change(line, {"conferenceParticipantAction": action})

    def _hold(self, order: Order) -> None:
        music = {"conf_hold_status": "hold", "wait_hook": f"{order.base}/music"}
        self._change(order.call, music if order.verb == "hold" else {"conf_hold_status": "unhold"})

    def _speak(self, order: Order) -> None:
        if order.words is None:
            raise Gone("there is nothing to say")
        self._change(order.call, {"room_say": spoken(order.words)})

    def _change(self, call: str, body: dict[str, Any]) -> None:
        self._ask("PUT", f"{self._calls}/{call}", body)

    def _ask(self, method: str, url: str, body: dict[str, Any] | None) -> Any:
        try:
            answer = self._http.request(method, url, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unreachable("no connection") from error
        except httpx.HTTPError as error:
            raise Uncertain("no answer in time") from error
        if answer.status_code in OVER:
            raise Gone(f"status {answer.status_code}")
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Unreachable("too many at once")
        if answer.status_code >= 500:
            raise Uncertain(f"status {answer.status_code}")
        if answer.status_code >= 400:
            raise Refused(f"status {answer.status_code}")
        return answer.json() if answer.content else {}


def _hook(url: str) -> dict[str, str]:
    return {"url": url, "method": "POST"}


def _bare(line: str | None) -> str:
    return (line or "").removeprefix("client:")
