"""The tables of people, their sessions and their one-time links; see `storage/tables.py`."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from coachwork.cases.people import Role
from coachwork.storage.columns import UtcTime
from coachwork.storage.tables import metadata

people = Table(
    "people",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False, index=True),
    Column("login", String(255), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password", Text),
    Column("made", UtcTime, nullable=False),
    Column("disabled", UtcTime),
    CheckConstraint("role in ({})".format(", ".join(f"'{role}'" for role in Role)), name="role"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("begun", UtcTime, nullable=False),
    Column("seen", UtcTime, nullable=False),
    Column("ends", UtcTime, nullable=False),
)

person_links = Table(
    "person_links",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person", ForeignKey("people.id"), index=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("ends", UtcTime, nullable=False),
    Column("used", UtcTime),
)
"""A link without a person makes the first account, an admin's."""

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", UtcTime, nullable=False),
    Column("blocked_until", UtcTime, nullable=False),
)
"""Subjects are digests of accounts' logins and of callers' addresses."""
