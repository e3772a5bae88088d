"""reviews, translations and review dates of articles"""

import sqlalchemy as sa
from alembic import op

revision = "authoring_1"
down_revision = "brain_2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "article_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(length=24), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["article_versions.id"],
            name=op.f("fk_article_steps_version_id_article_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_steps")),
    )
    op.create_index(op.f("ix_article_steps_version_id"), "article_steps", ["version_id"])
    # SQLite would make a table anew to alter a column, and others point to these two: the defaults
    # stay in the database, where nothing relies on them.
    op.add_column("articles", sa.Column("review_on", sa.Date(), nullable=True))
    op.add_column(
        "articles",
        sa.Column("original", sa.String(length=2), nullable=False, server_default="en"),
    )
    op.add_column(
        "article_versions", sa.Column("revision", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column("article_versions", sa.Column("checked_number", sa.Integer(), nullable=True))
    op.add_column("article_versions", sa.Column("checked_revision", sa.Integer(), nullable=True))
    op.add_column(
        "article_versions", sa.Column("stale_since", sa.DateTime(timezone=True), nullable=True)
    )
    _fill()


def _fill() -> None:
    """What stands is taken to be in step: the first language is the original of the others."""
    op.execute(
        "UPDATE articles SET original = COALESCE("
        "(SELECT v.language FROM article_versions v WHERE v.article_id = articles.id"
        " ORDER BY v.created_at, v.language LIMIT 1), 'en')"
    )
    op.execute(
        "UPDATE article_versions SET checked_revision = 1, checked_number ="
        " (SELECT MAX(o.number) FROM article_versions o JOIN articles a ON a.id = o.article_id"
        "  WHERE o.article_id = article_versions.article_id AND o.language = a.original"
        "  AND o.status = 'published')"
        " WHERE language <> (SELECT a.original FROM articles a"
        "  WHERE a.id = article_versions.article_id)"
    )


def downgrade() -> None:
    with op.batch_alter_table("article_versions", schema=None) as batch_op:
        batch_op.drop_column("stale_since")
        batch_op.drop_column("checked_revision")
        batch_op.drop_column("checked_number")
        batch_op.drop_column("revision")
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.drop_column("original")
        batch_op.drop_column("review_on")
    op.drop_index(op.f("ix_article_steps_version_id"), "article_steps")
    op.drop_table("article_steps")
