"""replies, names of tokens, what was seen"""

import sqlalchemy as sa
from alembic import op

revision = "console_1"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "replies",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sa.UniqueConstraint("name", name=op.f("uq_replies_name")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seen_message_id", sa.String(length=24), nullable=True))
        batch_op.create_index("ix_conversations_accepted", ["queue", "accepted_at"])

    with op.batch_alter_table("personal_tokens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("label", sa.String(length=60), nullable=True))


def downgrade() -> None:

    with op.batch_alter_table("personal_tokens", schema=None) as batch_op:
        batch_op.drop_column("label")

    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_index("ix_conversations_accepted")
        batch_op.drop_column("seen_message_id")

    op.drop_table("replies")
