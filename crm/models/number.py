"""Running numbers that people read out: tickets first."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Number(Base):
    __tablename__ = "numbers"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int]
