"""What is remembered of photos, for watching drift."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """See the module."""
    op.create_table(
        "photo_signals",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=64), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("market", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("bundle", sa.String(length=128), nullable=False),
        sa.Column("bundle_digest", sa.String(length=64), nullable=False),
        sa.Column("readable", sa.Boolean(), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("strange", sa.Boolean(), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("brightness", sa.Float(), nullable=True),
        sa.Column("highlights", sa.Float(), nullable=True),
        sa.Column("contrast", sa.Float(), nullable=True),
        sa.Column("sharpness", sa.Float(), nullable=True),
        sa.Column("noise", sa.Float(), nullable=True),
        sa.Column("colour_cast", sa.Float(), nullable=True),
        sa.Column("glare", sa.Float(), nullable=True),
        sa.Column("short_side_px", sa.Float(), nullable=True),
        sa.Column("damages", sa.Float(), nullable=True),
        sa.Column("best_score", sa.Float(), nullable=True),
        sa.Column("damage_probability", sa.Float(), nullable=True),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("latency_ms", sa.Float(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_photo_signals_case")),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_photo_signals_tenant")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_photo_signals")),
        sa.UniqueConstraint("key", name=op.f("uq_photo_signals_key")),
    )
    with op.batch_alter_table("photo_signals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_signals_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_signals_case"), ["case"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_signals_tenant_at"), ["tenant", "at"], unique=False)
