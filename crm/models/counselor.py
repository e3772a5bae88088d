"""Who signs in to the desk: counselors, and the roles around them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Counselor(Base):
    __tablename__ = "counselors"
    __table_args__ = (
        CheckConstraint(
            "role IN ('counselor','senior','supervisor','editor','admin','auditor')",
            name="role_known",
        ),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    languages: Mapped[list[Any]]
    queues: Mapped[list[Any]]
    # The language of the console.
    interface: Mapped[str] = mapped_column(String(2), default="en")
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class SignIn(Base):
    """A session cookie's other half; the cookie's value is kept only as a digest."""

    __tablename__ = "sign_ins"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(48))
    expires_at: Mapped[datetime]


class PersonalToken(Base):
    __tablename__ = "personal_tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"), index=True)
    # What its owner calls it, to know it again in the list.
    label: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
