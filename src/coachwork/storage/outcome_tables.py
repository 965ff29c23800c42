"""The table of what repairs really cost and cars were really sold for; see `storage/tables.py`. Rows are only added."""

from sqlalchemy import Column, Date, ForeignKey, String, Table, Text

from coachwork.storage.columns import UtcTime
from coachwork.storage.tables import metadata

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("case", ForeignKey("cases.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("amount", String(32), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("on", Date, nullable=False),
    Column("paid", String(32)),
    Column("note", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
