"""registered phones, and the address that was written to"""

import sqlalchemy as sa
from alembic import op

revision = "phone_2"
down_revision = "recall_1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registered_phones",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=24), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_registered_phones_contact_id_contacts")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_registered_phones")),
    )
    with op.batch_alter_table("registered_phones", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registered_phones_contact_id"), ["contact_id"], unique=False
        )

    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("own_address", sa.String(length=320), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_column("own_address")
    with op.batch_alter_table("registered_phones", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registered_phones_contact_id"))
    op.drop_table("registered_phones")
