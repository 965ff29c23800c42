"""The steps of the work on a case. Each may be done again after a crash, and has its effect once."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from coachwork.assessments.assessment import Assessment
from coachwork.cases.case import Case, CasePhoto, CaseState, Purpose
from coachwork.cases.photo_bytes import PhotoBytes
from coachwork.casework.model_loading import LoadedBundle
from coachwork.casework.prices import Prices
from coachwork.casework.pricing import priced_case
from coachwork.casework.trials import See, SeenPhoto, Trials
from coachwork.casework.watching import Watcher
from coachwork.claims.checking import check_photos
from coachwork.claims.fraud_json import findings_to_json
from coachwork.claims.looking import LookedAt, look_at
from coachwork.inference.inspecting import inspect
from coachwork.inference.reading_plates import MainPlates
from coachwork.inspections.inspection import Inspection
from coachwork.inspections.inspection_json import inspection_to_json
from coachwork.photos.reading import Photo
from coachwork.storage.case_store import CaseStore
from coachwork.storage.correction_store import CorrectionStore
from coachwork.storage.photo_register import PhotoRegister

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
        trials: Trials,
        prices: Prices,
        registers: Path,
        watcher: Watcher,
    ) -> None:
        """Takes the stores, what chooses the models (loaded when first needed), the tables, a folder, and who watches.

        In the folder lies a register of photos for each tenant, by which photos of other claims are known again.
        """
        self._cases, self._corrections, self._photo_bytes = cases, corrections, photo_bytes
        self._trials, self._prices, self._registers, self._watcher = trials, prices, registers, watcher
        self._plates = MainPlates()

    def inspect(self, tenant: str, case_id: str, revision: int) -> None:
        """Assesses the photos of a revision together, and keeps what was seen."""
        case = self._revision(tenant, case_id, revision)
        if case is None:
            return
        photos = self._cases.photos(tenant, case_id)
        with tempfile.TemporaryDirectory(prefix="coachwork-case-") as folder:
            names = {self._laid(Path(folder), tenant, photo): photo.name for photo in photos}
            found = self._trials.answer(
                tenant, case_id, case_id, lambda bundle, see: self._seen(case, names, bundle, see)
            )
            signals = self._looked_for_fraud(case, names) if case.facts.purpose is Purpose.CLAIM else None
        self._cases.keep_inspection(case, inspection_to_json(found), signals)

    def price(self, tenant: str, case_id: str, revision: int) -> None:
        """Estimates the repair, of claims also the settlement, and makes the results known."""
        case = self._revision(tenant, case_id, revision)
        if case is None:
            return
        corrections = self._corrections.corrections(tenant, case_id)
        priced = priced_case(case, self._cases.inspection(case), corrections, self._prices, self._cases.signals(case))
        self._cases.publish(
            case, estimate=priced.estimate, settlement=priced.settlement, damages=priced.damages, by=WORKER
        )

    def give_up(self, tenant: str, case_id: str, revision: int, problem: str) -> None:
        """Says why the work on a revision failed; the case can be submitted again."""
        case = self._revision(tenant, case_id, revision)
        if case is not None:
            self._cases.fail(case, problem, by=WORKER)

    def _seen(self, case: Case, names: Mapping[Path, str], bundle: LoadedBundle, see: See) -> Inspection:
        """The inspection by one bundle; each photo is remembered, and may be shown to another bundle afterwards."""
        remember = self._watcher.of_case(case)

        def watched(path: Path, photo: Photo, assessment: Assessment, took_s: float) -> None:
            remember(path, photo, assessment, took_s)
            again = partial(self._photo_bytes.get, case.tenant, photo.sha256)
            see(SeenPhoto(name=names[path], source=again, assessment=assessment, took_s=took_s))

        return inspect(
            bundle.assessor,
            list(names),
            vehicle=case.facts.vehicle,
            named=lambda path: names[path],
            plates=self._plates,
            watched=watched,
        )

    def _looked_for_fraud(self, case: Case, names: Mapping[Path, str]) -> Mapping[str, Any]:
        """Signs of fraud in the photos; they are known to later claims of the tenant from now on."""
        seen = [_renamed(look_at(path, claim=case.id), name) for path, name in names.items()]
        with PhotoRegister(self._registers / case.tenant, make=True) as register:
            check = check_photos(
                seen,
                claim=case.id,
                loss=case.facts.loss,
                find=register.find,
                plates=[reading for one in seen for reading in self._plates.of(one.kept.name, one.photo)],
                plate="" if case.facts.vehicle is None else case.facts.vehicle.plate,
            )
            register.add(one.kept for one in seen)
        return findings_to_json(check.findings)

    def _revision(self, tenant: str, case_id: str, revision: int) -> Case | None:
        """The case, as long as that revision is what is being worked on."""
        case = self._cases.case(tenant, case_id)
        return case if case.state is CaseState.WORKING and case.revision == revision else None

    def _laid(self, folder: Path, tenant: str, photo: CasePhoto) -> Path:
        path = folder / f"{photo.place:03d}"
        path.write_bytes(self._photo_bytes.get(tenant, photo.sha256))
        return path


def _renamed(seen: LookedAt, name: str) -> LookedAt:
    """What was looked at under the name that the photo has in its case, and without the place it lay at for that."""
    return replace(seen, kept=replace(seen.kept, name=name, file=""), sent=replace(seen.sent, name=name))
