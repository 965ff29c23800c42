"""Lots of listings, terms of valuations, links to reports, comparisons of two inspections."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """See the module."""
    op.create_table(
        "lots",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_lots_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("tenant", "name", name=op.f("uq_lots_tenant_name")),
    )
    op.create_table(
        "valuation_terms",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_valuation_terms_tenant")),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_valuation_terms")),
    )
    op.create_table(
        "comparisons",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("after", sa.String(length=64), nullable=False),
        sa.Column("charges", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("found", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_key", sa.String(length=255), nullable=True),
        sa.Column("request_digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["after"], ["cases.id"], name=op.f("fk_comparisons_after")),
        sa.ForeignKeyConstraint(["before"], ["cases.id"], name=op.f("fk_comparisons_before")),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_comparisons_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparisons")),
        sa.UniqueConstraint("tenant", "request_key", name=op.f("uq_comparisons_tenant_request_key")),
    )
    with op.batch_alter_table("comparisons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comparisons_after"), ["after"], unique=False)
        batch_op.create_index(batch_op.f("ix_comparisons_before"), ["before"], unique=False)
        batch_op.create_index(batch_op.f("ix_comparisons_tenant_id"), ["tenant", "id"], unique=False)

    op.create_table(
        "lot_listings",
        sa.Column("case", sa.String(length=64), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_lot_listings_case")),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name=op.f("fk_lot_listings_lot")),
        sa.PrimaryKeyConstraint("case", name=op.f("pk_lot_listings")),
    )
    with op.batch_alter_table("lot_listings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_listings_lot"), ["lot"], unique=False)

    op.create_table(
        "report_links",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=64), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("amounts", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_report_links_case")),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_report_links_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_report_links_digest")),
    )
    with op.batch_alter_table("report_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_links_case"), ["case"], unique=False)

    op.create_table(
        "comparison_marks",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("comparison", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comparison"], ["comparisons.id"], name=op.f("fk_comparison_marks_comparison")),
        sa.ForeignKeyConstraint(["undoes"], ["comparison_marks.number"], name=op.f("fk_comparison_marks_undoes")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_comparison_marks")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("comparison_marks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comparison_marks_comparison"), ["comparison"], unique=False)
