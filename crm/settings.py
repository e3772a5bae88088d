"""The desk's settings: desk.toml says what, the environment holds the secrets and nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from crm import channel_settings, desk_toml
from crm.channel_settings import BadChannelSetting, ChannelSettings
from crm.desk_toml import BadSetting
from crm.phone_settings import SECRETS as PHONE_SECRETS
from crm.phone_settings import BadPhoneSetting, PhoneSettings, phone_settings

QUEUES = (
    "registration",
    "bidding",
    "contract",
    "payment",
    "sme_support",
    "technical",
    "complaint",
    "legal",
    "buyer_support",
)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLOCK = re.compile(r"([01]\d|2[0-4]):[0-5]\d")
LANGUAGES = ("en", "es", "ko")

PACKAGED_MODEL = "packaged:me5-small"  # the embedding model that is built from pinned packages


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` requests in each `seconds`."""

    count: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Hours:
    """When counselors are there: minutes of the week as `{weekday: (opens, closes)}`, or always."""

    always: bool
    zone: str
    days: Mapping[str, tuple[str, str]]

    def runs(self) -> list[tuple[int, int, tuple[str, str]]]:
        """Days in a row of equal hours, as `(first, last, (opens, closes))`; Monday is 0."""
        runs: list[tuple[int, int, tuple[str, str]]] = []
        for index, day in enumerate(WEEKDAYS):
            span = self.days.get(day)
            if span is None:
                continue
            if runs and runs[-1][1] == index - 1 and runs[-1][2] == span:
                runs[-1] = (runs[-1][0], index, span)
            else:
                runs.append((index, index, span))
        return runs


@dataclass(frozen=True, slots=True)
class LanguageModelSettings:
    """A server of the chat-completions protocol that may put answers in plainer words."""

    url: str
    key: str | None
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Settings:
    name: str
    languages: tuple[str, ...]
    queues: tuple[str, ...]
    hours: Hours
    articles: Path
    max_characters: int
    max_file_bytes: int
    rasa_seconds: float
    turn_workers: int
    raw_inbox_days: int
    frame_ancestors: tuple[str, ...]
    rates: Mapping[str, Rate]
    database_url: str
    public_url: str
    secret: bytes
    portal_key: bytes | None
    data: Path
    root: Path
    rasa_url: str | None = None
    demo: bool = False
    simulator_key: bytes | None = field(default=None)
    smtp_url: str | None = field(default=None)
    procurement_url: str | None = None
    procurement_key: str | None = None
    procurement_documents_url: str | None = None
    sandbox: bool = False
    procurement: Mapping[str, Any] = field(default_factory=dict)
    quiet_hours: tuple[str, str] = ("21:00", "08:00")
    four_eyes: bool = True
    direct_publish: bool = True
    channels: ChannelSettings = field(default_factory=ChannelSettings)
    phone: PhoneSettings = field(default_factory=PhoneSettings)
    language_model: LanguageModelSettings | None = None
    embedding_model: str = PACKAGED_MODEL
    reranker_model: str | None = None
    reader_model: str | None = None


def load(root: Path, data: Path, environ: Mapping[str, str], *, demo: bool = False) -> Settings:
    """Read `root/desk.toml` and the environment; raises BadSetting with one clear sentence."""
    toml = desk_toml.read(root / "desk.toml")
    try:
        return _settings(toml, root, data, environ, demo=demo)
    except KeyError as error:
        raise BadSetting(f"desk.toml lacks the setting {error}.") from error
    except BadChannelSetting as error:
        raise BadSetting(str(error)) from error


def secret(environ: Mapping[str, str], name: str) -> str | None:
    """The value of NAME, or the content of the file that NAME_FILE points to."""
    path = environ.get(f"{name}_FILE")
    if environ.get(name) or not path:
        return environ.get(name)
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise BadSetting(f"{name}_FILE points to {path}, which cannot be read.") from error


