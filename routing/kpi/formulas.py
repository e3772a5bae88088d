"""The formulas. One that was ever published is never changed: a new version is added after it.

A figure is a sum of measures, divided by another sum where there is one. Sums are whole numbers,
so a figure is the same float wherever it is computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crm.errors import Invalid, NotFound

Unit = Literal["share", "seconds", "index", "count"]


@dataclass(frozen=True, slots=True)
class Formula:
    """`over` and `under` are measures with their signs; `divisor` turns milliseconds to seconds."""

    kpi: str
    version: int
    over: tuple[str, ...]
    under: tuple[str, ...] = ()
    unit: Unit = "share"
    divisor: int = 1

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name.lstrip("-") for name in (*self.over, *self.under)))

    @property
    def text(self) -> str:
        """The formula as it is published, in the names of the measures."""
        over = _sum(self.over)
        if not self.under:
            return over
        under = _sum(self.under)
        return f"{over} / {under}" + (f" / {self.divisor}" if self.divisor > 1 else "")

    def value(self, sums: Mapping[str, int]) -> float | None:
        """The figure, or None where there was nothing to divide by."""
        over = _add(self.over, sums)
        if not self.under:
            return float(over)
        under = _add(self.under, sums) * self.divisor
        return over / under if under > 0 else None

    def n(self, sums: Mapping[str, int]) -> int:
        """How many the figure rests on: contacts, talks, surveys, or milliseconds of presence."""
        return _add(self.under or self.over, sums)


OFFERED = ("answered", "abandoned")
WAITED = ("answered", "abandoned", "-abandoned_short")
HANDLING = ("talk_ms", "hold_ms", "wrap_ms")

FORMULAS = (
    Formula("volume", 1, ("contacts",), unit="count"),
    Formula("offered", 1, OFFERED, unit="count"),
    Formula("service_level", 1, ("answered_in",), OFFERED),
    Formula("service_level", 2, ("answered_in",), WAITED),
    Formula("service_level_answered", 1, ("answered_in",), ("answered",)),
    Formula("asa", 1, ("wait_ms",), ("answered",), "seconds", 1000),
    Formula("response_rate", 1, ("answered",), OFFERED),
    Formula("abandonment", 1, ("abandoned",), OFFERED),
    Formula("abandonment", 2, ("abandoned", "-abandoned_short"), WAITED),
    Formula("short_abandonment", 1, ("abandoned_short",), OFFERED),
    Formula("aht", 1, HANDLING, ("handled",), "seconds", 1000),
    Formula("talk_time", 1, ("talk_ms",), ("handled",), "seconds", 1000),
    Formula("hold_time", 1, ("hold_ms",), ("handled",), "seconds", 1000),
    Formula("wrap_time", 1, ("wrap_ms",), ("handled",), "seconds", 1000),
    Formula("occupancy", 1, ("busy_ms",), ("busy_ms", "idle_ms")),
    Formula("fcr", 1, ("closed", "-repeated"), ("closed",)),
    Formula("fcr", 2, ("closed", "-person_repeated"), ("closed",)),
    Formula("repeat_contact", 1, ("repeats",), ("handed",)),
    Formula("repeat_contact", 2, ("person_repeats",), ("handed",)),
    Formula("csat", 1, ("survey_points",), ("surveys",), "index"),
    Formula("survey_response", 1, ("talk_surveys",), ("closed",)),
    Formula("containment_confirmed", 1, ("bot_confirmed",), ("bot_talks",)),
    Formula("containment_assumed", 1, ("bot_assumed",), ("bot_talks",)),
    Formula("bot_time", 1, ("bot_ms",), ("bot_turns",), "seconds", 1000),
    Formula("human_first_response", 1, ("human_first_ms",), ("human_firsts",), "seconds", 1000),
)
NAMES = tuple(dict.fromkeys(f.kpi for f in FORMULAS))
CURRENT = {f.kpi: f for f in FORMULAS}  # the last version of each


def find(kpi: str, version: str | None) -> Formula:
    """A formula by name and version (`2`, `v2` or `service_level.2`), the newest without one."""
    if kpi not in CURRENT:
        raise NotFound(f"There is no such figure. There are: {', '.join(NAMES)}.")
    if not version:
        return CURRENT[kpi]
    wanted = version.removeprefix(f"{kpi}.").removeprefix("v")
    for formula in FORMULAS:
        if formula.kpi == kpi and str(formula.version) == wanted:
            return formula
    known = ", ".join(str(f.version) for f in FORMULAS if f.kpi == kpi)
    raise Invalid(f"formula is a version of {kpi}: {known}.", field="formula")


def _add(names: tuple[str, ...], sums: Mapping[str, int]) -> int:
    return sum(
        -sums.get(name[1:], 0) if name.startswith("-") else sums.get(name, 0) for name in names
    )


def _sum(names: tuple[str, ...]) -> str:
    text = " ".join(f"- {n[1:]}" if n.startswith("-") else f"+ {n}" for n in names)[2:]
    return f"({text})" if len(names) > 1 else text
