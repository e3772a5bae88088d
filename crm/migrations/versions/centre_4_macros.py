"""macros and what was done with them"""

import sqlalchemy as sa
from alembic import op

revision = "centre_4"
down_revision = "team_1"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "macros",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("scope IN ('all','queue','own')", name=op.f("ck_macros_scope_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macros")),
        sa.UniqueConstraint("scope", "holder", "name", name=op.f("uq_macros_scope_holder_name")),
    )
    op.create_table(
        "macro_uses",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("macro_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("ticket_id", sa.String(length=24), nullable=False),
        sa.Column("counselor_id", sa.String(length=24), nullable=False),
        sa.Column("client_id", sa.String(length=60), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["counselor_id"], ["counselors.id"], name=op.f("fk_macro_uses_counselor_id_counselors")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_macro_uses_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro_uses")),
        sa.UniqueConstraint(
            "counselor_id", "client_id", name=op.f("uq_macro_uses_counselor_id_client_id")
        ),
    )
    with op.batch_alter_table("macro_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_macro_uses_ticket_id"), ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_table("macro_uses")
    op.drop_table("macros")
