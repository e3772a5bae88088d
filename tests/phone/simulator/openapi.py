"""Judging a request to Twilio's REST side by Twilio's own published description of it."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "web" / "node_modules" / "@twilio-alpha" / "mcp"
FORM = "application/x-www-form-urlencoded"


def description() -> Path:
    return PACKAGE / "twilio-oai" / "spec" / "json" / "twilio_api_v2010.json"


@cache
def _spec() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(description().read_text("utf-8"))
    return told


def enum(name: str) -> set[str]:
    """Twilio's own list of codes: `call_enum_status` and the like."""
    return set(_spec()["components"]["schemas"][name]["enum"])


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """Templates with the fewest variables first, so that the closest one matches."""
    templates = sorted(_spec()["paths"], key=lambda t: t.count("{"))
    return [
        (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+?)", re.escape(t)) + "$"), t)
        for t in templates
    ]


def match(path: str) -> tuple[str, dict[str, str]] | None:
    for pattern, template in _paths():
        found = pattern.match(path)
        if found:
            return template, found.groupdict()
    return None


def faults(method: str, path: str, fields: list[tuple[str, str]]) -> list[str]:
    """What Twilio would refuse, in words; none for a good request."""
    found = match(path)
    if found is None:
        return [f"20404: no such path {path}"]
    template, names = found
    operation = _spec()["paths"][template].get(method.lower())
    if operation is None:
        return [f"20004: {method} is not allowed on {template}"]
    wrong = []
    for parameter in operation.get("parameters", []):
        schema = _resolved(parameter["schema"])
        if parameter["in"] == "path":
            wrong += _value(parameter["name"], names[parameter["name"]], schema)
    if method == "POST":
        wrong += _form(operation, fields)
    return wrong


def _form(operation: dict[str, Any], fields: list[tuple[str, str]]) -> list[str]:
    body = operation.get("requestBody", {}).get("content", {}).get(FORM, {})
    schema = _resolved(body.get("schema", {}))
    properties = schema.get("properties", {})
    given = [name for name, _ in fields]
    wrong = [f"21201: {name} is missing" for name in schema.get("required", []) if
             name not in given]  # fmt: skip
    for name, value in fields:
        if name not in properties:
            wrong.append(f"{name}: no such field")
            continue
        of = _resolved(properties[name])
        if of.get("type") == "array":
            of = _resolved(of["items"])
        elif given.count(name) > 1:
            wrong.append(f"{name} is given twice")
        wrong += _value(name, value, of)
    return wrong


def _value(name: str, value: str, schema: dict[str, Any]) -> list[str]:
    if "enum" in schema and value not in schema["enum"]:
        return [f"{name}={value!r}: not one of {schema['enum']}"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{name}={value!r}: not like {schema['pattern']}"]
    if schema.get("type") == "integer" and not re.fullmatch(r"-?\d+", value):
        return [f"{name}={value!r}: not a whole number"]
    if schema.get("type") == "boolean" and value not in {"true", "false", "True", "False"}:
        return [f"{name}={value!r}: neither true nor false"]
    if schema.get("format") == "uri" and not urlsplit(value).scheme:
        return [f"{name}={value!r}: not a whole address"]
    return []


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: Any = _spec()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _resolved(found)
    return schema
