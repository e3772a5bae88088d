"""Twilio's REST side: one attempt, with a time limit, and what a failure means for a send."""

import logging
from typing import Any
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from crm.channel_settings import Twilio
from routing.channels.port import Lost, Refused, Unreachable

# The library would log each address that it calls, with the numbers of people in it.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
SECONDS = 10.0
# What Twilio's codes mean for a message: the words a counselor reads, and whether to come back.
REFUSALS = {
    21211: "the number is malformed",
    21214: "the number cannot be reached",
    21408: "this country is not allowed on the account",
    21601: "the sender cannot send messages",
    21602: "the text is missing",
    21606: "the sender is not a number of the account",
    21610: "the person sent STOP",
    21611: "the sender's queue is full",
    21612: "no route from this sender to this number",
    21614: "not a mobile number",
    21617: "the text is too long",
    21620: "the file's address is malformed",
    21623: "the file is too many",
    21656: "the template's values are malformed",
    30001: "the queue is full",
    30002: "the account is suspended",
    30003: "the phone is off or out of reach",
    30004: "blocked by the person or the network",
    30005: "no such number",
    30006: "a landline, or no route",
    30007: "the network took it for spam",
    30008: "the network gave no reason",
    30009: "a piece went missing",
    30011: "the number takes no files",
    30032: "the toll-free sender is not verified",
    30034: "the sender is not registered (A2P 10DLC)",
    63001: "the channel refused the login",
    63003: "no such person on the channel",
    63007: "the sender is not set up for the channel",
    63012: "the channel failed",
    63013: "against the channel's rules",
    63015: "the person has not joined the sandbox",
    63016: "outside of the 24 hours, and not a template",
    63018: "the channel's rate was passed",
    63019: "the file could not be fetched",
    63024: "the person cannot be reached on the channel",
    63032: "the person may not be written to",
    63049: "the channel held it back",
}
LATER = {14107, 20003, 20429, 21611, 30001, 63018}


class MappedHttp(TwilioHttpClient):  # type: ignore[misc]  # twilio is read without its types
    """Twilio's own client, sent to `base` instead of api.twilio.com where one is set."""

    def __init__(self, base: str | None) -> None:
        super().__init__(timeout=SECONDS)
        self._base = base

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Response:
        return super().request(method, mapped(url, self._base), *args, **more)


def mapped(url: str, base: str | None) -> str:
    """The address on `base` that stands for one of Twilio's own."""
    parts = urlsplit(url)
    if base is None or not (parts.hostname or "").endswith(".twilio.com"):
        return url
    return base + parts.path + (f"?{parts.query}" if parts.query else "")


def client(twilio: Twilio) -> Client:
    return Client(twilio.account_sid, twilio.auth_token, http_client=MappedHttp(twilio.api_url))


def reason_of(code: int | None) -> str:
    """A code of Twilio in words; the code itself goes with it."""
    if not code:
        return "refused"
    return f"{REFUSALS.get(code, 'refused')} ({code})"


def translated(error: Exception) -> Exception:
    """What a failed request means: come back, never, or nobody knows."""
    if isinstance(error, TwilioRestException):
        return _of_answer(error)
    if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
        return Unreachable(f"no connection: {type(error).__name__}")
    if isinstance(error, requests.RequestException):
        return Lost(f"no answer: {type(error).__name__}")
    return error


def _of_answer(error: TwilioRestException) -> Exception:
    code = error.code or None
    if error.status == requests.codes.too_many or code in LATER or error.status in {401, 403}:
        return Unreachable(reason_of(code))
    # Twilio says itself that after a 5xx the message may have been taken (20500).
    return Lost(reason_of(code)) if error.status >= 500 else Refused(reason_of(code))


def _never_connected(error: Exception) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)
