"""The table of the numbers by which a case's damages are called; see `storage/tables.py`. Rows are only added."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from coachwork.storage.tables import metadata

damage_numbers = Table(
    "damage_numbers",
    metadata,
    Column("case", ForeignKey("cases.id"), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("number", Integer, nullable=False),
)
"""`key` tells where a damage was seen (`cases/damage_numbers.py`); one number has as many rows as views."""
