"""Twilio's side of the phone: forms in, TwiML out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from crm.words import storable
from routing.calls.plan import Plan
from routing.channels.phone import numbers, twiml
from routing.channels.phone import twilio_codes as codes
from routing.channels.phone.port import Heard, PhoneHook
from routing.channels.port import Forged, Unreadable
from routing.channels.twilio_signature import HEADER, form_fields, is_twilios

TOKEN = "i-twilio-idempotency-token"  # noqa: S105 - a header's name
SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
KEYS = re.compile(r"[^0-9*#]")
LONGEST_SPEECH = 2000


class Twilio:
    name = "twilio"
    media_type = twiml.MEDIA_TYPE

    def __init__(self, auth_token: str, public_url: str) -> None:
        self._auth_token, self._public_url = auth_token, public_url

    def verify(self, hook: PhoneHook) -> None:
        try:
            fields = form_fields(hook.body)
        except ValueError as error:
            raise Forged from error
        given = hook.headers.get(HEADER)
        if not is_twilios(self._auth_token, self._public_url, hook.target, fields, given):
            raise Forged

    def heard(self, hook: PhoneHook) -> Heard:
        form = {name: storable(value) for name, value in form_fields(hook.body)}
        call_id = form.get("CallSid", "")
        if not SID.fullmatch(call_id) and not SID.fullmatch(form.get("ConferenceSid", "")):
            raise Unreadable("neither a call nor a conference is named")
        return Heard(
            call_id=call_id,
            number=numbers.known(form.get("From", "")),
            own=numbers.known(form.get("To", "")),
            digits=KEYS.sub("", form.get("Digits", ""))[:40],
            speech=form.get("SpeechResult", "").strip()[:LONGEST_SPEECH],
            token=storable(hook.headers.get(TOKEN, ""))[:200] or None,
            # After a bridge the caller's own line still runs: how the other's ended is the news.
            state=_in(codes.DIAL_STATUS, form.get("DialCallStatus"))
            or _in(codes.CALL_STATUS, form.get("CallStatus")),
            left_queue=_in(codes.QUEUE_RESULT, form.get("QueueResult")),
            sequence=_whole(form.get("SequenceNumber"), -1),
            event=_in(codes.CONFERENCE_EVENT, form.get("StatusCallbackEvent")),
            conference=_sid(form.get("ConferenceSid")),
            room=form.get("FriendlyName"),
            label=form.get("ParticipantLabel"),
            recording_id=_sid(form.get("RecordingSid")),
            recording_state=_in(codes.RECORDING_STATUS, form.get("RecordingStatus")),
            seconds=_whole(form.get("RecordingDuration"), 0),
            confidence=_share(form.get("Confidence")),
            answered_by=_in(codes.ANSWERED_BY, form.get("AnsweredBy")),
            at=_moment(form.get("Timestamp")),
        )

    def render(self, plan: Plan, base: str) -> bytes:
        return twiml.render(plan, base)


def _in(table: Mapping[str, str], code: str | None) -> str | None:
    """The desk's word; a code that Twilio adds one day is none, never an error."""
    return table.get(code) if code else None


def _sid(value: str | None) -> str | None:
    return value if value and SID.fullmatch(value) else None


def _whole(value: str | None, otherwise: int) -> int:
    return (
        int(value)
        if value and value.isascii() and value.isdigit() and len(value) < 9
        else (otherwise)
    )


def _share(value: str | None) -> float:
    """0 to 1; what is missing or no such number counts as sure."""
    try:
        share = float(value or 1)
    except ValueError:
        return 1.0
    return share if 0 <= share <= 1 else 1.0


def _moment(value: str | None) -> datetime | None:
    """Twilio writes moments as mail does: `Wed, 25 Nov 2026 09:00:00 +0000`."""
    try:
        moment = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
