"""The steps of the work on a case. Each may be done again after a crash, and has its effect once."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from coachwork.cases.case import Case, CasePhoto, CaseState
from coachwork.cases.photo_bytes import PhotoBytes
from coachwork.casework.prices import Prices
from coachwork.casework.pricing import priced_case
from coachwork.inference.assessing import Assessor
from coachwork.inference.inspecting import inspect
from coachwork.inspections.inspection_json import inspection_to_json
from coachwork.storage.case_store import CaseStore
from coachwork.storage.correction_store import CorrectionStore

WORKER = "coachwork"
"""Who the events name for what no person did."""


class CaseSteps:
    """What is done with a submitted case: look at its photos, price it, make it known."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        corrections: CorrectionStore,
        photo_bytes: PhotoBytes,
        assessor: Callable[[], Assessor],
        prices: Prices,
    ) -> None:
        """Takes the stores, what gives the models (loaded when they are first needed), and the tables."""
        self._cases, self._corrections, self._photo_bytes = cases, corrections, photo_bytes
        self._assessor, self._prices = assessor, prices

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
        corrections = self._corrections.corrections(tenant, case_id)
        priced = priced_case(case, self._cases.inspection(case), corrections, self._prices)
        self._cases.publish(
            case, estimate=priced.estimate, settlement=priced.settlement, damages=priced.damages, by=WORKER
        )

    def give_up(self, tenant: str, case_id: str, revision: int, problem: str) -> None:
        """Says why the work on a revision failed; the case can be submitted again."""
        case = self._revision(tenant, case_id, revision)
        if case is not None:
            self._cases.fail(case, problem, by=WORKER)

    def _revision(self, tenant: str, case_id: str, revision: int) -> Case | None:
        """The case, as long as that revision is what is being worked on."""
        case = self._cases.case(tenant, case_id)
        return case if case.state is CaseState.WORKING and case.revision == revision else None

    def _laid(self, folder: Path, tenant: str, photo: CasePhoto) -> Path:
        path = folder / f"{photo.place:03d}"
        path.write_bytes(self._photo_bytes.get(tenant, photo.sha256))
        return path
