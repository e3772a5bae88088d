"""Orders to Twilio's REST side, through Twilio's own client.

Another address than Twilio's own is reached by a client of its own: the library's `edge` and
`region` only rewrite Twilio's host names.
"""

import logging
from typing import Any
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from crm.phone_settings import PhoneSettings
from routing.channels.phone.port import Gone, Order, Sound, Uncertain
from routing.channels.port import Refused, Unreachable

# The library would log each address that it calls, with the numbers of people in it.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
SECONDS = 10.0
RING_SECONDS = 25
LEG_EVENTS = ["initiated", "ringing", "answered", "completed"]
OVER = {404, 409, 410}
CALL_IS_OVER = {21220, 20404}
LARGEST_SOUND = 200_000_000


class _Client(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """Twilio's HTTP client, with the deployer's address in place of Twilio's."""

    def __init__(self, api_url: str) -> None:
        super().__init__(timeout=SECONDS)
        self._api = api_url

    def request(self, method: str, url: str, *more: Any, **named: Any) -> Response:
        parts = urlsplit(url)
        there = parts._replace(scheme="", netloc="").geturl()
        return super().request(method, self._api + there, *more, **named)


class TwilioExchange:
    """Implements `port.Exchange`."""

    tells_holds = True

    def __init__(self, settings: PhoneSettings) -> None:
        self._settings = settings
        http = _Client(settings.api_url)
        self._client = Client(settings.account_sid, settings.auth_token, http_client=http)

    def do(self, order: Order) -> str | None:
        try:
            return self._do(order)
        except TwilioRestException as error:
            raise _meaning(error) from error
        except requests.ConnectTimeout as error:
            raise Unreachable("no connection") from error
        except requests.ConnectionError as error:
            # A connection that was refused took nothing; one that broke may have.
            raise _broken(error) from error
        except requests.Timeout as error:
            raise Uncertain("no answer in time") from error

    def find(self, order: Order) -> str | None:
        """Rung people stand in the room under their label; a contact rung, among the calls."""
        try:
            if order.verb == "ring":
                return self._find_in_room(order)
            if order.verb == "ring_contact":
                made = self._client.calls.list(to=order.number or "", limit=20)
                live = [c for c in made if c.status in {"queued", "ringing", "in-progress"}]
                return live[0].sid if live else None
        except TwilioRestException as error:
            raise _meaning(error) from error
        except requests.RequestException as error:
            raise Unreachable("no answer") from error
        return None

    def _find_in_room(self, order: Order) -> str | None:
        named = self._client.conferences.list(friendly_name=order.room, limit=5)
        for sid in {c.sid for c in named} | ({order.conference} if order.conference else set()):
            inside = self._client.conferences(sid).participants.list(limit=50)
            found = [p.call_sid for p in inside if p.label == order.leg]
            if found:
                return str(found[0])
        return None

    def fetch(self, recording_id: str) -> Sound:
        """The sound by its id, never by an address that a hook named."""
        address = (
            f"{self._settings.api_url}/2010-04-01/Accounts/{self._settings.account_sid}"
            f"/Recordings/{recording_id}.wav"
        )
        try:
            answer = requests.get(
                address,
                auth=(self._settings.account_sid, self._settings.auth_token),
                timeout=60,
                stream=True,
            )
            if answer.status_code in OVER:
                raise Gone("there is no such recording")
            if answer.status_code != requests.codes.ok:
                raise Unreachable(f"status {answer.status_code}")
            content = answer.raw.read(LARGEST_SOUND + 1, decode_content=True)
        except requests.RequestException as error:
            raise Unreachable("no answer") from error
        if len(content) > LARGEST_SOUND:
            raise Refused("the recording is too large")
        return Sound(content, answer.headers.get("content-type", "audio/x-wav"))

    def delete(self, recording_id: str) -> None:
        try:
            self._client.recordings(recording_id).delete()
        except TwilioRestException as error:
            raise _meaning(error) from error
        except requests.RequestException as error:
            raise Unreachable("no answer") from error

    def _do(self, order: Order) -> str | None:
        match order.verb:
            case "move":
                url = f"{order.base}/steps/{order.step}"
                self._client.calls(order.call).update(url=url, method="POST")
            case "ring_contact":
                return self._ring_contact(order)
            case "ring":
                return self._ring(order)
            case "end":
                self._client.calls(order.call).update(status="completed")
            case "drop":
                self._drop(order)
            case "hold" | "resume":
                self._hold(order)
            case "speak":
                url = f"{order.base}/said/{order.message}"
                contact = self._participant(order, "contact")
                contact.update(announce_url=url, announce_method="POST")
            case "set_mode":
                self._participant(order, order.leg).update(**_manner(order))
            case "pause_recording" | "resume_recording":
                status = "paused" if order.verb == "pause_recording" else "in-progress"
                extra = {"pause_behavior": "silence"} if status == "paused" else {}
                room = self._client.conferences(_known(order.conference))
                room.recordings("Twilio.CURRENT").update(status=status, **extra)
            case other:
                raise Refused(f"there is no order {other}")
        return None

    def _ring(self, order: Order) -> str | None:
        made = self._client.conferences(order.room).participants.create(
            from_=order.own,
            to=order.line or "",
            label=order.leg,
            timeout=RING_SECONDS,
            beep="false",
            early_media=False,
            start_conference_on_enter=True,
            end_conference_on_exit=False,
            status_callback=f"{order.base}/status?leg={order.leg}",
            status_callback_method="POST",
            status_callback_event=LEG_EVENTS,
            conference_status_callback=f"{order.base}/status",
            conference_status_callback_method="POST",
            conference_status_callback_event=["start", "end", "join", "leave", "hold", "mute"],
            **_manner(order),
        )
        return str(made.call_sid)

    def _ring_contact(self, order: Order) -> str | None:
        made = self._client.calls.create(
            to=order.number or "",
            from_=order.own,
            url=f"{order.base}/steps/room?call={order.call_id}",
            method="POST",
            timeout=RING_SECONDS,
            machine_detection="Enable",
            status_callback=f"{order.base}/status?call={order.call_id}",
            status_callback_method="POST",
            status_callback_event=LEG_EVENTS,
        )
        return str(made.sid)

    def _drop(self, order: Order) -> None:
        """Someone in the room leaves it; someone still being rung is rung no longer."""
        if order.conference and order.leg:
            try:
                self._participant(order, order.leg).delete()
            except TwilioRestException as error:
                if error.status not in OVER:
                    raise
            else:
                return
        if order.leg_call:
            self._client.calls(order.leg_call).update(status="completed")

    def _hold(self, order: Order) -> None:
        held = order.verb == "hold"
        music = {"hold_url": f"{order.base}/music", "hold_method": "POST"} if held else {}
        self._participant(order, "contact").update(hold=held, **music)

    def _participant(self, order: Order, label: str | None) -> Any:
        return self._client.conferences(_known(order.conference)).participants(label or "")


def _manner(order: Order) -> dict[str, Any]:
    """How someone is in the room: a supervisor listens, whispers to the counselor, or talks."""
    if order.mode == "whisper":
        return {"muted": False, "coaching": True, "call_sid_to_coach": order.coached}
    return {"muted": order.mode == "monitor"} | (
        {"coaching": False} if order.verb == "set_mode" else {}
    )


def _known(conference: str | None) -> str:
    if conference is None:
        raise Unreachable("the room has not told its name yet")
    return conference


def _meaning(error: TwilioRestException) -> Exception:
    said = f"{error.status} {error.code}"
    if error.status in OVER or error.code in CALL_IS_OVER:
        return Gone(said)
    if error.status == 429:
        return Unreachable(said)
    # Twilio itself says that a POST which ended so may have been carried out (error 20500).
    return Uncertain(said) if error.status >= 500 else Refused(said)


def _broken(error: requests.ConnectionError) -> Exception:
    refused = "refused" in str(error).casefold() or "resolve" in str(error).casefold()
    return Unreachable("no connection") if refused else Uncertain("the connection broke")
