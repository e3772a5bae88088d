"""What the figures are called, and their formulas in words, in each language."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from routing.kpi.formulas import Formula

FOLDER = Path(__file__).parent


def name(language: str, kpi: str) -> str:
    said: str = _catalogue(language)["name"][kpi]
    return said


def formula(language: str, of: Formula) -> str:
    """The formula in words, with what its version changed."""
    told = _catalogue(language)
    changed = told["version"].get(f"{of.kpi}_{of.version}", "")
    return f"{told['formula'][of.kpi]} {changed}".strip()


@cache
def _catalogue(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
