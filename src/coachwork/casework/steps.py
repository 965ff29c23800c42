"""The steps of the work on a case. Each may be done again after a crash, and has its effect once."""

import json
import tempfile
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from coachwork.cases.case import Case, CasePhoto, CaseState, Purpose
from coachwork.cases.photo_bytes import PhotoBytes
from coachwork.casework.prices import Prices
from coachwork.claims.settlement import settle
from coachwork.claims.settlement_json import settlement_to_json
from coachwork.estimates.case_json import CarCase, case_of
from coachwork.estimates.estimate import make_estimate
from coachwork.estimates.estimate_json import estimate_to_json
from coachwork.inference.assessing import Assessor
from coachwork.inference.inspecting import inspect
from coachwork.inspections.inspection_json import inspection_to_json
from coachwork.storage.case_store import CaseStore

WORKER = "coachwork"
"""Who the events name for what no person did."""


class CaseSteps:
    """What is done with a submitted case: look at its photos, price it, make it known."""

    def __init__(
        self, *, cases: CaseStore, photo_bytes: PhotoBytes, assessor: Callable[[], Assessor], prices: Prices
    ) -> None:
        """Takes the stores, what gives the models (loaded when they are first needed), and the tables."""
        self._cases, self._photo_bytes, self._assessor, self._prices = cases, photo_bytes, assessor, prices

    def inspect(self, tenant: str, case_id: str, revision: int) -> None:
        """Assesses the photos of a revision together, and keeps what was seen."""
        case = self._revision(tenant, case_id, revision)
        if case is None:
            return
        photos = self._cases.photos(tenant, case_id)
        with tempfile.TemporaryDirectory(prefix="coachwork-case-") as folder:
            names = {self._laid(Path(folder), tenant, photo): photo.name for photo in photos}
            found = inspect(self._assessor(), list(names), vehicle=case.facts.vehicle, named=lambda path: names[path])
        self._cases.keep_inspection(case, inspection_to_json(found))

    def price(self, tenant: str, case_id: str, revision: int) -> None:
        """Estimates the repair, of claims also the settlement, and makes the results known."""
        case = self._revision(tenant, case_id, revision)
        if case is None:
            return
        car = case_of(_with_decimals(self._cases.inspection(case)), f"case {case_id}")
        estimate, settlement = self._priced(case, car)
        self._cases.publish(case, estimate=estimate, settlement=settlement, by=WORKER)

    def give_up(self, tenant: str, case_id: str, revision: int, problem: str) -> None:
        """Says why the work on a revision failed; the case can be submitted again."""
        case = self._revision(tenant, case_id, revision)
        if case is not None:
            self._cases.fail(case, problem, by=WORKER)

    def _priced(self, case: Case, car: CarCase) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        facts, prices = case.facts, self._prices
        if facts.purpose is not Purpose.CLAIM:
            return estimate_to_json(make_estimate(car.damages, prices.card, facts.vehicle)), None
        found = settle(car, loss=facts.loss, policy=prices.policy, card=prices.card, vehicle=facts.vehicle)
        return estimate_to_json(make_estimate(car.damages, prices.card, facts.vehicle)), settlement_to_json(found)

    def _revision(self, tenant: str, case_id: str, revision: int) -> Case | None:
        """The case, as long as that revision is what is being worked on."""
        case = self._cases.case(tenant, case_id)
        return case if case.state is CaseState.WORKING and case.revision == revision else None

    def _laid(self, folder: Path, tenant: str, photo: CasePhoto) -> Path:
        path = folder / f"{photo.place:03d}"
        path.write_bytes(self._photo_bytes.get(tenant, photo.sha256))
        return path


def _with_decimals(values: Mapping[str, Any]) -> Any:
    """Plain JSON values as the readers of amounts want them: numbers with a point as Decimal."""
    return json.loads(json.dumps(values), parse_float=Decimal)
