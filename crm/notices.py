"""The counselors' board: notices, and who has read those that must be read."""

from collections.abc import Sequence

from sqlalchemy import func, select

from crm import clock, db, events
from crm.db import Session
from crm.errors import NotFound
from crm.events import Actor
from crm.models import Counselor, Notice, NoticeRead


def put_up(s: Session, actor: Actor, *, title: str, text: str, must_read: bool) -> Notice:
    notice = Notice(
        title=title,
        text=text,
        must_read=must_read,
        author_id=actor.id or "",
        created_at=clock.now(),
    )
    s.add(notice)
    s.flush()
    codes = {"notice": notice.id, "must_read": must_read}
    events.emit(s, "notice.put_up", actor, data=codes, content=text)
    return notice


def withdraw(s: Session, actor: Actor, notice_id: str) -> None:
    notice = get(s, notice_id)
    if notice.withdrawn_at is None:
        notice.withdrawn_at = clock.now()
        events.emit(s, "notice.withdrawn", actor, data={"notice": notice.id})


def get(s: Session, notice_id: str) -> Notice:
    notice = s.get(Notice, notice_id)
    if notice is None:
        raise NotFound("There is no such notice.")
    return notice


def read(s: Session, actor: Actor, notice_id: str) -> None:
    """Somebody has read a notice; again is the same."""
    notice = get(s, notice_id)
    db.alone(s, "notice", notice.id, actor.id or "")
    if s.get(NoticeRead, (notice.id, actor.id)) is None:
        s.add(NoticeRead(notice_id=notice.id, counselor_id=actor.id or "", at=clock.now()))
        events.emit(s, "notice.read", actor, data={"notice": notice.id})


def standing(s: Session, member_id: str) -> Sequence[tuple[Notice, bool, int]]:
    """The notices that stand, with whether the member has read each, and how many have."""
    mine = (
        select(NoticeRead.notice_id).where(NoticeRead.counselor_id == member_id).scalar_subquery()
    )
    count = (
        select(func.count())
        .where(NoticeRead.notice_id == Notice.id)
        .correlate(Notice)
        .scalar_subquery()
    )
    rows = s.execute(
        select(Notice, Notice.id.in_(mine), count)
        .where(Notice.withdrawn_at.is_(None))
        .order_by(Notice.created_at.desc())
        .limit(100)
    )
    return [(notice, bool(is_read), readers) for notice, is_read, readers in rows]


def unread_by(s: Session, notice_id: str) -> Sequence[str]:
    """The helpers who have not read a notice yet."""
    readers = select(NoticeRead.counselor_id).where(NoticeRead.notice_id == notice_id)
    return s.scalars(
        select(Counselor.id)
        .where(
            Counselor.disabled_at.is_(None),
            Counselor.role.in_(("counselor", "senior")),
            Counselor.id.not_in(readers),
        )
        .order_by(Counselor.name)
    ).all()
