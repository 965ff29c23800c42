"""The tables of people's corrections and of second persons' approvals; see `storage/tables.py`. Rows are only added."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text

from coachwork.storage.columns import UtcTime
from coachwork.storage.tables import metadata

corrections = Table(
    "corrections",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("case", ForeignKey("cases.id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("damage", String(128), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("undoes", ForeignKey("corrections.number")),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

approvals = Table(
    "approvals",
    metadata,
    Column("decision", ForeignKey("decisions.id"), primary_key=True),
    Column("approved", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
)
