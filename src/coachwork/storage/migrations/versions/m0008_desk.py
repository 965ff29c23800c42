"""Messages, views of the queue, photos that go."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """See the module."""
    op.create_table(
        "dropped_photos",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_dropped_photos_tenant")),
        sa.PrimaryKeyConstraint("tenant", "sha256", name=op.f("pk_dropped_photos")),
    )
    op.create_table(
        "message_reads",
        sa.Column("case", sa.String(length=64), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_message_reads_case")),
        sa.PrimaryKeyConstraint("case", name=op.f("pk_message_reads")),
    )
    op.create_table(
        "messages",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("views", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_key", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_messages_case")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_messages")),
        sa.UniqueConstraint("case", "request_key", name=op.f("uq_messages_case_request_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_case"), ["case"], unique=False)

    op.create_table(
        "queue_views",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_queue_views_person")),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_queue_views_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_views")),
    )
    with op.batch_alter_table("queue_views", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queue_views_tenant"), ["tenant"], unique=False)

    op.create_table(
        "queue_defaults",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("view", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_queue_defaults_person")),
        sa.ForeignKeyConstraint(["view"], ["queue_views.id"], name=op.f("fk_queue_defaults_view")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_queue_defaults")),
    )
