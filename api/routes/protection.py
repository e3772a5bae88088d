"""Abuse: the counselor's button, and the suspensions that supervisors review."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, StringConstraints

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Named, Plain
from crm import access, db, protection
from crm.errors import Forbidden
from crm.models import Suspension
from routing import protecting

router = APIRouter(prefix="/api/v1", tags=["Protection"], responses=TOLD)


class Abuse(BaseModel):
    kind: Literal["insult", "threat", "sexual", "discrimination", "other"]


class SuspensionView(BaseModel):
    id: str
    contact: str
    grade: int
    state: Literal["active", "upheld", "lifted"]
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    reason: str | None


class StepView(BaseModel):
    step: Literal["warn", "automated", "end"]
    rest_until: datetime | None
    suspension: SuspensionView | None


class SuspensionList(BaseModel):
    items: list[SuspensionView]
    next: str | None = None


class Review(BaseModel):
    lift: bool
    reason: Annotated[str, Plain, StringConstraints(min_length=1, max_length=300)]


@router.post("/conversations/{conversation_id}/abuse")
def report_abuse(
    request: Request, member: AMember, conversation_id: Named, abuse: Abuse
) -> StepView:
    """Take the next step: warn, then the automated voice, then the end with a suspension.

    Threats and sexual abuse are not warned about first.
    """
    if not access.may(member, "conversation.wrap"):
        raise Forbidden("Your role does not allow this.")
    here = desk.of(request)
    with db.transaction(here.engine) as s:
        taken = protecting.abused(s, here.settings, member, conversation_id, kind=abuse.kind)
        standing = taken.suspension
        return StepView(
            step=taken.step,  # type: ignore[arg-type]  # one of the protocol's three
            rest_until=taken.rest_until,
            suspension=_view(standing) if standing else None,
        )


@router.get("/suspensions")
def list_suspensions(
    request: Request, member: AMember, state: Literal["standing", "all"] = "standing"
) -> SuspensionList:
    """Who is not put through to people at present, or ever was."""
    if not access.may(member, "suspension.read"):
        raise Forbidden("Your role does not allow this.")
    with db.reading(desk.of(request).engine) as s:
        found = protection.standing_suspensions(s, member, all_=state == "all")
        return SuspensionList(items=[_view(x) for x in found])


@router.post("/suspensions/{suspension_id}/review")
def review_suspension(
    request: Request, member: AMember, suspension_id: Named, review: Review
) -> SuspensionView:
    """Uphold a suspension or lift it, once, with a reason. A lifted one does not count again."""
    if not access.may(member, "suspension.review"):
        raise Forbidden("Your role does not allow this.")
    with db.transaction(desk.of(request).engine) as s:
        return _view(
            protection.review(s, member, suspension_id, lift=review.lift, reason=review.reason)
        )


def _view(x: Suspension) -> SuspensionView:
    return SuspensionView(
        id=x.id,
        contact=x.contact_id,
        grade=x.grade,
        state=x.state,  # type: ignore[arg-type]  # checked by the table's own constraint
        starts_at=x.starts_at,
        ends_at=x.ends_at,
        ended_at=x.ended_at,
        reviewed_by=x.reviewed_by,
        reviewed_at=x.reviewed_at,
        reason=x.reason,
    )
