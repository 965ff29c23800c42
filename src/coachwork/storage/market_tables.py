"""The tables of listings and rentals: lots, terms of valuations, links to reports, comparisons; see `tables.py`."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from coachwork.storage.columns import UtcTime
from coachwork.storage.tables import metadata

lots = Table(
    "lots",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
    UniqueConstraint("tenant", "name"),
)

lot_listings = Table(
    "lot_listings",
    metadata,
    Column("case", ForeignKey("cases.id"), primary_key=True),
    Column("lot", ForeignKey("lots.id"), nullable=False, index=True),
)

valuation_terms = Table(
    "valuation_terms",
    metadata,
    Column("tenant", ForeignKey("tenants.id"), primary_key=True),
    Column("terms", JSON, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed", UtcTime, nullable=False),
)
"""What a tenant's cars are valued by where nothing else is asked for."""

report_links = Table(
    "report_links",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("case", ForeignKey("cases.id"), nullable=False, index=True),
    Column("terms", JSON, nullable=False),
    Column("amounts", Boolean, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
    Column("ends", UtcTime, nullable=False),
    Column("withdrawn", UtcTime),
)

comparisons = Table(
    "comparisons",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("reference", Text, nullable=False),
    Column("before", ForeignKey("cases.id"), nullable=False, index=True),
    Column("after", ForeignKey("cases.id"), nullable=False, index=True),
    Column("charges", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    Column("found", JSON(none_as_null=True)),
    Column("made_by", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
    Column("changed", UtcTime, nullable=False),
    Column("request_key", String(255)),
    Column("request_digest", String(64)),
    UniqueConstraint("tenant", "request_key"),
    Index(None, "tenant", "id"),
)

comparison_marks = Table(
    "comparison_marks",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("comparison", ForeignKey("comparisons.id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("undoes", ForeignKey("comparison_marks.number")),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
"""What people say of pairs of damages; rows are only added."""
