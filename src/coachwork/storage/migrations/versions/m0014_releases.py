"""Releases: what counted when, who follows, what challengers said; and the bundle beside each result."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """See the module."""
    op.create_table(
        "release_notices",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_release_notices")),
    )
    op.create_table(
        "release_servers",
        sa.Column("server", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("champion", sa.Text(), nullable=False),
        sa.Column("challenger", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("server", name=op.f("pk_release_servers")),
    )
    op.create_table(
        "releases",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("release", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_releases")),
    )
    op.create_table(
        "release_comparisons",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=64), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("champion_digest", sa.String(length=64), nullable=False),
        sa.Column("challenger_digest", sa.String(length=64), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("slower", sa.Boolean(), nullable=False),
        sa.Column("disagrees", sa.Boolean(), nullable=False),
        sa.Column("champion_verdict", sa.String(length=16), nullable=False),
        sa.Column("challenger_verdict", sa.String(length=16), nullable=True),
        sa.Column("champion_damages", sa.Integer(), nullable=False),
        sa.Column("challenger_damages", sa.Integer(), nullable=True),
        sa.Column("boxes", sa.Float(), nullable=True),
        sa.Column("masks", sa.Float(), nullable=True),
        sa.Column("champion_ms", sa.Float(), nullable=False),
        sa.Column("challenger_ms", sa.Float(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_release_comparisons_case")),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_release_comparisons_tenant")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_release_comparisons")),
    )
    with op.batch_alter_table("release_comparisons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_release_comparisons_case"), ["case"], unique=False)
        batch_op.create_index(batch_op.f("ix_release_comparisons_tenant"), ["tenant"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_release_comparisons_trial_disagrees"), ["trial", "disagrees"], unique=False
        )

    with op.batch_alter_table("results", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bundle_name", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("bundle_version", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("bundle_digest", sa.String(length=64), nullable=True))
