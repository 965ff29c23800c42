"""What sellers and rental firms do with the service: listings in lots, valuations, shared reports, comparisons."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from coachwork.cases.access import Caller, Scope
from coachwork.cases.case import Case, CaseState
from coachwork.cases.comparison import Comparison, StandingChanges, standing_changes
from coachwork.cases.listing import SAMPLE, Terms, TermsRefused
from coachwork.casework import comparing
from coachwork.casework.comparing import Comparing, ComparisonQueue, charged
from coachwork.casework.listing_summary import ListingSummary, summary_of
from coachwork.casework.prices import Prices
from coachwork.casework.reporting import CaseReport, document_of, write_case_report
from coachwork.casework.valuation_tables import ValuationTables
from coachwork.casework.valuing import Valued, Valuer
from coachwork.inference.assessing import Assessor
from coachwork.inspections.vehicle_json import vehicle_to_json
from coachwork.reasons import ENGLISH, Wording, pruned
from coachwork.reports.car.pictures import Finder
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import RequestKey
from coachwork.storage.comparison_store import ComparisonStore
from coachwork.storage.correction_store import CorrectionStore
from coachwork.storage.database import Database
from coachwork.storage.listing_store import ListingStore
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.report_link_store import ReportLinkStore

_READY = "case.ready"
_WITH_RESULTS = {CaseState.READY, CaseState.DECIDED}
_MOST_SUMMARIES = 10_000


class Market:
    """Listings and comparisons, and what is done with them.

    Attributes:
        listings, links, comparisons: what lies in the database.
        valuer: values cars.
    """

    def __init__(
        self,
        database: Database,
        cases: CaseStore,
        *,
        corrections: CorrectionStore,
        photo_store: PhotoStore,
        prices: Prices,
        tables: Path,
        assessor: Callable[[], Assessor],
        queue: str,
        version: str,
    ) -> None:
        """Takes the stores, the folder of tenants' tables, the models, and the worker's queue with its version."""
        self._cases, self._photo_store, self._prices = cases, photo_store, prices
        self.listings = ListingStore(database)
        self.links = ReportLinkStore(database, cases)
        self._queue = ComparisonQueue(database, queue=queue, version=version)
        self.comparisons = ComparisonStore(database, cases, enqueue=self._queue.put)
        self.valuer = Valuer(
            cases=cases,
            corrections=corrections,
            listings=self.listings,
            tables=ValuationTables(tables, self.listings.tenant_name),
            prices=prices,
        )
        self._summaries: dict[tuple[str, int, str], ListingSummary] = {}
        self._comparing = Comparing(cases=cases, store=self.comparisons, photo_bytes=photo_store, assessor=assessor)

    def start(self) -> None:
        """Lets this process compare; before its worker starts."""
        comparing.use(self._comparing)

    def mend(self) -> None:
        """Takes up comparisons that nobody works on; once the worker runs."""
        self._queue.mend(self.comparisons)

    def told(self, connection: Connection, event: int, kind: str) -> None:
        """Begins comparisons that waited for a case's results, in the transaction that makes them known."""
        if kind == _READY:
            self.comparisons.begin(connection, event)

    def summary(self, tenant: str, case: Case, terms: Terms) -> ListingSummary | None:
        """What a list shows of a case; None where it has no results. What was told once is remembered."""
        if case.state not in _WITH_RESULTS:
            return None
        key = (case.id, case.version, str(terms.to_json()))
        if key not in self._summaries:
            try:
                found = summary_of(self.valuer.value(tenant, case.id, terms))
            except TermsRefused as refused:
                verdict = self._cases.result(tenant, case.id).inspection["verdict"]
                return ListingSummary(verdict=verdict, damages=0, problem=str(refused))
            if terms.policy != SAMPLE:
                return found  # the tenant's own tables may change at any time
            if len(self._summaries) >= _MOST_SUMMARIES:
                self._summaries.clear()
            self._summaries[key] = found
        return self._summaries[key]

    def compare(
        self,
        caller: Caller,
        *,
        before: str,
        after: str,
        reference: str = "",
        charges: str = "",
        request: RequestKey | None = None,
    ) -> Comparison:
        """Asks for a comparison of two cases.

        Raises:
            CaseError: see `ComparisonStore.make`.
            TermsRefused: there is no such list of charges.
        """
        caller.need(Scope.WRITE)
        if charges:
            self.valuer.tables.charges(caller.tenant, charges)
        return self.comparisons.make(
            caller.tenant,
            before=before,
            after=after,
            by=caller.name,
            reference=reference,
            charges=charges,
            request=request,
        )

    def standing(self, one: Comparison) -> StandingChanges | None:
        """The changes of a comparison after what people said; None until it is ready."""
        if one.found is None:
            return None
        return standing_changes(one.found["changes"], self.comparisons.marks(one.tenant, one.id))

    def bill(self, one: Comparison, standing: StandingChanges | None) -> dict[str, Any] | None:
        """What is charged for a comparison's damages; None without a list of charges, and until it is ready.

        Raises:
            TermsRefused: the list is not there any more, or malformed.
        """
        if standing is None or not one.charges:
            return None
        return charged(one, standing, self.valuer.tables.charges(one.tenant, one.charges), self._prices)

    def is_stale(self, one: Comparison) -> bool:
        """Whether either case was changed since it was compared."""
        if one.found is None:
            return False
        cases = {"before": one.before, "after": one.after}
        return any(
            self._cases.case(one.tenant, name).revision != one.found[side]["revision"] for side, name in cases.items()
        )

    def report(
        self,
        tenant: str,
        case_id: str,
        terms: Terms | None,
        *,
        finder: Finder,
        at_once: AbstractContextManager[Any],
        shared: bool = False,
        amounts: bool = True,
        w: Wording = ENGLISH,
    ) -> CaseReport:
        """The report of a case with its valuation, faces and number plates hidden.

        Args:
            tenant: whose it is.
            case_id: of the case.
            terms: of the valuation; None takes the tenant's own.
            finder: of faces and number plates.
            at_once: held while the report is made.
            shared: for anybody: without plate, VIN, reference, names of files and what was settled.
            amounts: whether the deduction is told.
            w: the language.

        Raises:
            CaseError: there are no results, or they cannot be valued so.
            PhotoStoreError: a photo cannot be read.
        """
        valued = self.valuer.value(tenant, case_id, terms, anonymous=shared)
        document = valued_document(valued, shared=shared, amounts=amounts)
        photos = self._cases.photos(tenant, case_id)
        with at_once:
            return write_case_report(document, photos, tenant, self._photo_store, finder, w=w)


def valued_document(valued: Valued, *, shared: bool, amounts: bool = True) -> dict[str, Any]:
    """The document of a valued case that reports are made from.

    Args:
        valued: the case.
        shared: see `Market.report`.
        amounts: whether the deduction and the estimate are told.
    """
    told = {key: value for key, value in valued.valuation.items() if key not in {"estimate", "return_charges"}}
    vehicle = valued.case.facts.vehicle
    document = document_of(replace(valued.result, estimate=valued.valuation["estimate"], settlement=None))
    document["valuation"] = told if amounts else None
    if not amounts:
        document["estimate"] = None
    if vehicle is not None:
        document["vehicle"] = vehicle_to_json(replace(vehicle, vin="", plate="") if shared else vehicle)
    elif shared:
        document["vehicle"] = None
    if not shared:
        return document
    document["photos"] = [_unnamed(place, photo) for place, photo in enumerate(document["photos"], start=1)]
    document["advice"] = []
    return pruned(document)


def _unnamed(place: int, photo: Mapping[str, Any]) -> dict[str, Any]:
    """A photo under its number instead of its file's name, which may name people or places."""
    return {**photo, "photo": {**photo["photo"], "file": f"photo {place}.jpg"}}
