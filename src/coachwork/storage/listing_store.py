"""Listings in the database: lots, terms of valuations, and the queue of listings, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.cases.case import Case, CaseState, Purpose
from coachwork.cases.identity import new_id
from coachwork.cases.listing import Lot, Terms, UnknownLot
from coachwork.cases.problems import CaseRefused
from coachwork.storage.case_rows import case_of
from coachwork.storage.case_writing import find_case
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.market_tables import lot_listings, lots, valuation_terms
from coachwork.storage.tables import cases, photos, tenants

MOST_NAME = 200
MOST_TEXT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedListings:
    """Which listings are wanted; all of them by default.

    Attributes:
        purpose: of the cases.
        state: that they stand in.
        lot: id of the lot that they are in.
        text: that reference, plate, make or model holds, or the case's id.
        after: the page after the case of this id.
    """

    purpose: Purpose = Purpose.LISTING
    state: CaseState | None = None
    lot: str | None = None
    text: str = ""
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedListing:
    """A listing in the queue.

    Attributes:
        case: itself.
        lot: name of its lot; empty without one.
        photos: how many it has.
        first_photo: the first one's id; None without any.
    """

    case: Case
    lot: str
    photos: int
    first_photo: str | None


class ListingStore:
    """Keeps lots and terms, and reads the queue."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def tenant_name(self, tenant: str) -> str:
        """The name of a tenant; empty where there is none of that id."""
        with self._database.reading() as connection:
            return str(connection.execute(select(tenants.c.name).where(tenants.c.id == tenant)).scalar() or "")

    def terms(self, tenant: str) -> Terms:
        """What the tenant's cars are valued by; the defaults where nobody chose."""
        wanted = select(valuation_terms.c.terms).where(valuation_terms.c.tenant == tenant)
        with self._database.reading() as connection:
            return Terms.of(connection.execute(wanted).scalar() or {})

    def set_terms(self, tenant: str, terms: Terms, *, by: str) -> None:
        """Chooses what the tenant's cars are valued by from now on."""
        values = {"terms": terms.to_json(), "changed_by": by, "changed": now()}
        own = valuation_terms.c.tenant == tenant
        with self._database.writing() as connection:
            if not connection.execute(update(valuation_terms).where(own).values(values)).rowcount:
                connection.execute(insert(valuation_terms).values(values | {"tenant": tenant}))

    def make_lot(self, tenant: str, name: str, *, by: str) -> Lot:
        """The tenant's lot of a name; made where there is none yet.

        Raises:
            CaseRefused: the name is none.
        """
        tidy = " ".join(name.split())
        if not tidy or len(tidy) > MOST_NAME:
            message = f"a lot has a name of 1 to {MOST_NAME} characters"
            raise CaseRefused(message)
        own = (lots.c.tenant == tenant) & (lots.c.name == tidy)
        try:
            with self._database.writing() as connection:
                known = connection.execute(select(lots.c.id).where(own)).scalar()
                if known is None:
                    known = new_id("lot")
                    values = {"id": known, "tenant": tenant, "name": tidy, "made_by": by, "made": now()}
                    connection.execute(insert(lots).values(values))
        except IntegrityError:  # another process made it in the same moment
            return self.make_lot(tenant, tidy, by=by)
        return self.lot(tenant, known)

    def lot(self, tenant: str, lot_id: str) -> Lot:
        """A lot of a tenant.

        Raises:
            UnknownLot: the tenant has none of that id.
        """
        found = [one for one in self.lots(tenant) if one.id == lot_id]
        if not found:
            message = f"there is no lot {lot_id[:64]!r}"
            raise UnknownLot(message)
        return found[0]

    def lots(self, tenant: str) -> Sequence[Lot]:
        """The lots of a tenant, the latest first."""
        count = select(func.count()).where(lot_listings.c.lot == lots.c.id).scalar_subquery().label("listings")
        wanted = select(lots, count).where(lots.c.tenant == tenant).order_by(lots.c.id.desc())
        with self._database.reading() as connection:
            return [
                Lot(id=row["id"], name=row["name"], made=row["made"], listings=row["listings"])
                for row in connection.execute(wanted).mappings()
            ]

    def put_into_lot(self, tenant: str, lot_id: str, case_id: str) -> None:
        """Puts a case into a lot; it is in no other one from then on.

        Raises:
            UnknownLot: the tenant has none of that id.
            UnknownCase: the tenant has no such case.
        """
        self.lot(tenant, lot_id)
        own = lot_listings.c.case == case_id
        with self._database.writing() as connection:
            find_case(connection, tenant, case_id, lock=True)
            if not connection.execute(update(lot_listings).where(own).values(lot=lot_id)).rowcount:
                connection.execute(insert(lot_listings).values(case=case_id, lot=lot_id))

    def page(self, tenant: str, wanted: WantedListings, *, limit: int = 50) -> Sequence[QueuedListing]:
        """At most so many of the wanted listings, the latest first."""
        chosen = _chosen(tenant, wanted).order_by(cases.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [
                QueuedListing(
                    case=case_of(row), lot=row["lot_name"] or "", photos=row["photos"], first_photo=row["first_photo"]
                )
                for row in connection.execute(chosen).mappings()
            ]

    def counts(self, tenant: str, purpose: Purpose = Purpose.LISTING) -> dict[CaseState, int]:
        """State -> how many cases of a purpose stand there."""
        own = (cases.c.tenant == tenant) & (cases.c.facts["purpose"].as_string() == purpose.value)
        wanted = select(cases.c.state, func.count().label("count")).where(own).group_by(cases.c.state)
        with self._database.reading() as connection:
            found = {row["state"]: row["count"] for row in connection.execute(wanted).mappings()}
        return {state: found.get(state.value, 0) for state in CaseState}


def _chosen(tenant: str, wanted: WantedListings) -> Select[Any]:
    own = photos.c.case == cases.c.id
    chosen = (
        select(
            cases,
            lots.c.name.label("lot_name"),
            select(func.count()).where(own).scalar_subquery().label("photos"),
            select(photos.c.id).where(own).order_by(photos.c.place).limit(1).scalar_subquery().label("first_photo"),
        )
        .join_from(cases, lot_listings, lot_listings.c.case == cases.c.id, isouter=True)
        .join(lots, and_(lots.c.id == lot_listings.c.lot), isouter=True)
        .where(cases.c.tenant == tenant, cases.c.facts["purpose"].as_string() == wanted.purpose.value)
    )
    if wanted.state is not None:
        chosen = chosen.where(cases.c.state == wanted.state.value)
    if wanted.lot is not None:
        chosen = chosen.where(lot_listings.c.lot == wanted.lot)
    text = " ".join(wanted.text.split())[:MOST_TEXT]
    if text:
        car = cases.c.facts["vehicle"]
        looked = [cases.c.reference, *(car[key].as_string() for key in ("plate", "make", "model", "vin"))]
        chosen = chosen.where(or_(cases.c.id == text, *(one.icontains(text, autoescape=True) for one in looked)))
    return chosen if wanted.after is None else chosen.where(cases.c.id < wanted.after)
