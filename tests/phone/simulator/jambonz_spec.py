"""Judging jambonz verbs by the specification that jambonz publishes as a package."""

import json
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
SPECS = ROOT / "web" / "node_modules" / "@jambonz" / "verb-specifications" / "specs.json"
TYPES = {"string": str, "number": (int, float), "boolean": bool, "array": list, "object": dict}


@cache
def _specs() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(SPECS.read_text("utf-8"))
    return told


def faults(document: bytes) -> list[str]:
    wrong = []
    for verb in json.loads(document):
        told = {k: v for k, v in verb.items() if k != "verb"}
        wrong += faults_of(verb["verb"], told)
    return wrong


def faults_of(name: str, told: dict[str, Any]) -> list[str]:
    spec = _specs().get(name)
    if spec is None:
        return [f"there is no {name}"]
    wrong = [f"{name} lacks {key}" for key in spec.get("required", []) if key not in told]
    for key, value in told.items():
        of = spec["properties"].get(key)
        if of is None:
            wrong.append(f"{name}.{key}: no such property")
        else:
            wrong += _property(f"{name}.{key}", value, of)
    return wrong


def _property(where: str, value: Any, of: Any) -> list[str]:
    if isinstance(of, list):
        return [fault for item in value for fault in faults_of(of[0].removeprefix("#"), item)]
    if isinstance(of, dict):
        return [] if value in of.get("enum", [value]) else [f"{where}: not one of {of['enum']}"]
    if of.startswith("#"):
        return faults_of(of.removeprefix("#"), value)
    allowed = tuple(TYPES[name.strip()] for name in of.split("|"))
    fits = any(isinstance(value, kind) for kind in allowed)
    return [] if fits else [f"{where}: not {of}"]
