"""Which conversation a provider's own thread belongs to, for channels that have threads."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class ThreadKey(Base):
    """One name of a thread, such as a mail's Message-ID. Only its digest is kept: some ids hold
    names of people and machines.
    """

    __tablename__ = "thread_keys"
    __table_args__ = (UniqueConstraint("account", "digest"),)

    id: Mapped[str] = mapped_column(String(24), primary_key=True, default=new_id)
    account: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
