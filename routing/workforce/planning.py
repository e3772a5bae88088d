"""From the record to a plan: history and bid calendar in, contacts and agents per half hour out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm import queries, rollups, shifts
from crm.db import Session
from crm.models import Shift
from routing.workforce import forecast, staffing
from routing.workforce.adherence import Adherence, Planned, Was, adherence
from routing.workforce.forecast import SLOTS, BackTest, Closings, Forecast
from routing.workforce.staffing import Demand, Goal

HISTORY = timedelta(days=400)
SLOT_SECONDS = 1800
DEFAULT_AHT = 240.0
AHT_DAYS = 28


@dataclass(frozen=True, slots=True)
class Needed:
    """Half an hour of the plan; `agents` for the mean, `agents_high` for the top of the range."""

    start: datetime
    mean: float
    low: float
    high: float
    closings: int
    agents: int
    agents_high: int
    scheduled: int


@dataclass(frozen=True, slots=True)
class Plan:
    told: Forecast
    test: BackTest
    aht: float
    needed: Sequence[Needed]


def plan(
    s: Session,
    day: date,
    *,
    zone: str,
    queue: str | None,
    goal: Goal,
    shrinkage: float,
    aht: float | None,
    daily: float,
) -> Plan:
    """The forecast of a day and the agents it takes.

    `aht` (seconds) is that of the last four weeks where None, `daily` the contacts of a day where
    there is no history. Raises Unreachable for a goal that no number of agents reaches.
    """
    local = ZoneInfo(zone)
    history = _history(s, day, local, queue)
    closings = _closings(s, day, local)
    told = forecast.forecast(history, closings, day, daily=daily)
    seconds = aht or _aht(s, day, local, queue)
    needed = []
    for slot in told.slots:
        met = staffing.agents_for(Demand(slot.mean, SLOT_SECONDS, seconds), goal).agents
        most = staffing.agents_for(Demand(slot.high, SLOT_SECONDS, seconds), goal).agents
        needed.append(
            Needed(
                start=datetime.combine(day, time(slot.index // 2, slot.index % 2 * 30), local),
                mean=slot.mean,
                low=slot.low,
                high=slot.high,
                closings=slot.closings,
                agents=met if slot.mean >= 0.05 else 0,
                agents_high=most if slot.mean >= 0.05 else 0,
                scheduled=staffing.scheduled(met, shrinkage) if slot.mean >= 0.05 else 0,
            )
        )
    return Plan(told, forecast.back_test(history, closings), seconds, needed)


def kept(s: Session, day: date, *, zone: str, until: datetime) -> dict[str, Adherence]:
    """How far each counselor with a shift on that day kept to it."""
    local = ZoneInfo(zone)
    since = datetime.combine(day, time(), local)
    end = since + timedelta(days=1)
    planned: dict[str, list[Planned]] = {}
    for shift in shifts.between(s, since, end):
        planned.setdefault(shift.counselor_id, []).extend(_parts(shift))
    # A night shift began the day before; nobody is signed in for longer than that.
    told = shifts.presence_between(s, since - shifts.LONGEST, end + shifts.LONGEST)
    states: dict[str, list[Was]] = {}
    for event in told:
        counselor = event.data.get("counselor")
        if counselor:
            states.setdefault(counselor, []).append(Was(event.at, event.data.get("state") or ""))
    return {who: adherence(parts, states.get(who, []), until) for who, parts in planned.items()}


def _parts(shift: Shift) -> list[Planned]:
    parts, at = [], shift.starts_at
    for start, end, kind in sorted(shift.pauses):
        begins, ends = datetime.fromisoformat(start), datetime.fromisoformat(end)
        if at < begins:
            parts.append(Planned(at, begins, "work"))
        parts.append(Planned(begins, ends, kind))
        at = ends
    if at < shift.ends_at:
        parts.append(Planned(at, shift.ends_at, "work"))
    return parts


def _history(s: Session, day: date, local: ZoneInfo, queue: str | None) -> dict[date, list[float]]:
    end = datetime.combine(day, time(), local)
    span = (int((end - HISTORY).timestamp()), int(end.timestamp()))
    found: dict[date, list[float]] = {}
    for start, handed in rollups.sums(s, ("handed",), *span, {"queue": queue}):
        moment = datetime.fromtimestamp(start, UTC).astimezone(local)
        counts = found.setdefault(moment.date(), [0.0] * SLOTS)
        counts[moment.hour * 2 + moment.minute // 30] += int(handed or 0)
    return found


def _closings(s: Session, day: date, local: ZoneInfo) -> Closings:
    since = datetime.combine(day, time(), local) - HISTORY
    until = datetime.combine(day + timedelta(days=1), time(), local)
    found: dict[date, list[int]] = {}
    for ends in queries.tender_ends(s, since, until):
        moment = ends.astimezone(local)
        counts = found.setdefault(moment.date(), [0] * SLOTS)
        counts[moment.hour * 2 + moment.minute // 30] += 1
    return found


def _aht(s: Session, day: date, local: ZoneInfo, queue: str | None) -> float:
    end = datetime.combine(day, time(), local)
    span = (int((end - timedelta(days=AHT_DAYS)).timestamp()), int(end.timestamp()))
    names = ("talk_ms", "hold_ms", "wrap_ms", "handled")
    [(*spent, handled)] = rollups.sums(s, names, *span, {"queue": queue}, by=())
    if not handled:
        return DEFAULT_AHT
    return max(sum(int(ms or 0) for ms in spent) / int(handled) / 1000, 1.0)
