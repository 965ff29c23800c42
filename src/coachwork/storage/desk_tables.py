"""The tables of what people do beside results: messages, views of the queue, photos that go; see `tables.py`."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from coachwork.storage.columns import UtcTime
from coachwork.storage.tables import metadata

messages = Table(
    "messages",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("case", ForeignKey("cases.id"), nullable=False, index=True),
    Column("sender", String(16), nullable=False),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("views", JSON, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("request_key", String(255)),
    UniqueConstraint("case", "request_key"),
    sqlite_autoincrement=True,
)
"""Rows are only added."""

message_reads = Table(
    "message_reads",
    metadata,
    Column("case", ForeignKey("cases.id"), primary_key=True),
    Column("upto", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""Up to which message of the customer somebody took note."""

queue_views = Table(
    "queue_views",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False, index=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("filters", JSON, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("made", UtcTime, nullable=False),
)

queue_defaults = Table(
    "queue_defaults",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True),
    Column("view", ForeignKey("queue_views.id"), nullable=False),
)
"""The view that somebody's queue begins with."""

dropped_photos = Table(
    "dropped_photos",
    metadata,
    Column("tenant", ForeignKey("tenants.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("at", UtcTime, nullable=False),
)
"""Bytes that are to go since their photo was removed; a row goes with them."""
