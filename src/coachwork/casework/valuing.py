"""What the condition of a case's car is worth: its grade, the deduction, the return charges; from stored results.

The same results, facts and tables give the same values, whenever somebody asks: the day of the valuation is the day
on which the results were made.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from coachwork.cases.case import Case, CaseResult
from coachwork.cases.corrections import Standing, corrected_case, standing_damages
from coachwork.cases.listing import Terms, TermsRefused
from coachwork.cases.work_corrections import work_of
from coachwork.casework.prices import Prices
from coachwork.casework.standing_inspection import with_decimals
from coachwork.casework.valuation_tables import ValuationTables
from coachwork.errors import CoachworkError
from coachwork.estimates.case_json import CarCase, case_of
from coachwork.storage.case_store import CaseStore
from coachwork.storage.correction_store import CorrectionStore
from coachwork.storage.listing_store import ListingStore
from coachwork.valuation.charges_json import bill_to_json
from coachwork.valuation.return_charges import charge_return
from coachwork.valuation.valuation import value_car
from coachwork.valuation.valuation_json import valuation_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """A case with what its car's condition is worth.

    Attributes:
        case: itself.
        result: that the values rest on.
        terms: by which.
        valuation: ``coachwork.valuation/1``, with `return_charges` where the terms name some.
    """

    case: Case
    result: CaseResult
    terms: Terms
    valuation: Mapping[str, Any]

    @property
    def etag(self) -> str:
        """Changes with what is told."""
        text = json.dumps(self.valuation, sort_keys=True)
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


class Valuer:
    """Values the cars of cases."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        corrections: CorrectionStore,
        listings: ListingStore,
        tables: ValuationTables,
        prices: Prices,
    ) -> None:
        """Takes the stores and the tables."""
        self._cases, self._corrections, self._listings = cases, corrections, listings
        self._prices = prices
        self.tables = tables

    def terms(self, tenant: str, **told: str | None) -> Terms:
        """The tenant's own terms, with what else is told.

        Raises:
            TermsRefused: a name is none.
        """
        own = self._listings.terms(tenant).to_json()
        return Terms.of(own | {key: value for key, value in told.items() if value is not None})

    def value(self, tenant: str, case_id: str, terms: Terms | None = None, *, anonymous: bool = False) -> Valued:
        """Values the car of a case by some terms, by the tenant's own where none are told.

        Args:
            tenant: whose it is.
            case_id: of the case.
            terms: of the valuation.
            anonymous: whether lines of the estimate that a person changed say neither who did so nor why.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseNotReady: there are no results.
            TermsRefused: the tables are not there, or do not go together with the car.
        """
        chosen = self.terms(tenant) if terms is None else terms
        case, result = self._cases.case(tenant, case_id), self._cases.result(tenant, case_id)
        tables = self.tables.chosen(tenant, chosen)
        card, standing = self._prices.card, self._standing(case, result)
        try:
            found = value_car(
                _car(case, result, standing),
                scheme=tables.scheme,
                policy=tables.policy,
                card=card,
                vehicle=case.facts.vehicle,
                on=result.made.date(),
                changes=[replace(one, by="", reason="") if anonymous else one for one in work_of(standing.work)],
            )
        except CoachworkError as refused:
            raise TermsRefused(str(refused)) from refused
        told = valuation_to_json(found)
        if tables.charges is not None:
            told["return_charges"] = bill_to_json(charge_return(found.estimate.damages, tables.charges, card))
        return Valued(case=case, result=result, terms=chosen, valuation=told)

    def _standing(self, case: Case, result: CaseResult) -> Standing:
        """What people said of the damages, and of single lines of the estimate."""
        return standing_damages(result.inspection, self._corrections.corrections(case.tenant, case.id))


def _car(case: Case, result: CaseResult, standing: Standing) -> CarCase:
    """The damages of a case's car as they stand after corrections, and what was seen of it."""
    return corrected_case(case_of(with_decimals(result.inspection), f"case {case.id}"), standing)
