"""Tenants and service keys. A key is shown once, when it is made; the database holds a digest of it."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.cases.access import Caller, Scope, ServiceKey, UnknownKey, scopes_of
from coachwork.cases.identity import new_id
from coachwork.cases.problems import CaseRefused
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.tables import service_keys, tenants


class KeyStore:
    """Makes, finds and revokes keys."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def tenant(self, name: str) -> str:
        """The tenant of a name; made where there is none yet."""
        try:
            with self._database.writing() as connection:
                known = connection.execute(select(tenants.c.id).where(tenants.c.name == name)).scalar()
                if known is None:
                    known = new_id("tenant")
                    connection.execute(insert(tenants).values(id=known, name=name, made=now()))
        except IntegrityError:  # another process made it in the same moment
            return self.tenant(name)
        return str(known)

    def tenant_names(self) -> list[str]:
        """Names of all tenants, sorted."""
        with self._database.reading() as connection:
            return list(connection.execute(select(tenants.c.name).order_by(tenants.c.name)).scalars())

    def tenant_name(self, tenant: str) -> str:
        """The name of a tenant; empty where there is none of that id."""
        with self._database.reading() as connection:
            return connection.execute(select(tenants.c.name).where(tenants.c.id == tenant)).scalar() or ""

    def make(self, tenant: str, name: str, scopes: Iterable[Scope]) -> tuple[ServiceKey, str]:
        """A new key of a tenant, and its whole text, which is told here and never again."""
        key = ServiceKey(id=new_id("cwk"), tenant=tenant, name=name, scopes=frozenset(scopes), made=now(), revoked=None)
        secret = secrets.token_urlsafe(32)
        values = {
            "id": key.id,
            "tenant": tenant,
            "name": name,
            "digest": _digest(secret),
            "scopes": sorted(scope.value for scope in key.scopes),
            "made": key.made,
        }
        with self._database.writing() as connection:
            connection.execute(insert(service_keys).values(values))
        return key, f"{key.id}.{secret}"

    def caller(self, text: str) -> Caller:
        """Whoever holds a key.

        Raises:
            UnknownKey: there is no such key, or it was revoked.
        """
        key_id, _, secret = text.partition(".")
        with self._database.reading() as connection:
            row = connection.execute(select(service_keys).where(service_keys.c.id == key_id)).mappings().one_or_none()
        digest = "" if row is None else row["digest"]
        same = hmac.compare_digest(_digest(secret), digest)
        if row is None or not same or row["revoked"] is not None:
            message = "this key is not known, or was revoked: ask for a new one (coachwork keys add)"
            raise UnknownKey(message)
        return Caller(tenant=row["tenant"], name=f"key {row['name']}", scopes=scopes_of(row["scopes"]))

    def all(self) -> Sequence[ServiceKey]:
        """All keys, the first one first."""
        with self._database.reading() as connection:
            return [
                _key(row) for row in connection.execute(select(service_keys).order_by(service_keys.c.id)).mappings()
            ]

    def revoke(self, key_id: str) -> None:
        """Makes a key useless from now on.

        Raises:
            CaseRefused: there is none of that name.
        """
        own = service_keys.c.id == key_id
        with self._database.writing() as connection:
            known = connection.execute(select(service_keys.c.revoked).where(own)).one_or_none()
            if known is None:
                message = f"there is no key {key_id[:64]!r}: see coachwork keys list"
                raise CaseRefused(message)
            if known.revoked is None:
                connection.execute(update(service_keys).where(own).values(revoked=now()))


def _digest(secret: str) -> str:
    """SHA-256: enough for 256 random bits, which nobody can guess as people's passwords can be."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: RowMapping) -> ServiceKey:
    return ServiceKey(
        id=row["id"],
        tenant=row["tenant"],
        name=row["name"],
        scopes=scopes_of(row["scopes"]),
        made=row["made"],
        revoked=row["revoked"],
    )
