"""repeats of a person, counted anew from the journal"""

import sqlalchemy as sa
from alembic import op

revision = "centre_3"
down_revision = "centre_2"
branch_labels = None
depends_on = None

MEASURES = ("person_repeated", "person_repeats")


def upgrade() -> None:
    _forget()
    with op.batch_alter_table("kpi_intervals", schema=None) as batch_op:
        for name in MEASURES:
            batch_op.add_column(sa.Column(name, sa.BigInteger(), nullable=False))


def downgrade() -> None:
    _forget()
    with op.batch_alter_table("kpi_intervals", schema=None) as batch_op:
        for name in MEASURES:
            batch_op.drop_column(name)


def _forget() -> None:
    """The rows only repeat the journal; the worker draws them again, with what they now hold."""
    op.execute("DELETE FROM kpi_intervals")
    op.execute("DELETE FROM kpi_states")
