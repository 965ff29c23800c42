"""The tables of what customers do: private links, uploads in parts, answers; see `storage/tables.py`."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from coachwork.storage.columns import UtcTime
from coachwork.storage.tables import metadata

customer_links = Table(
    "customer_links",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("case", ForeignKey("cases.id"), nullable=False, index=True),
    Column("made_by", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
    Column("ends", UtcTime, nullable=False),
    Column("revoked", UtcTime),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("case", ForeignKey("cases.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("sha256", String(64)),
    Column("bytes", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("photo", String(64)),
    Column("changed", UtcTime, nullable=False),
)

upload_parts = Table(
    "upload_parts",
    metadata,
    Column("upload", ForeignKey("uploads.id"), primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""Bytes of photos that are not whole yet; they go when the photo is kept."""

customer_answers = Table(
    "customer_answers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("case", ForeignKey("cases.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("amount", String(32)),
    Column("currency", String(3)),
    Column("decision", String(64)),
    Column("text", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("request_key", String(255)),
    UniqueConstraint("case", "request_key"),
)
