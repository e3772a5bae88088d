"""one pointer between contacts"""

import sqlalchemy as sa
from alembic import op

revision = "centre_2"
down_revision = "centre_1"
branch_labels = None
depends_on = None

# (the contact that is pointed at, who says so)
Pointer = tuple[str, str]


def upgrade() -> None:
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_by", sa.String(length=4), nullable=True))
    joined = _joined()
    op.execute("UPDATE contacts SET merged_into_id = NULL")
    change = sa.text("UPDATE contacts SET merged_into_id = :into, merged_by = :by WHERE id = :id")
    for contact, (into, by) in joined.items():
        op.get_bind().execute(change, {"id": contact, "into": into, "by": by})
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_column("same_as")
        batch_op.create_check_constraint("merged_by", "merged_by IN ('code', 'desk')")
        batch_op.create_check_constraint(
            "merged_by_whom", "(merged_into_id IS NULL) = (merged_by IS NULL)"
        )


def downgrade() -> None:
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("same_as", sa.String(length=24), nullable=True))
        batch_op.drop_constraint("merged_by_whom", type_="check")
        batch_op.drop_constraint("merged_by", type_="check")
    op.execute(
        "UPDATE contacts SET same_as = merged_into_id, merged_into_id = NULL"
        " WHERE merged_by = 'code'"
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_column("merged_by")


def _joined() -> dict[str, Pointer]:
    """All pointers, those by code in front. Where a contact had both, the row that it proved to be
    takes over what the desk said of it, unless it is somebody already."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT id, merged_into_id, same_as FROM contacts"
            " WHERE merged_into_id IS NOT NULL OR same_as IS NOT NULL ORDER BY created_at, id"
        )
    ).all()
    vouched = set(
        connection.execute(
            sa.text("SELECT contact_id FROM identities WHERE kind = 'portal'")
        ).scalars()
    )
    pointers: dict[str, Pointer] = {row.id: (row.merged_into_id, "desk") for row in rows
                                    if row.merged_into_id}  # fmt: skip
    for row in rows:
        if row.same_as is None or row.id in vouched:
            continue
        said = pointers.pop(row.id, None)
        if _leads(pointers, row.same_as, row.id):
            if pointers[row.same_as][1] == "code":
                continue
            del pointers[row.same_as]
        pointers[row.id] = (row.same_as, "code")
        free = row.same_as not in pointers and row.same_as not in vouched
        if said and free and not _leads(pointers, said[0], row.same_as):
            pointers[row.same_as] = said
    return pointers


def _leads(pointers: dict[str, Pointer], start: str, goal: str) -> bool:
    seen: set[str] = set()
    while start != goal:
        if start in seen or start not in pointers:
            return False
        seen.add(start)
        start = pointers[start][0]
    return True
