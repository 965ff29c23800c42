"""A lot of listings as a table (CSV) for other programs: the car, what was found, what it is worth less."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from coachwork.cases.listing import Lot, Terms
from coachwork.casework.listing_summary import ListingSummary
from coachwork.casework.market import Market
from coachwork.storage.listing_store import QueuedListing, WantedListings

HEADING = (
    "listing",
    "inspection",
    "lot",
    "state",
    "photos",
    "make",
    "model",
    "year",
    "mileage_km",
    "market_value",
    "verdict",
    "damages",
    "possible_damages",
    "grade",
    "grade_from",
    "grade_to",
    "scheme",
    "deduction_lower",
    "deduction_likely",
    "deduction_upper",
    "currency",
    "at_least",
    "condition_proven",
    "not_seen",
    "problem",
)
_PAGE = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lot_csv(market: Market, tenant: str, lot: Lot | None, terms: Terms | None = None) -> str:
    """The listings of a lot, or all where it is None, the latest first; a line each, after a heading."""
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\r\n")
    lines.writerow(HEADING)
    chosen = market.valuer.terms(tenant) if terms is None else terms
    for listing in _all(market, tenant, lot):
        lines.writerow([_cell(value) for value in _row(listing, market.summary(tenant, listing.case, chosen))])
    return file.getvalue()


def _all(market: Market, tenant: str, lot: Lot | None) -> Iterator[QueuedListing]:
    after: str | None = None
    while True:
        wanted = WantedListings(lot=None if lot is None else lot.id, after=after)
        page = market.listings.page(tenant, wanted, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].case.id


def _row(listing: QueuedListing, found: ListingSummary | None) -> list[Any]:
    case = listing.case
    car = case.facts.vehicle
    told = [getattr(car, name, None) for name in ("make", "model", "year", "mileage_km", "market_value")]
    own = [case.facts.reference, case.id, listing.lot, case.state.value, listing.photos, *told]
    if found is None:
        return [*own, *[None] * 14, case.problem]
    return [
        *own,
        found.verdict,
        found.damages,
        found.possible,
        found.grade,
        found.grade_from,
        found.grade_to,
        found.scheme,
        found.lower,
        found.likely,
        found.upper,
        found.currency,
        found.at_least,
        found.proven,
        " ".join(found.unseen),
        found.problem,
    ]


def _cell(value: Any) -> str:
    """A cell; texts that a table program would take for a formula begin with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
