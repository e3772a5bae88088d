"""clarifications and walls"""

import sqlalchemy as sa
from alembic import op

revision = "acts_1"
down_revision = "brain_2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clarifications",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("tender", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("question", sa.String(length=80), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarifications")),
        sa.UniqueConstraint("tender", "question", "edition", name=op.f("uq_clarifications_tender")),
    )
    with op.batch_alter_table("clarifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clarifications_number"), ["number"], unique=False)
        batch_op.create_index(
            "ix_clarifications_untold",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("told_at IS NULL"),
            postgresql_where=sa.text("told_at IS NULL"),
        )
    op.create_table(
        "clarifications_told",
        sa.Column("clarification_id", sa.String(length=24), nullable=False),
        sa.Column("contact_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["clarification_id"],
            ["clarifications.id"],
            name=op.f("fk_clarifications_told_clarification_id_clarifications"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_clarifications_told_contact_id_contacts"),
        ),
        sa.PrimaryKeyConstraint(
            "clarification_id", "contact_id", name=op.f("pk_clarifications_told")
        ),
    )


def downgrade() -> None:
    op.drop_table("clarifications_told")
    op.drop_table("clarifications")