def _settings(
    toml: dict[str, Any], root: Path, data: Path, environ: Mapping[str, str], *, demo: bool
) -> Settings:
    chat, turns = toml["chat"], toml["turns"]
    desk_secret = secret(environ, "DESK_SECRET")
    if not desk_secret:
        raise BadSetting("DESK_SECRET or DESK_SECRET_FILE must hold the desk's secret.")
    portal_key, simulator_key = secret(environ, "PORTAL_KEY"), secret(environ, "SIMULATOR_KEY")
    return Settings(
        name=toml["desk"]["name"],
        languages=_some_of(toml["desk"], "languages", LANGUAGES),
        queues=_some_of(toml["desk"], "queues", QUEUES),
        hours=_hours(toml["hours"], demo=demo),
        articles=_path(root, environ.get("DESK_ARTICLES") or toml["knowledge"]["articles"]),
        four_eyes=toml["knowledge"].get("four_eyes", True),
        direct_publish=toml["knowledge"].get("direct_publish", True),
        max_characters=chat["max_characters"],
        max_file_bytes=chat["max_file_megabytes"] * 1_000_000,
        rasa_seconds=float(turns["rasa_seconds"]),
        turn_workers=turns["workers"],
        raw_inbox_days=toml["retention"]["raw_inbox_days"],
        frame_ancestors=_sites(chat["sites"]),
        rates=_rates(toml["rate_limits"], environ.get("DESK_RATE_LIMITS", "")),
        database_url=_database(
            secret(environ, "DESK_DATABASE_URL") or f"sqlite:///{data / 'desk.sqlite'}"
        ),
        public_url=_web_address(environ, "PUBLIC_URL"),
        secret=desk_secret.encode(),
        portal_key=portal_key.encode() if portal_key else None,
        simulator_key=simulator_key.encode() if simulator_key else None,
        smtp_url=secret(environ, "SMTP_URL"),
        quiet_hours=_quiet(toml.get("outbound", {}).get("quiet", ["21:00", "08:00"])),
        channels=channel_settings.load(
            toml, environ, lambda name: secret(environ, name), tuple(toml["desk"]["queues"])
        ),
        data=data,
        root=root,
        rasa_url=environ.get("DESK_RASA_URL"),
        demo=demo,
        procurement_url=_core_address(environ),
        procurement_key=secret(environ, "PROCUREMENT_KEY"),
        procurement_documents_url=environ.get("PROCUREMENT_DOCUMENTS_URL") or None,
        procurement=_procurement(toml["procurement"]),
        phone=_phone(toml.get("phone", {}), environ),
        language_model=_language_model(toml.get("language_model", {}), environ),
        embedding_model=(secret(environ, "EMBEDDING_MODEL") or PACKAGED_MODEL).strip(),
        reranker_model=(secret(environ, "RERANKER_MODEL") or "").strip() or None,
        reader_model=(secret(environ, "READER_MODEL") or "").strip() or None,
    )


