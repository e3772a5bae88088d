"""procurement: tenders that the core owes us, and when one is looked at again

Tenders known so far that may still change are looked at again at once.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "procurement_2"
down_revision = "centre_4"
branch_labels = None
depends_on = None

OVER = ("complete", "unsuccessful", "cancelled")


def upgrade() -> None:
    op.create_table(
        "owed_tenders",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("core_id", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("owed_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owed_tenders")),
        sa.UniqueConstraint("source", "core_id", name=op.f("uq_owed_tenders_source_core_id")),
    )
    with op.batch_alter_table("tenders", schema=None) as batch:
        batch.add_column(sa.Column("look_again_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_index(batch.f("ix_tenders_look_again_at"), ["look_again_at"], unique=False)
    tenders = sa.table(
        "tenders",
        sa.column("status", sa.String()),
        sa.column("look_again_at", sa.DateTime(timezone=True)),
    )
    op.execute(
        sa.update(tenders)
        .where(tenders.c.status.not_in(OVER))
        .values(look_again_at=datetime.now(UTC))
    )


def downgrade() -> None:
    with op.batch_alter_table("tenders", schema=None) as batch:
        batch.drop_index(batch.f("ix_tenders_look_again_at"))
        batch.drop_column("look_again_at")
    op.drop_table("owed_tenders")
