"""The tables of releases: what counted when, who follows, what challengers said; see `storage/tables.py`."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from coachwork.storage.columns import UtcTime
from coachwork.storage.tables import metadata

releases = Table(
    "releases",
    metadata,
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("action", String(16), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("release", JSON, nullable=False),
)
"""Rows are only ever added; the highest revision counts."""

release_servers = Table(
    "release_servers",
    metadata,
    Column("server", String(255), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("champion", Text, nullable=False),
    Column("challenger", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("dropped", Integer, nullable=False),
    Column("seen", UtcTime, nullable=False),
)
"""What each process that follows answers with."""

release_comparisons = Table(
    "release_comparisons",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("trial", Integer, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("case", ForeignKey("cases.id"), index=True),
    Column("sha256", String(64), nullable=False),
    Column("champion_digest", String(64), nullable=False),
    Column("challenger_digest", String(64), nullable=False),
    Column("problem", Text, nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("slower", Boolean, nullable=False),
    Column("disagrees", Boolean, nullable=False),
    Column("champion_verdict", String(16), nullable=False),
    Column("challenger_verdict", String(16)),
    Column("champion_damages", Integer, nullable=False),
    Column("challenger_damages", Integer),
    Column("boxes", Float),
    Column("masks", Float),
    Column("champion_ms", Float, nullable=False),
    Column("challenger_ms", Float),
    Column("at", UtcTime, nullable=False),
    Index(None, "trial", "disagrees"),
    Index(None, "tenant"),
)
"""One row for each photo that both models saw, whichever of them answered."""

release_notices = Table(
    "release_notices",
    metadata,
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    Column("due", UtcTime, nullable=False),
)
"""Which revisions somebody outside was told of."""
