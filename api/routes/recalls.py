"""Recalls: who was told a version that holds no more, telling them, and the receipts."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, StringConstraints

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named
from bot.personal_numbers import masked
from crm import access, db, recalls
from crm.access import Member
from crm.db import Session
from crm.errors import Invalid
from crm.events import Actor
from crm.models import Recall
from crm.recalls import Receipt, Told, Version
from routing import recalling

router = APIRouter(prefix="/api/v1/recalls", tags=["Recall"], responses=TOLD)

Remark = Annotated[str, Clean, StringConstraints(max_length=recalls.LONGEST_REMARK)]


# Each is shown with what they would be told; of more than this nobody reads them all.
SHOWN = 300


class VersionName(BaseModel):
    language: Literal["en", "es", "ko"]
    version: int


class AffectedView(BaseModel):
    """One person. `name` is null for members who may not read talks; `hindrance` says why they
    would not be told; `text` is what they would be told."""

    contact: str
    name: str | None
    language: str
    channel: str
    conversation: str
    message: str
    versions: list[VersionName]
    told_at: datetime
    hindrance: str | None
    mail: bool
    text: str


class AffectedList(BaseModel):
    """The first of them with `counts`; `more` are there and would be told like these, among them
    those whom a wall keeps from you."""

    article: str
    reason: str
    versions: list[VersionName]
    items: list[AffectedView]
    counts: dict[str, int]
    more: int
    next: str | None = None


class NewRecall(BaseModel):
    """Without `versions` all that hold no more; without `reason` what the article shows."""

    article: Named
    versions: list[VersionName] = []
    reason: Literal["withdrawn", "corrected"] | None = None
    remark: dict[Literal["en", "es", "ko"], Remark] = {}


class NoticeView(BaseModel):
    contact: str
    name: str | None
    channel: str
    conversation: str
    message: str | None
    state: Literal["due", "skipped", "sending", "sent", "delivered", "read", "failed", "unknown"]
    skipped: str | None
    told_at: datetime | None


class RecallView(BaseModel):
    id: str
    article: str
    reason: str
    versions: list[VersionName]
    remark: dict[str, str]
    state: Literal["sending", "done"]
    opened_by: str
    opened_at: datetime
    done_at: datetime | None
    counts: dict[str, int]


class RecallDetail(RecallView):
    notices: list[NoticeView]


class RecallList(BaseModel):
    items: list[RecallView]
    next: str | None = None


@router.get("/affected")
def affected(
    request: Request,
    member: AMember,
    article: Named,
    version: Annotated[list[str] | None, Query(description="such as en:1")] = None,
) -> AffectedList:
    """Everybody who was told a version that holds no more, with what each would be told."""
    access.must(member, "recall.read")
    here, only = desk.of(request), [_named(said) for said in version or []]
    with db.reading(here.engine) as s:
        return preview(s, member, article, only, zone=here.settings.hours.zone)


@router.get("")
def list_recalls(request: Request, member: AMember) -> RecallList:
    """The last recalls, the newest first, with their receipts counted."""
    access.must(member, "recall.read")
    with db.reading(desk.of(request).engine) as s:
        rows = recalls.listed(s)
        return RecallList(items=[summary(row, recalls.receipts(s, row)) for row in rows])


@router.post("", status_code=201)
def open_recall(request: Request, member: AMember, new: NewRecall) -> RecallDetail:
    """One act: all who are affected are told, each on their channel and in their language."""
    access.must(member, "recall.write")
    with db.transaction(desk.of(request).engine) as s:
        plan = recalling.plan(s, new.article, [(v.language, v.version) for v in new.versions])
        row = recalls.open_(
            s,
            Actor("counselor", member.id),
            article=new.article,
            versions=plan.versions,
            reason=new.reason or plan.reason,
            remark={str(language): said for language, said in new.remark.items()},
        )
        return detail(s, member, row)


@router.get("/{recall_id}")
def get_recall(request: Request, member: AMember, recall_id: Named) -> RecallDetail:
    """A recall with what became of every notice."""
    access.must(member, "recall.read")
    with db.reading(desk.of(request).engine) as s:
        return detail(s, member, recalls.get(s, recall_id))


def preview(
    s: Session,
    member: Member,
    article: str,
    only: list[Version],
    *,
    zone: str,
    remark: dict[str, str] | None = None,
) -> AffectedList:
    """What a recall of an article would do, its days by the desk's clock."""
    plan = recalling.plan(s, article, only)
    people, number = recalls.told(
        s, article, plan.versions, limit=SHOWN, behind_walls=member.kept_from
    )
    items = [
        _affected(
            member, person, recalling.text(s, article, plan.reason, remark or {}, person, zone)
        )
        for person in people
    ]
    return AffectedList(
        article=article,
        reason=plan.reason,
        versions=_names(plan.versions),
        items=items,
        counts=Counter(item.hindrance or "to_tell" for item in items),
        more=number - len(items),
    )


def detail(s: Session, member: Member, row: Recall) -> RecallDetail:
    found = recalls.receipts(s, row)
    fields = summary(row, found).model_dump()
    seen = [x for x in found if not access.is_walled(member, x.contact.id, x.conversation.id)]
    return RecallDetail(**fields, notices=[_notice(member, receipt) for receipt in seen])


def summary(row: Recall, found: list[Receipt]) -> RecallView:
    return RecallView(
        id=row.id,
        article=row.article,
        reason=row.reason,
        versions=_names([(language, number) for language, number in row.versions]),
        remark=row.remark,
        state=row.state,  # type: ignore[arg-type]  # the table's own constraint
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        done_at=row.done_at,
        counts=Counter(receipt.notice.skipped or receipt.state for receipt in found),
    )


def _affected(member: Member, person: Told, text: str) -> AffectedView:
    return AffectedView(
        contact=person.contact.id,
        name=_name(member, person.contact.name),
        language=person.message.language,
        channel=person.conversation.channel,
        conversation=person.conversation.id,
        message=person.message.id,
        versions=_names(person.versions),
        told_at=person.message.created_at,
        hindrance=person.hindrance,
        mail=person.mail is not None,
        text=text,
    )


def _notice(member: Member, receipt: Receipt) -> NoticeView:
    return NoticeView(
        contact=receipt.contact.id,
        name=_name(member, receipt.contact.name),
        channel=receipt.conversation.channel,
        conversation=receipt.conversation.id,
        message=receipt.notice.notice_id,
        state=receipt.state,  # type: ignore[arg-type]  # the tables' own constraints
        skipped=receipt.notice.skipped,
        told_at=receipt.notice.told_at,
    )


def _name(member: Member, name: str | None) -> str | None:
    return masked(name) if name and access.may(member, "conversation.read") else None


def _names(versions: list[Version] | tuple[Version, ...]) -> list[VersionName]:
    return [VersionName(language=language, version=number) for language, number in versions]  # type: ignore[arg-type]  # versions of the record


def _named(said: str) -> Version:
    language, _, number = said.partition(":")
    if language not in recalls.LANGUAGES or not (number.isascii() and number.isdigit()):
        raise Invalid("version is written as en:1.", field="version")
    return language, min(int(number), 2**31 - 1)
