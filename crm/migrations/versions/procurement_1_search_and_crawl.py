"""procurement: search and crawl of tenders

Tenders come from a core now: those that only a demo had put up are left to be read anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "procurement_1"
down_revision = "console_1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crawls",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("cursor", sa.String(length=500), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at_end_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_crawls")),
    )
    op.create_table(
        "tender_terms",
        sa.Column("term", sa.String(length=40), nullable=False),
        sa.Column("place_in_line", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("term", "place_in_line", name=op.f("pk_tender_terms")),
        sqlite_with_rowid=False,
    )
    op.execute("DELETE FROM tenders")
    with op.batch_alter_table("tenders", schema=None) as batch:
        batch.add_column(sa.Column("core_id", sa.String(length=80), nullable=True))
        batch.add_column(sa.Column("place_in_line", sa.BigInteger(), nullable=False))
        batch.add_column(
            sa.Column("description", sa.String(length=2000), server_default="", nullable=False)
        )
        batch.add_column(
            sa.Column("category", sa.String(length=20), server_default="", nullable=False)
        )
        batch.add_column(
            sa.Column("place", sa.String(length=200), server_default="", nullable=False)
        )
        batch.add_column(sa.Column("amount", sa.Double(), nullable=True))
        batch.add_column(
            sa.Column("currency", sa.String(length=3), server_default="", nullable=False)
        )
        batch.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_index("ix_tenders_status_place", ["status", "place_in_line"], unique=False)
        batch.create_index(batch.f("ix_tenders_tender_ends"), ["tender_ends"], unique=False)
        batch.create_unique_constraint(batch.f("uq_tenders_core_id"), ["core_id"])
        batch.create_unique_constraint(batch.f("uq_tenders_place_in_line"), ["place_in_line"])


def downgrade() -> None:
    with op.batch_alter_table("tenders", schema=None) as batch:
        batch.drop_constraint(batch.f("uq_tenders_place_in_line"), type_="unique")
        batch.drop_constraint(batch.f("uq_tenders_core_id"), type_="unique")
        batch.drop_index(batch.f("ix_tenders_tender_ends"))
        batch.drop_index("ix_tenders_status_place")
        for name in ("changed_at", "currency", "amount", "place", "category", "description",
                     "place_in_line", "core_id"):  # fmt: skip
            batch.drop_column(name)
    op.drop_table("tender_terms")
    op.drop_table("crawls")
