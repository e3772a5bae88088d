"""what was told, recalls, and gaps"""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "recall_1"
down_revision = "authoring_1"
branch_labels = None
depends_on = None

IN_ADDRESS = re.compile(r"/help/([a-z]{2})/")


def upgrade() -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("helpful", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("unhelpful", sa.String(length=20), nullable=True))

    op.create_table(
        "citations",
        sa.Column("message_id", sa.String(length=24), nullable=False),
        sa.Column("article", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_citations_message_id_messages")
        ),
        sa.PrimaryKeyConstraint(
            "message_id", "article", "version", "language", name=op.f("pk_citations")
        ),
    )
    with op.batch_alter_table("citations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_citations_version", ["article", "language", "version"], unique=False
        )
    _take_down_what_was_told()

    op.create_table(
        "recalls",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("article", sa.String(length=80), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("remark", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_by", sa.String(length=24), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason IN ('withdrawn','corrected')", name=op.f("ck_recalls_reason_known")
        ),
        sa.CheckConstraint("state IN ('sending','done')", name=op.f("ck_recalls_state_known")),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["counselors.id"], name=op.f("fk_recalls_opened_by_counselors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
    )
    with op.batch_alter_table("recalls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recalls_article"), ["article"], unique=False)
        batch_op.create_index("ix_recalls_state", ["state"], unique=False)

    op.create_table(
        "recall_notices",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("recall_id", sa.String(length=24), nullable=False),
        sa.Column("contact_id", sa.String(length=24), nullable=False),
        sa.Column("message_id", sa.String(length=24), nullable=False),
        sa.Column("conversation_id", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("skipped", sa.String(length=20), nullable=True),
        sa.Column("notice_id", sa.String(length=24), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('due','told','skipped')", name=op.f("ck_recall_notices_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_recall_notices_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_recall_notices_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_recall_notices_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["messages.id"], name=op.f("fk_recall_notices_notice_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["recalls.id"], name=op.f("fk_recall_notices_recall_id_recalls")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_notices")),
        sa.UniqueConstraint(
            "recall_id", "contact_id", name=op.f("uq_recall_notices_recall_id_contact_id")
        ),
    )
    with op.batch_alter_table("recall_notices", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recall_notices_contact_id"), ["contact_id"], unique=False
        )
        batch_op.create_index("ix_recall_notices_due", ["recall_id", "state"], unique=False)

    op.create_table(
        "gap_decisions",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("item_id", sa.String(length=24), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("article", sa.String(length=80), nullable=True),
        sa.Column("decided_by", sa.String(length=24), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('question','ticket')", name=op.f("ck_gap_decisions_kind_known")
        ),
        sa.CheckConstraint(
            "decision IN ('dismissed','tied','drafted')",
            name=op.f("ck_gap_decisions_decision_known"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["counselors.id"], name=op.f("fk_gap_decisions_decided_by_counselors")
        ),
        sa.PrimaryKeyConstraint("kind", "item_id", name=op.f("pk_gap_decisions")),
    )


def _take_down_what_was_told() -> None:
    """Messages said before this table was there cite in their own list."""
    connection = op.get_bind()
    said = connection.execute(
        sa.text("SELECT id, language, citations FROM messages WHERE audience = 'public'")
    )
    rows = {
        (message, str(c["article"]), int(c["version"]), _language(c, language))
        for message, language, kept in said
        for c in (json.loads(kept) if isinstance(kept, str) else kept or [])
    }
    if rows:
        table = sa.table(
            "citations",
            *(sa.column(name) for name in ("message_id", "article", "version", "language")),
        )
        names = ("message_id", "article", "version", "language")
        op.bulk_insert(table, [dict(zip(names, row, strict=True)) for row in sorted(rows)])


def _language(citation: dict[str, str], spoken: str) -> str:
    found = IN_ADDRESS.search(str(citation.get("url", "")))
    return found[1] if found else spoken


def downgrade() -> None:
    op.drop_table("gap_decisions")
    op.drop_table("recall_notices")
    op.drop_table("recalls")
    op.drop_table("citations")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("unhelpful")
        batch_op.drop_column("helpful")
