"""What desk.toml may say: every table, every name in it, and the shape of its value.

A slip of the pen would else be a setting that nobody obeys, or a crash somewhere behind the door.
"""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BadSetting(Exception):
    """A setting that cannot be used; the message names it and says how to mend it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value must look like, in words that follow "write it as"."""

    words: str
    fits: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and 0 < value < math.inf  # TOML has inf and nan


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_rate(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(one) is int and one > 0 for one in value)
    )


def _names_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


TEXT = Shape('a text in quotes, as "…"', lambda value: isinstance(value, str))
TEXTS = Shape('a list of texts, as ["…", "…"]', _is_texts)
SWITCH = Shape("true or false", lambda value: isinstance(value, bool))
COUNT = Shape("a whole number above 0", lambda value: type(value) is int and value > 0)
NUMBER = Shape("a number above 0", _is_number)
RATE = Shape("[count, seconds]", _is_rate)
NAMED = Shape('names with a text each, as name = "…"', _names_texts)
TABLE = Shape("a table of its own", lambda value: isinstance(value, dict))

KNOWN: Mapping[str, Mapping[str, Shape]] = {
    "desk": {"name": TEXT, "languages": TEXTS, "queues": TEXTS},
    "knowledge": {"articles": TEXT, "four_eyes": SWITCH, "direct_publish": SWITCH},
    "hours": {"zone": TEXT, "always": SWITCH, "days": TABLE},
    "chat": {"max_characters": COUNT, "max_file_megabytes": COUNT, "sites": TEXTS},
    "phone": {
        "accounts": NAMED,
        "number": TEXT,
        "sip_realm": TEXT,
        "duty_number": TEXT,
        "answer_seconds": NUMBER,
        "tries": COUNT,
        "recording": TEXT,
        "holidays": NAMED,
        "incident": NAMED,
    },
    "turns": {"rasa_seconds": NUMBER, "workers": COUNT},
    "language_model": {"name": TEXT, "seconds": NUMBER},
    "procurement": {
        "zone": TEXT,
        "currency": TEXT,
        "country": TEXT,
        "identifier_scheme": TEXT,
        "class_scheme": TEXT,
        "crawl_seconds": NUMBER,
    },
    "outbound": {"quiet": TEXTS},
    "email": {"address": TEXT, "poll_seconds": NUMBER, "max_megabytes": COUNT, "policy": NAMED},
    "sms": {"number": TEXT, "max_segments": COUNT},
    "whatsapp": {"number": TEXT, "templates": NAMED},
    "retention": {"raw_inbox_days": COUNT},
    "rate_limits": {
        "sessions_per_address": RATE,
        "messages_per_conversation": RATE,
        "files_per_conversation": RATE,
        "sign_ins_per_account": RATE,
        "sign_ins_per_address": RATE,
        "forged_hooks_per_address": RATE,
        "requests_per_token": RATE,
        "requests_per_address": RATE,
    },
}


def read(path: Path) -> dict[str, Any]:
    """The tables of desk.toml, each known and of the right shape; raises BadSetting."""
    try:
        toml = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are both
        raise BadSetting(f"{path} cannot be read: {error}.") from error
    for table, told in toml.items():
        if table not in KNOWN:
            raise BadSetting(f"desk.toml: there is no table [{table}]; known: {', '.join(KNOWN)}.")
        if not isinstance(told, dict):
            raise BadSetting(f"desk.toml: write {table} as a table, [{table}].")
        for name, value in told.items():
            _check(table, name, value)
    return toml


def _check(table: str, name: str, value: Any) -> None:
    shape = KNOWN[table].get(name)
    if shape is None:
        known = ", ".join(KNOWN[table])
        raise BadSetting(f"[{table}] {name}: there is no such setting; known: {known}.")
    if not shape.fits(value):
        raise BadSetting(f"[{table}] {name}: write it as {shape.words}.")
