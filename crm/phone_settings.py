"""What the phone is set to: accounts and manners from desk.toml, secrets from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

PROVIDERS = ("twilio", "jambonz")
RECORDING = ("ask", "notice", "off")
E164 = re.compile(r"\+[1-9]\d{6,14}")


class BadPhoneSetting(ValueError):
    """A setting of [phone] that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """`accounts` maps the last part of a hook's address to the provider that calls it.

    `sip_realm` is where counselors' own SIP phones are registered at one's own trunk.
    `answer_seconds` is how long a web hook waits for the bot before it says "please hold";
    """

    accounts: Mapping[str, str] = field(default_factory=dict)
    number: str = ""
    duty_number: str = ""
    answer_seconds: float = 4.0
    tries: int = 3
    recording: str = "ask"
    holidays: Mapping[str, str] = field(default_factory=dict)
    incident: Mapping[str, str] = field(default_factory=dict)
    account_sid: str = ""
    auth_token: str = ""
    api_url: str = "https://api.twilio.com"
    api_key: str = ""
    api_secret: str = ""
    jambonz_secret: str = ""
    jambonz_url: str = ""
    jambonz_account: str = ""
    jambonz_key: str = ""
    sip_realm: str = ""

    @property
    def rings_browsers(self) -> bool:
        """Whether counselors can be rung in the browser, by Twilio's Voice SDK."""
        return bool(self.api_key and self.api_secret and self.account_sid)

    def provider(self, account: str) -> str | None:
        """Who calls this account's hooks; None where it is unknown or its secret is missing."""
        provider = self.accounts.get(account)
        secret = {"twilio": self.auth_token, "jambonz": self.jambonz_secret}.get(provider or "")
        return provider if secret else None


def phone_settings(toml: Mapping[str, Any], secrets: Mapping[str, str | None]) -> PhoneSettings:
    """From the table [phone], which may be missing, and the secrets by their names."""
    accounts = dict(toml.get("accounts", {}))
    for name, provider in accounts.items():
        if provider not in PROVIDERS:
            raise BadPhoneSetting(f"[phone] accounts.{name} is one of {', '.join(PROVIDERS)}.")
    recording = toml.get("recording", "ask")
    if recording not in RECORDING:
        raise BadPhoneSetting(f"[phone] recording is one of {', '.join(RECORDING)}.")
    for name in ("number", "duty_number"):
        if toml.get(name) and not E164.fullmatch(toml[name]):
            raise BadPhoneSetting(f'[phone] {name}: write it as "+8225550100".')
    holidays = dict(toml.get("holidays", {}))
    if not all(_is_day(day) for day in holidays):
        raise BadPhoneSetting('[phone.holidays]: write each as "2026-01-01" = "New Year".')
    return PhoneSettings(
        accounts=accounts,
        number=toml.get("number", ""),
        duty_number=toml.get("duty_number", ""),
        answer_seconds=float(toml.get("answer_seconds", 4)),
        tries=int(toml.get("tries", 3)),
        recording=recording,
        holidays=holidays,
        incident=dict(toml.get("incident", {})),
        account_sid=secrets.get("TWILIO_ACCOUNT_SID") or "",
        auth_token=secrets.get("TWILIO_AUTH_TOKEN") or "",
        api_url=(secrets.get("TWILIO_API_URL") or "https://api.twilio.com").rstrip("/"),
        api_key=secrets.get("TWILIO_API_KEY") or "",
        api_secret=secrets.get("TWILIO_API_SECRET") or "",
        jambonz_secret=secrets.get("JAMBONZ_SECRET") or "",
        jambonz_url=(secrets.get("JAMBONZ_API_URL") or "").rstrip("/"),
        jambonz_account=secrets.get("JAMBONZ_ACCOUNT_SID") or "",
        jambonz_key=secrets.get("JAMBONZ_API_KEY") or "",
        sip_realm=toml.get("sip_realm", ""),
    )


SECRETS = (
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_API_URL",
    "TWILIO_API_KEY",
    "TWILIO_API_SECRET",
    "JAMBONZ_SECRET",
    "JAMBONZ_API_URL",
    "JAMBONZ_ACCOUNT_SID",
    "JAMBONZ_API_KEY",
)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
