"""The tables. What changes here needs a migration beside it (`storage/migrations/versions`); a test compares both."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from coachwork.cases.case import CaseState
from coachwork.storage.columns import UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

tenants = Table(
    "tenants",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("made", UtcTime, nullable=False),
)

service_keys = Table(
    "service_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("made", UtcTime, nullable=False),
    Column("revoked", UtcTime),
)

cases = Table(
    "cases",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("reference", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    Column("opened", UtcTime, nullable=False),
    Column("changed", UtcTime, nullable=False),
    Column("request_key", String(255)),
    Column("request_digest", String(64)),
    UniqueConstraint("tenant", "request_key"),
    CheckConstraint("state in ({})".format(", ".join(f"'{state}'" for state in CaseState)), name="state"),
    Index(None, "tenant", "state", "id"),
)

photos = Table(
    "photos",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("case", ForeignKey("cases.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("usable", Boolean, nullable=False),
    Column("advice", JSON, nullable=False),
    Column("added", UtcTime, nullable=False),
    UniqueConstraint("case", "sha256"),
    UniqueConstraint("case", "place"),
)

results = Table(
    "results",
    metadata,
    Column("case", ForeignKey("cases.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("inspection", JSON, nullable=False),
    Column("estimate", JSON),
    Column("settlement", JSON),
    Column("damages", JSON(none_as_null=True)),
    Column("signals", JSON(none_as_null=True)),
    Column("bundle_name", Text),
    Column("bundle_version", Text),
    Column("bundle_digest", String(64)),
    Column("made", UtcTime, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("case", ForeignKey("cases.id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("amount", String(32)),
    Column("currency", String(3)),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("person", String(64)),
    Column("needs_approval", Boolean, nullable=False, server_default=false()),
    Column("at", UtcTime, nullable=False),
    Column("request_key", String(255)),
    Column("request_digest", String(64)),
    UniqueConstraint("case", "request_key"),
)

events = Table(
    "events",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False),
    Column("case", ForeignKey("cases.id"), nullable=False, index=True),
    Column("kind", String(64), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("detail", JSON, nullable=False),
    Index(None, "tenant", "number"),
    sqlite_autoincrement=True,
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("secret", Text, nullable=False),
    Column("made", UtcTime, nullable=False),
    Column("removed", UtcTime),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("webhook", ForeignKey("webhooks.id"), nullable=False),
    Column("event", ForeignKey("events.number"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", Integer),
    Column("problem", Text, nullable=False),
    Column("changed", UtcTime, nullable=False),
    Index(None, "webhook", "id"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", ForeignKey("tenants.id"), nullable=False, index=True),
    Column("case", String(64), nullable=False),
    Column("rows", JSON, nullable=False),
    Column("photos", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("bytes_to_drop", JSON, nullable=False),
    Column("unfinished", Boolean, nullable=False),
)
