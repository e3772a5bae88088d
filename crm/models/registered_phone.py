"""A telephone number that a proven person named as theirs, with the PIN they speak by from it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class RegisteredPhone(Base):
    __tablename__ = "registered_phones"

    # As E.164 writes it; a number is one person's.
    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    # Wrong PINs since the last right one, and until when none is tried.
    tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    registered_at: Mapped[datetime]
