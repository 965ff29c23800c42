"""The tables of people who sign in by an OpenID provider; see `storage/tables.py`."""

from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint

from coachwork.storage.columns import UtcTime
from coachwork.storage.tables import metadata

person_identities = Table(
    "person_identities",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("issuer", String(512), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("linked", UtcTime, nullable=False),
    UniqueConstraint("issuer", "subject"),
)
"""Issuer and subject are what a provider promises never to give to somebody else; logins and addresses it may."""

openid_sign_ins = Table(
    "openid_sign_ins",
    metadata,
    Column("state", String(64), primary_key=True),
    Column("browser", String(64), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(64), nullable=False),
    Column("wanted", Text, nullable=False),
    Column("link", String(64)),
    Column("ends", UtcTime, nullable=False),
)
"""Sign-ins that are under way; state and browser as digests. A row goes when its answer comes, whatever that is."""
