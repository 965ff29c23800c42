"""People who sign in by an OpenID provider; photos that clients put into the store themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """See the module."""
    op.create_table(
        "person_identities",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=512), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("linked", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_person_identities_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_person_identities_issuer_subject")),
    )
    op.create_index(op.f("ix_person_identities_person"), "person_identities", ["person"])
    op.create_table(
        "openid_sign_ins",
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=64), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=True),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_openid_sign_ins")),
    )
    op.create_table(
        "direct_uploads",
        sa.Column("upload", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_direct_uploads_tenant")),
        sa.ForeignKeyConstraint(["upload"], ["uploads.id"], name=op.f("fk_direct_uploads_upload")),
        sa.PrimaryKeyConstraint("upload", name=op.f("pk_direct_uploads")),
        sa.UniqueConstraint("digest", name=op.f("uq_direct_uploads_digest")),
    )
