"""OCDS releases out of whatever publishers put around them, each checked against the schema."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

SCHEMA = Path(__file__).parent / "ocds_schema" / "release-schema-1.1.5.json"

Doc = Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """Valid releases by ocid, in the order of their dates, and how many were left out."""

    releases: Mapping[str, Doc] = field(default_factory=dict)
    left_out: int = 0


def gather(texts: Iterator[str]) -> Read:
    """The latest valid state of each process out of packages, releases and records."""
    releases: dict[str, Doc] = {}
    left_out = 0
    for text in texts:
        try:
            whole = json.loads(text)
        except ValueError:
            left_out += 1
            continue
        for release in _releases(whole):
            if not valid(release):
                left_out += 1
                continue
            known = releases.get(release["ocid"])
            releases[release["ocid"]] = _merged(known, release) if known else release
    return Read(releases, left_out)


def _releases(whole: Any) -> Iterator[Any]:
    """Releases in whatever shape they come."""
    if isinstance(whole, list):
        for one in whole:
            yield from _releases(one)
    elif not isinstance(whole, dict):
        yield whole
    elif "records" in whole:
        for record in whole["records"] or []:
            yield from _releases(record)
    elif "compiledRelease" in whole:
        yield whole["compiledRelease"]
    elif "releases" in whole:
        # A release of a record may be only an address of it; that is nothing to read.
        yield from (one for one in whole["releases"] or [] if "ocid" in one or "url" not in one)
    else:
        yield whole


def _merged(known: Doc, release: Doc) -> Doc:
    """Two releases of one process: the later one's parts over the earlier one's."""
    earlier, later = sorted((known, release), key=lambda one: str(one["date"]))
    return {**earlier, **later}


def valid(release: Any) -> bool:
    """Whether it holds to the release schema 1.1.5, which also a compiled release does."""
    if not isinstance(release, dict) or not isinstance(release.get("date"), str):
        return False
    return next(_validator().iter_errors(release), None) is None


@cache
def _validator() -> Draft4Validator:
    schema = json.loads(SCHEMA.read_text())
    checker = FormatChecker(formats=())
    checker.checks("date-time", raises=ValueError)(_is_moment)
    return Draft4Validator(schema, format_checker=checker)


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))
