"""Reactions of the learning loop, what is paused, the labelling queue, runs of pipelines."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """See the module."""
    op.create_table(
        "pipeline_runs",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("pipeline", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("begun", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alive", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pipeline_runs")),
        sa.UniqueConstraint("pipeline", "key", name=op.f("uq_pipeline_runs_pipeline_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reaction_pauses",
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("action", name=op.f("pk_reaction_pauses")),
    )
    op.create_table(
        "reactions",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("condition", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reactions")),
        sa.UniqueConstraint("key", name=op.f("uq_reactions_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("reactions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reactions_action_state"), ["action", "state"], unique=False)

    op.create_table(
        "labelling_queue",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reaction", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("rank", sa.Float(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_labelling_queue_case")),
        sa.ForeignKeyConstraint(["reaction"], ["reactions.number"], name=op.f("fk_labelling_queue_reaction")),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_labelling_queue_tenant")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_labelling_queue")),
        sa.UniqueConstraint("tenant", "sha256", name=op.f("uq_labelling_queue_tenant_sha256")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("labelling_queue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labelling_queue_case"), ["case"], unique=False)
        batch_op.create_index(batch_op.f("ix_labelling_queue_reaction"), ["reaction"], unique=False)
        batch_op.create_index(batch_op.f("ix_labelling_queue_sha256"), ["sha256"], unique=False)
