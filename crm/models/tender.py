"""A tender as the desk knows it: enough to find it, name it and see how near its closing is."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Tender(Base):
    __tablename__ = "tenders"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(40), index=True)
    buyer: Mapped[str] = mapped_column(String(200))
    value: Mapped[dict[str, Any] | None]
    enquiry_ends: Mapped[datetime | None]
    tender_ends: Mapped[datetime | None]
