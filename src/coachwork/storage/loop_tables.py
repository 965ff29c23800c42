"""The tables of the learning loop: reactions, what is paused, the labelling queue, runs of pipelines.

See `storage/tables.py`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
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

reactions = Table(
    "reactions",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("key", String(128), nullable=False, unique=True),
    Column("condition", String(32), nullable=False),
    Column("action", String(32), nullable=False),
    Column("photos", JSON, nullable=False),
    Column("why", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("ended_by", Text, nullable=False, server_default=""),
    Column("ended_at", UtcTime),
    Column("ended_why", Text, nullable=False, server_default=""),
    Index(None, "action", "state"),
    sqlite_autoincrement=True,
)

reaction_pauses = Table(
    "reaction_pauses",
    metadata,
    Column("action", String(32), primary_key=True),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""Actions that nothing takes by itself as long as they stand here."""

labelling_queue = Table(
    "labelling_queue",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("case", ForeignKey("cases.id"), nullable=False, index=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("reaction", ForeignKey("reactions.number"), nullable=False, index=True),
    Column("why", Text, nullable=False),
    Column("rank", Float, nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("changed", UtcTime, nullable=False),
    UniqueConstraint("tenant", "sha256"),
    sqlite_autoincrement=True,
)
"""Photos that people should label next, those of the lowest rank first."""

pipeline_runs = Table(
    "pipeline_runs",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("pipeline", String(32), nullable=False),
    Column("key", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("why", Text, nullable=False),
    Column("begun", UtcTime, nullable=False),
    Column("alive", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Column("result", JSON, nullable=False),
    UniqueConstraint("pipeline", "key"),
    sqlite_autoincrement=True,
)
"""One row for each input that a pipeline worked on: the same input again finds its row."""
