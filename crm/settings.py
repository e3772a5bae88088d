"""The desk's settings: desk.toml says what, the environment holds the secrets and nothing else."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm import channel_settings
from crm.channel_settings import BadChannelSetting, ChannelSettings
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

# What desk.toml may say: a slip of the pen would else be a setting that nobody obeys.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "desk": ("name", "languages", "queues"),
    "knowledge": ("articles", "four_eyes", "direct_publish"),
    "hours": ("zone", "always", "days"),
    "chat": ("max_characters", "max_file_megabytes", "sites"),
    "phone": (
        *("accounts", "number", "sip_realm", "duty_number", "answer_seconds", "tries"),
        *("recording", "holidays", "incident"),
    ),
    "turns": ("rasa_seconds", "workers"),
    "language_model": ("name", "seconds"),
    "procurement": (
        *("zone", "currency", "country", "identifier_scheme", "class_scheme", "crawl_seconds"),
    ),
    "outbound": ("quiet",),
    "email": ("address", "poll_seconds", "max_megabytes", "policy"),
    "sms": ("number", "max_segments"),
    "whatsapp": ("number", "templates"),
    "retention": ("raw_inbox_days",),
    "rate_limits": (
        *("sessions_per_address", "messages_per_conversation", "files_per_conversation"),
        *("sign_ins_per_account", "sign_ins_per_address", "forged_hooks_per_address"),
        *("requests_per_token", "requests_per_address"),
    ),
}

PACKAGED_MODEL = "packaged:me5-small"  # the embedding model that is built from pinned packages


class BadSetting(Exception):
    """A setting that cannot be used; the message names it and says how to mend it."""


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
    try:
        toml = tomllib.loads((root / "desk.toml").read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"desk.toml cannot be read: {error}") from error
    _no_strangers(toml)
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
        four_eyes=_switch(toml["knowledge"], "four_eyes"),
        direct_publish=_switch(toml["knowledge"], "direct_publish"),
        max_characters=_whole("chat", chat, "max_characters"),
        max_file_bytes=_whole("chat", chat, "max_file_megabytes") * 1_000_000,
        rasa_seconds=_above_zero("turns", turns, "rasa_seconds"),
        turn_workers=_whole("turns", turns, "workers"),
        raw_inbox_days=_whole("retention", toml["retention"], "raw_inbox_days"),
        frame_ancestors=tuple(chat["sites"]),
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


def _no_strangers(toml: dict[str, Any]) -> None:
    """Refuse what no setting is called."""
    for table, told in toml.items():
        if table not in KNOWN:
            raise BadSetting(f"desk.toml: there is no table [{table}]; known: {', '.join(KNOWN)}.")
        for name in told if isinstance(told, dict) else ():
            if name not in KNOWN[table]:
                known = ", ".join(KNOWN[table])
                raise BadSetting(f"[{table}] {name}: there is no such setting; known: {known}.")


def _some_of(desk: dict[str, Any], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Some of what the desk has words and people for, at least one."""
    told = desk[name]
    if not isinstance(told, list) or not told or not set(told) <= set(known):
        raise BadSetting(f"[desk] {name}: write some of {', '.join(known)}.")
    return tuple(told)


def _whole(table: str, told: dict[str, Any], name: str) -> int:
    if type(told[name]) is not int or told[name] < 1:
        raise BadSetting(f"[{table}] {name}: write it as a whole number above 0.")
    return int(told[name])


def _above_zero(table: str, told: dict[str, Any], name: str) -> float:
    if type(told[name]) not in {int, float} or told[name] <= 0:
        raise BadSetting(f"[{table}] {name}: write it as a number above 0.")
    return float(told[name])


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
    if not isinstance(core["crawl_seconds"], int | float) or core["crawl_seconds"] <= 0:
        raise BadSetting("[procurement] crawl_seconds: write it as a number above 0.")
    return core


def _switch(knowledge: dict[str, Any], name: str) -> bool:
    """A switch of [knowledge] that is on where nothing is said."""
    value = knowledge.get(name, True)
    if not isinstance(value, bool):
        raise BadSetting(f"[knowledge] {name}: write it as true or false.")
    return value


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
        if len(span) != 2 or not all(CLOCK.fullmatch(str(moment)) for moment in span):
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
    if len(span) != 2 or not all(CLOCK.fullmatch(str(moment)) for moment in span):
        raise BadSetting('[outbound] quiet: write it as ["21:00", "08:00"].')
    return str(span[0]), str(span[1])


def _rates(limits: dict[str, Any], switch: str) -> dict[str, Rate]:
    """The limits by their names; none at all where DESK_RATE_LIMITS is off."""
    if switch.casefold() not in {"", "on", "off"}:
        raise BadSetting('DESK_RATE_LIMITS is "off" for load tests, or not set.')
    for name in KNOWN["rate_limits"]:
        if name not in limits:
            raise BadSetting(f"desk.toml lacks the setting [rate_limits] {name}.")
    for name, pair in limits.items():
        if len(pair) != 2 or not all(isinstance(n, int) and n > 0 for n in pair):
            raise BadSetting(f"[rate_limits] {name}: write it as [count, seconds].")
    return {} if switch.casefold() == "off" else {n: Rate(*pair) for n, pair in limits.items()}


def _database(url: str) -> str:
    """The database's address; `postgres://` is what some hosts call `postgresql://`."""
    if url.startswith("postgres://"):
        url = url.replace("postgres://", "postgresql://", 1)
    if not url.startswith(("postgresql://", "sqlite:///")):
        raise BadSetting("DESK_DATABASE_URL begins with postgresql:// or sqlite:///.")
    return url


def _path(root: Path, value: str) -> Path:
    path = Path(value).expanduser()
    return path if path.is_absolute() else root / path
