"""The table of photos that a client puts into the store itself, by a signed address; see `storage/tables.py`."""

from sqlalchemy import Column, ForeignKey, String, Table

from coachwork.storage.columns import UtcTime
from coachwork.storage.tables import metadata

direct_uploads = Table(
    "direct_uploads",
    metadata,
    Column("upload", ForeignKey("uploads.id"), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("ends", UtcTime, nullable=False),
)
"""Addresses at this service end with a token, of which the digest is kept; bytes in a bucket lie under the upload."""
