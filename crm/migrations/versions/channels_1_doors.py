"""What the doors need: threads, parts, drafts, files still at the provider, STOP."""

import sqlalchemy as sa
from alembic import op

revision = "channels_1"
down_revision = "workforce_4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thread_keys",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_thread_keys_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_keys")),
        sa.UniqueConstraint("account", "digest", name=op.f("uq_thread_keys_account_digest")),
    )
    with op.batch_alter_table("thread_keys", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_thread_keys_conversation_id"), ["conversation_id"], unique=False
        )

    op.create_table(
        "remote_files",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("message_id", sa.String(length=24), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=1000), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "state IN ('due','done','failed')", name=op.f("ck_remote_files_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_remote_files_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_files")),
    )
    with op.batch_alter_table("remote_files", schema=None) as batch_op:
        batch_op.create_index("ix_remote_files_due", ["state", "due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_remote_files_message_id"), ["message_id"], unique=False
        )

    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subject", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("part", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("lookups", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index(
            "ix_deliveries_reference", ["channel", "provider_reference"], unique=False
        )

    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("draft", sa.String(length=10), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("draft")

    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_column("attempts")

    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_column("proven_at")
        batch_op.drop_column("stopped_at")

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_reference")
        batch_op.drop_column("lookups")
        batch_op.drop_column("part")

    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_column("seen_at")
        batch_op.drop_column("subject")

    with op.batch_alter_table("remote_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_remote_files_message_id"))
        batch_op.drop_index("ix_remote_files_due")

    op.drop_table("remote_files")
    with op.batch_alter_table("thread_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_thread_keys_conversation_id"))

    op.drop_table("thread_keys")
