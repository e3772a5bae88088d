"""What the doors need: addresses and policies of desk.toml, secrets of the environment."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

TELEGRAM_API = "https://api.telegram.org"
POLICIES = ("answer", "draft", "human")
Secret = Callable[[str], str | None]


class BadChannelSetting(Exception):
    """A channel's setting that cannot be used; the message names it and says how to mend it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """E-mail. `policy` says by queue whether the bot answers, drafts for a counselor, or is silent.

    `max_bytes` is the largest mail taken in whole; a larger one waits for a person.
    """

    address: str = ""
    smtp_url: str | None = None
    imap_url: str | None = None
    hook_key: bytes | None = None
    policy: Mapping[str, str] = field(default_factory=dict)
    poll_seconds: float = 15.0
    max_bytes: int = 25_000_000

    @property
    def is_on(self) -> bool:
        """Whether mail can at least come in or go out; an address is needed for both."""
        return bool(self.address and (self.smtp_url or self.imap_url or self.hook_key))

    def policy_of(self, queue: str | None) -> str:
        return self.policy.get(queue or "", self.policy.get("default", "draft"))


@dataclass(frozen=True, slots=True)
class Twilio:
    """One Twilio account. `api_url` replaces Twilio's own hosts, for an edge or for tests."""

    account_sid: str
    auth_token: str
    api_url: str | None = None
    sms_number: str = ""
    whatsapp_number: str = ""
    # Approved WhatsApp templates by language: the ContentSid, whose variable {{1}} is our text.
    whatsapp_templates: Mapping[str, str] = field(default_factory=dict)
    max_segments: int = 10


@dataclass(frozen=True, slots=True)
class Telegram:
    token: str
    api_url: str


@dataclass(frozen=True, slots=True)
class Kakao:
    """`key` is what the skill server's header `x-kakao-key` holds in the Open Builder."""

    key: str
    callback_host: str = "kakao.com"
    # Where pictures that people send are kept.
    files_host: str = "kakaocdn.net"


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    mail: Mail = field(default_factory=Mail)
    twilio: Twilio | None = None
    telegram: Telegram | None = None
    kakao: Kakao | None = None


def load(
    toml: Mapping[str, Any], environ: Mapping[str, str], secret: Secret, queues: tuple[str, ...]
) -> ChannelSettings:
    """Read the tables [email], [sms] and [whatsapp], and the secrets; raises BadChannelSetting."""
    kakao_key = secret("KAKAO_KEY")
    return ChannelSettings(
        mail=_mail(toml.get("email", {}), environ, secret, queues),
        twilio=_twilio(toml, environ, secret),
        telegram=_telegram(environ, secret),
        kakao=Kakao(kakao_key) if kakao_key else None,
    )


def _mail(
    table: Mapping[str, Any], environ: Mapping[str, str], secret: Secret, queues: tuple[str, ...]
) -> Mail:
    policy = dict(table.get("policy", {"default": "draft"}))
    for queue, value in policy.items():
        if queue != "default" and queue not in queues:
            raise BadChannelSetting(f"[email.policy] {queue}: there is no such queue.")
        if value not in POLICIES:
            raise BadChannelSetting(f"[email.policy] {queue}: one of {', '.join(POLICIES)}.")
    smtp_url = _url("SMTP_URL", secret, ("smtp", "smtps"))
    imap_url = _url("IMAP_URL", secret, ("imap", "imaps"))
    address = environ.get("MAIL_ADDRESS") or table.get("address", "")
    address = address or _user_of(imap_url) or _user_of(smtp_url)
    if address and not re.fullmatch(r"[^@\s+<>]+@[^@\s<>]+", address):
        raise BadChannelSetting("[email] address: write it as help@agency.example, without a plus.")
    hook_key = secret("MAIL_HOOK_KEY")
    return Mail(
        address=address,
        smtp_url=smtp_url,
        imap_url=imap_url,
        hook_key=hook_key.encode() if hook_key else None,
        policy=policy,
        poll_seconds=float(table.get("poll_seconds", 15)),
        max_bytes=int(table.get("max_megabytes", 25)) * 1_000_000,
    )


def _user_of(url: str | None) -> str:
    """The address that a mailbox's own sign-in is, where it is one."""
    user = unquote(urlsplit(url or "").username or "")
    return user if "@" in user else ""


def _twilio(toml: Mapping[str, Any], environ: Mapping[str, str], secret: Secret) -> Twilio | None:
    account_sid, auth_token = secret("TWILIO_ACCOUNT_SID"), secret("TWILIO_AUTH_TOKEN")
    if not account_sid or not auth_token:
        return None
    sms, whatsapp = toml.get("sms", {}), toml.get("whatsapp", {})
    return Twilio(
        account_sid=account_sid,
        auth_token=auth_token,
        api_url=_url("TWILIO_API_URL", secret, ("http", "https")),
        sms_number=environ.get("SMS_NUMBER") or sms.get("number", ""),
        whatsapp_number=environ.get("WHATSAPP_NUMBER") or whatsapp.get("number", ""),
        whatsapp_templates=dict(whatsapp.get("templates", {})),
        max_segments=int(sms.get("max_segments", 10)),
    )


def _telegram(environ: Mapping[str, str], secret: Secret) -> Telegram | None:
    token = secret("TELEGRAM_TOKEN")
    if not token:
        return None
    return Telegram(token, environ.get("TELEGRAM_API_URL", TELEGRAM_API).rstrip("/"))


def _url(name: str, secret: Secret, schemes: tuple[str, ...]) -> str | None:
    """An address from the environment; what is said of a wrong one never repeats it."""
    value = secret(name)
    if not value:
        return None
    try:
        parts = urlsplit(value)
        good = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise BadChannelSetting(f"{name} is written as {schemes[-1]}://user:password@host:port.")
    return value.rstrip("/")
