"""An owner token of the core, readable only by the desk's own key and for one holder."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from crm.db import Base, new_id


class Credential(Base):
    __tablename__ = "credentials"
    __table_args__ = (
        UniqueConstraint("kind", "object"),
        Index("ix_credentials_holder", "contact_id", "organisation", "tender"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(12))
    object: Mapped[str] = mapped_column(String(64))
    tender: Mapped[str | None] = mapped_column(String(64))
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id"))
    organisation: Mapped[str] = mapped_column(String(200))
    # AES-256-GCM, the nonce before the text; holder and object are authenticated with it.
    secret: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
