"""The staffing calculator: Erlang C, or A where callers give up."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.auth import AMember
from api.errors import TOLD
from crm import access
from crm.errors import Forbidden, Invalid
from routing.workforce import staffing
from routing.workforce.staffing import Demand, Goal

router = APIRouter(prefix="/api/v1/staffing", tags=["Staffing"], responses=TOLD)

WEEK = 7 * 24 * 3600.0
Seconds = Annotated[float, Query(gt=0, le=WEEK, allow_inf_nan=False)]
Share = Annotated[float, Query(ge=0, le=1, allow_inf_nan=False)]


class StaffingView(BaseModel):
    """Shares of 1 and seconds. The last two stand there when they were asked for."""

    agents: int = Field(description="the least number of agents on the phones")
    service_level: float = Field(description="share of calls answered within the time")
    asa: float = Field(description="mean wait of all calls, seconds")
    occupancy: float = Field(description="share of their time that agents are busy")
    wait_probability: float = Field(description="share of calls that wait at all")
    scheduled: int | None = Field(None, description="agents on the roster, after shrinkage")
    abandonment: float | None = Field(None, description="share of callers who give up")


@router.get("/erlang", response_model_exclude_none=True)
def erlang(
    member: AMember,
    *,
    calls: Annotated[float, Query(ge=0, le=1e9, allow_inf_nan=False)],
    interval: Seconds,
    aht: Seconds,
    target: Share = 0.8,
    within: Annotated[float, Query(ge=0, le=WEEK, allow_inf_nan=False)] = 20.0,
    max_occupancy: Annotated[float, Query(gt=0, le=1, allow_inf_nan=False)] = 1.0,
    shrinkage: Annotated[float | None, Query(ge=0, lt=1, allow_inf_nan=False)] = None,
    patience: Annotated[float | None, Query(ge=1, le=3600, allow_inf_nan=False)] = None,
) -> StaffingView:
    """The least agents for `calls` in `interval` seconds, each `aht` seconds long, so that the
    share `target` is answered within `within` seconds.

    Erlang C; with `patience` (mean seconds) Erlang A. `max_occupancy` caps how busy they may be,
    `shrinkage` is the share of paid time away from the phones.
    """
    if not access.may(member, "staffing.read"):
        raise Forbidden("Your role does not allow this.")
    goal = Goal(target, within, max_occupancy, patience)
    try:
        met = staffing.agents_for(Demand(calls, interval, aht), goal)
        roster = None if shrinkage is None else staffing.scheduled(met.agents, shrinkage)
    except staffing.Unreachable as error:
        raise Invalid(str(error)) from error
    return StaffingView(
        agents=met.agents,
        service_level=met.service_level,
        asa=met.asa,
        occupancy=met.occupancy,
        wait_probability=met.wait_probability,
        scheduled=roster,
        abandonment=None if patience is None else met.abandonment,
    )
