"""Customers' private links. A link is shown once, when it is made; the database holds a digest of its token."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import insert, select, update

from coachwork.cases.customer import CustomerLink, UnknownLink
from coachwork.cases.identity import new_id
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import find_case
from coachwork.storage.columns import now
from coachwork.storage.customer_tables import customer_links
from coachwork.storage.database import Database

_TOKEN_BYTES = 32
_MOST_LETTERS = 64


class LinkStore:
    """Makes, finds and revokes private links."""

    def __init__(self, database: Database, cases: CaseStore) -> None:
        """Works on a database whose tables are up to date; the case store writes the events."""
        self._database, self._cases = database, cases

    def make(self, tenant: str, case_id: str, *, by: str, days: int) -> tuple[CustomerLink, str]:
        """A new link to a case, and its token, which is told here and never again.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        token, moment = secrets.token_urlsafe(_TOKEN_BYTES), now()
        link = CustomerLink(
            id=new_id("link"),
            tenant=tenant,
            case=case_id,
            made_by=by,
            made=moment,
            ends=moment + timedelta(days=days),
        )
        values = {
            "id": link.id,
            "digest": _digest(token),
            "tenant": tenant,
            "case": case_id,
            "made_by": by,
            "made": link.made,
            "ends": link.ends,
        }
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id)
            connection.execute(insert(customer_links).values(values))
            self._cases.tell(connection, case, "link.made", by, {"link": link.id, "ends": link.ends.isoformat()})
        return link, token

    def find(self, token: str) -> CustomerLink:
        """The link of a token.

        Raises:
            UnknownLink: there is none, or it is good no more.
        """
        wanted = select(customer_links).where(
            customer_links.c.digest == _digest(token[:_MOST_LETTERS]),
            customer_links.c.revoked.is_(None),
            customer_links.c.ends > now(),
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        if row is None:
            message = "this private link is not known, or is good no more: ask for a new one"
            raise UnknownLink(message)
        return CustomerLink(
            id=row["id"],
            tenant=row["tenant"],
            case=row["case"],
            made_by=row["made_by"],
            made=row["made"],
            ends=row["ends"],
        )

    def revoke(self, tenant: str, case_id: str, *, by: str) -> int:
        """Makes all links to a case useless from now on; returns how many these were.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        good = (customer_links.c.case == case_id) & customer_links.c.revoked.is_(None)
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id)
            count = connection.execute(update(customer_links).where(good).values(revoked=now())).rowcount
            if count:
                self._cases.tell(connection, case, "link.revoked", by, {"links": count})
        return count


def _digest(token: str) -> str:
    """SHA-256: enough for 256 random bits, which nobody can guess as people's passwords can be."""
    return hashlib.sha256(token.encode()).hexdigest()
