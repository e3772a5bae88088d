"""A canned reply: what the desk says often, worded once in each of its languages."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Reply(Base):
    __tablename__ = "replies"

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    # What counselors look for it by: short, and used once.
    name: Mapped[str] = mapped_column(String(60), unique=True)
    # The wording by language; a language may be missing.
    texts: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
