"""The table of photos' signals; see `coachwork.monitoring`. Rows of a case go with it, all others by age."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from coachwork.monitoring.photo_record import MEASURES
from coachwork.storage.columns import UtcTime
from coachwork.storage.tables import metadata

photo_signals = Table(
    "photo_signals",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("case", ForeignKey("cases.id"), index=True),
    Column("channel", String(16), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("market", String(64), nullable=False),
    Column("device", String(64), nullable=False),
    Column("bundle", String(128), nullable=False),
    Column("bundle_digest", String(64), nullable=False),
    Column("readable", Boolean, nullable=False),
    Column("usable", Boolean, nullable=False),
    Column("strange", Boolean),
    Column("verdict", String(16)),
    *(Column(name, Float) for name in MEASURES),
    Column("counts", JSON, nullable=False),
    Column("embedding", LargeBinary),
    Index(None, "tenant", "at"),
)
