"""A telephone or browser call that belongs to a conversation, and all that hangs on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from crm.db import Base, new_id


class Call(Base):
    """One line between the desk and a contact, and where its talk stands."""

    __tablename__ = "calls"
    __table_args__ = (UniqueConstraint("provider", "provider_call_id"),)

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    provider: Mapped[str] = mapped_column(String(20))
    provider_call_id: Mapped[str] = mapped_column(String(100))
    direction: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    account: Mapped[str] = mapped_column(String(100), default="", server_default="")
    # The contact's number; none where it is withheld.
    number: Mapped[str | None] = mapped_column(String(40))
    # Where the caller stands in the talk, and how many plans were served: each address names its.
    step: Mapped[str] = mapped_column(String(20), default="language", server_default="language")
    serial: Mapped[int] = mapped_column(default=0, server_default="0")
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    turn_id: Mapped[str | None] = mapped_column(String(24))
    # What the keys 1, 2, … stand for at this step.
    choices: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    # Whether the caller agreed to be recorded; none until asked.
    recorded: Mapped[bool | None]
    # The number to ring back, once the caller has named it.
    callback_number: Mapped[str | None] = mapped_column(String(40))
    # The highest number of a status callback that was believed.
    sequence: Mapped[int] = mapped_column(default=-1, server_default="-1")
    # The room's name, a new one each time the caller enters one, and the provider's name of it.
    room: Mapped[str | None] = mapped_column(String(60))
    conference: Mapped[str | None] = mapped_column(String(100))
    held: Mapped[bool] = mapped_column(default=False, server_default="0")


class CallLeg(Base):
    """One more person in the call's conference: a counselor, a colleague, a supervisor."""

    __tablename__ = "call_legs"
    __table_args__ = (
        UniqueConstraint("call_id", "provider_call_id"),
        CheckConstraint(
            "role IN ('counselor','colleague','supervisor','former')", name="role_known"
        ),
        CheckConstraint("state IN ('due','ringing','joined','left','failed')", name="state_known"),
        CheckConstraint("mode IN ('talk','monitor','whisper')", name="mode_known"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), index=True)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"))
    provider_call_id: Mapped[str | None] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10), default="due")
    mode: Mapped[str] = mapped_column(String(10), default="talk")
    sequence: Mapped[int] = mapped_column(default=-1, server_default="-1")
    created_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]


class CallCommand(Base):
    """One thing to be done at the provider: written with its cause, done after commit."""

    __tablename__ = "call_commands"
    __table_args__ = (
        CheckConstraint("state IN ('due','sending','done','failed','unknown')", name="state_known"),
        Index("ix_call_commands_due", "state", "due_at"),
    )

    # Commands of one call are done in this order.
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), index=True)
    verb: Mapped[str] = mapped_column(String(30))
    arguments: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="due")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(200))
    done_at: Mapped[datetime | None]


class CallHook(Base):
    """A web hook that was answered, with the very bytes: the same hook again gets them again."""

    __tablename__ = "call_hooks"
    __table_args__ = (UniqueConstraint("account", "token"), UniqueConstraint("account", "key"))

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    account: Mapped[str] = mapped_column(String(100))
    # The provider's own mark of a retry, where it has one.
    token: Mapped[str | None] = mapped_column(String(200))
    # Call, step and serial: what the hook answers, whoever sends it again.
    key: Mapped[str] = mapped_column(String(200))
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(index=True)


class Recording(Base):
    """What was recorded: announced by the provider, copied here, then deleted there."""

    __tablename__ = "call_recordings"
    __table_args__ = (
        UniqueConstraint("provider_recording_id"),
        CheckConstraint("kind IN ('talk','voicemail')", name="kind_known"),
        CheckConstraint("state IN ('announced','copied','done','failed')", name="state_known"),
        Index("ix_call_recordings_due", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), index=True)
    provider_recording_id: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="announced")
    seconds: Mapped[int] = mapped_column(default=0)
    media_type: Mapped[str | None] = mapped_column(String(100))
    sha256: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(200))
    announced_at: Mapped[datetime]


class CounselorLine(Base):
    """Where a counselor is rung: the browser's soft-phone, or an ordinary phone."""

    __tablename__ = "counselor_lines"
    __table_args__ = (CheckConstraint("kind IN ('browser','phone')", name="kind_known"),)

    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    number: Mapped[str | None] = mapped_column(String(40))
