"""Walls: whom an interest keeps from the talks, acts and tickets of a tender or of a firm."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, StringConstraints

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from crm import access, db, walls
from crm.events import Actor
from crm.models import Wall
from routing import conflicts

router = APIRouter(prefix="/api/v1/walls", tags=["Walls"], responses=TOLD)


class NewWall(BaseModel):
    """`tender` is its number. Name it or an `organisation`, not both."""

    counselor: Named
    tender: Annotated[str, Plain, StringConstraints(max_length=60)] | None = None
    organisation: Annotated[str, Plain, StringConstraints(max_length=200)] | None = None
    reason: Annotated[str, Clean, StringConstraints(min_length=1, max_length=500)]
    ends_at: AwareDatetime


class WallView(BaseModel):
    """`stands` says whether it keeps anybody from anything now."""

    id: str
    counselor: str
    tender: str | None
    organisation: str | None
    reason: str
    set_by: str
    set_at: datetime
    ends_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    stands: bool


class WallList(BaseModel):
    items: list[WallView]
    next: str | None = None


@router.get("")
def list_walls(request: Request, member: AMember) -> WallList:
    """All walls, those that stand now first."""
    access.must(member, "wall.read")
    with db.reading(desk.of(request).engine) as s:
        return WallList(items=[view(wall) for wall in walls.every(s)])


@router.post("", status_code=201)
def put_up(request: Request, member: AMember, new: NewWall) -> WallView:
    """Keep somebody from a tender or a firm until a moment. What they hold of it goes back to its
    queue at once."""
    access.must(member, "wall.write")
    with db.transaction(desk.of(request).engine) as s:
        wall = conflicts.put_up(
            s,
            member,
            counselor=new.counselor,
            tender=new.tender,
            organisation=new.organisation,
            reason=new.reason,
            ends_at=new.ends_at,
        )
        return view(wall)


@router.post("/{wall_id}/lift")
def lift(request: Request, member: AMember, wall_id: str) -> WallView:
    """The interest is over before its time; nobody lifts a wall before themselves."""
    access.must(member, "wall.write")
    with db.transaction(desk.of(request).engine) as s:
        return view(walls.lift(s, Actor("counselor", member.id), wall_id))


def view(wall: Wall) -> WallView:
    return WallView(
        id=wall.id,
        counselor=wall.counselor_id,
        tender=wall.tender,
        organisation=wall.organisation,
        reason=wall.reason,
        set_by=wall.set_by,
        set_at=wall.set_at,
        ends_at=wall.ends_at,
        lifted_by=wall.lifted_by,
        lifted_at=wall.lifted_at,
        stands=walls.stands(wall),
    )
