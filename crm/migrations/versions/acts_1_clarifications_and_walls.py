"""clarifications and walls"""

import sqlalchemy as sa
from alembic import op

revision = "acts_1"
down_revision = "phone_2"
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
        sa.UniqueConstraint(
            "tender", "question", "edition", name=op.f("uq_clarifications_tender_question_edition")
        ),
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
    op.create_table(
        "matters",
        sa.Column("conversation_id", sa.String(length=24), nullable=False),
        sa.Column("tender", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_matters_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "tender", name=op.f("pk_matters")),
    )
    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matters_tender"), ["tender"], unique=False)
    op.create_table(
        "walls",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("counselor_id", sa.String(length=24), nullable=False),
        sa.Column("tender", sa.String(length=60), nullable=True),
        sa.Column("organisation", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("set_by", sa.String(length=24), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.String(length=24), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(tender IS NULL) <> (organisation IS NULL)", name=op.f("ck_walls_about_one")
        ),
        sa.ForeignKeyConstraint(
            ["counselor_id"], ["counselors.id"], name=op.f("fk_walls_counselor_id_counselors")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["counselors.id"], name=op.f("fk_walls_lifted_by_counselors")
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["counselors.id"], name=op.f("fk_walls_set_by_counselors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walls")),
    )
    with op.batch_alter_table("walls", schema=None) as batch_op:
        batch_op.create_index("ix_walls_counselor", ["counselor_id", "ends_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_walls_organisation"), ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_walls_tender"), ["tender"], unique=False)
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(length=10), server_default="email", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.drop_column("kind")
    with op.batch_alter_table("walls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_walls_tender"))
        batch_op.drop_index(batch_op.f("ix_walls_organisation"))
        batch_op.drop_index("ix_walls_counselor")
    op.drop_table("walls")
    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matters_tender"))
    op.drop_table("matters")
    op.drop_table("clarifications_told")
    op.drop_table("clarifications")