def _some_of(desk: dict[str, Any], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Some of what the desk has words and people for, at least one."""
    told = desk[name]
    if not told or not set(told) <= set(known):
        raise BadSetting(f"[desk] {name}: write some of {', '.join(known)}.")
    return tuple(told)


def _sites(sites: list[str]) -> tuple[str, ...]:
    """Who may embed the widget; they stand in a header, where a blank or a sign would end them, and
    which takes ASCII alone."""
    for site in sites:
        if not re.fullmatch(r"\*|(https?://)?[\w.*-]+(:\d+)?", site, re.ASCII):
            raise BadSetting(
                '[chat] sites: write each as "https://agency.example", or "*" for any.'
            )
    return tuple(sites)


def _web_address(environ: Mapping[str, str], name: str) -> str:
    """An address without its last slash, or nothing."""
    url = (secret(environ, name) or "").rstrip("/")
    if url and not re.match(r"https?://[^/\s]", url):
        raise BadSetting(f"{name} begins with http:// or https://, as in https://desk.example.")
    return url


def _core_address(environ: Mapping[str, str]) -> str | None:
    url = (secret(environ, "PROCUREMENT_URL") or "").rstrip("/")
    if url and not re.match(r"(ocds\+)?(https?|file)://", url):
        raise BadSetting("PROCUREMENT_URL begins with https:// or http:// (a core), or with ocds+.")
    return url or None


def _language_model(
    toml: dict[str, Any], environ: Mapping[str, str]
) -> LanguageModelSettings | None:
    """None unless LLM_URL names one."""
    url = secret(environ, "LLM_URL")
    if not url:
        return None
    name, seconds = str(toml.get("name", "")), toml.get("seconds", 3)
    if not url.startswith(("http://", "https://")):
        raise BadSetting("LLM_URL begins with http:// or https://, as in https://host/v1.")
    if not name:
        raise BadSetting("[language_model] name: LLM_URL is set, so name the model it shall use.")
    if not isinstance(seconds, int | float) or not 0 < seconds <= 20:
        raise BadSetting("[language_model] seconds: write it as a number above 0, at most 20.")
    return LanguageModelSettings(url, secret(environ, "LLM_KEY"), name, float(seconds))


def _procurement(core: dict[str, Any]) -> Mapping[str, Any]:
    try:
        ZoneInfo(core["zone"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadSetting(f"[procurement] zone: there is no time zone {core['zone']!r}.") from error
    return core


def _phone(toml: dict[str, Any], environ: Mapping[str, str]) -> PhoneSettings:
    try:
        return phone_settings(toml, {name: secret(environ, name) for name in PHONE_SECRETS})
    except BadPhoneSetting as error:
        raise BadSetting(str(error)) from error


def _hours(hours: dict[str, Any], *, demo: bool) -> Hours:
    try:
        ZoneInfo(hours["zone"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadSetting(f"[hours] zone: there is no time zone {hours['zone']!r}.") from error
    for day, span in hours["days"].items():
        if day not in WEEKDAYS:
            raise BadSetting(f"[hours.days] {day}: a day is one of {', '.join(WEEKDAYS)}.")
        if not _is_span(span):
            raise BadSetting(f'[hours.days] {day}: write it as ["09:00", "18:00"].')
        if span[0] >= span[1]:
            raise BadSetting(f"[hours.days] {day}: the day ends at {span[1]}, before it begins.")
    return Hours(
        always=demo or hours.get("always", False),
        zone=hours["zone"],
        days={day: (span[0], span[1]) for day, span in hours["days"].items()},
    )


def _quiet(span: Any) -> tuple[str, str]:
    """When nobody is reached by a campaign, in the zone of [hours]; twice the same is never."""
    if not _is_span(span):
        raise BadSetting('[outbound] quiet: write it as ["21:00", "08:00"].')
    return span[0], span[1]


def _is_span(span: Any) -> bool:
    """Whether it is two clock times, as `["09:00", "18:00"]`."""
    return (
        isinstance(span, list)
        and len(span) == 2
        and all(isinstance(moment, str) and CLOCK.fullmatch(moment) for moment in span)
    )


def _rates(limits: dict[str, Any], switch: str) -> dict[str, Rate]:
    """The limits by their names; none at all where DESK_RATE_LIMITS is off."""
    if switch.casefold() not in {"", "on", "off"}:
        raise BadSetting('DESK_RATE_LIMITS is "off" for load tests, or not set.')
    for name in desk_toml.KNOWN["rate_limits"]:
        if name not in limits:
            raise BadSetting(f"desk.toml lacks the setting [rate_limits] {name}.")
    return {} if switch.casefold() == "off" else {n: Rate(*pair) for n, pair in limits.items()}


def _database(url: str) -> str:
    """The database's address; `postgres://` is what some hosts call `postgresql://`."""
    if url.startswith("postgres://"):
        url = url.replace("postgres://", "postgresql://", 1)
    if not url.startswith(("postgresql://", "sqlite:///")):
        raise BadSetting("DESK_DATABASE_URL begins with postgresql:// or sqlite:///.")
    try:
        make_url(url)
    except (ArgumentError, ValueError) as error:  # what is said of it never repeats the password
        raise BadSetting(
            "DESK_DATABASE_URL is written as postgresql://user:password@host:5432/database."
        ) from error
    return url


def _path(root: Path, value: str) -> Path:
    path = Path(value).expanduser()
    return path if path.is_absolute() else root / path
