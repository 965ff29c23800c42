"""What the condition report of a car shows on a page: the same for whoever is signed in and for whoever has a link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coachwork.assessments.verdict import Verdict
from coachwork.cases.case import CasePhoto
from coachwork.casework.listing_summary import standing_verdict
from coachwork.casework.service import Service
from coachwork.casework.valuing import Valued
from coachwork.inspections.coverage import OPTIONAL
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import restored
from coachwork.taxonomy import CarPart, Severity
from coachwork.web.customer.contents import ShownDamage, shown_result
from coachwork.web.customer.pictures import damage_picture
from coachwork.web.workbench.car_map import MappedDamage, ShownMap, shown_map


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGrade:
    """A grade.

    Attributes:
        likely, best, worst: names of grades; of the lower and the upper reading the last two.
        words: of the likely one, as the scheme has them.
        why: sentences on what kept the car from the next better one.
        rules: of each damage: (its number, class, what the rule says).
    """

    likely: str
    best: str
    worst: str
    words: str
    why: tuple[str, ...]
    rules: tuple[tuple[int, str, str], ...]

    @property
    def is_one(self) -> bool:
        """Whether every reading gives the same grade."""
        return self.best == self.worst


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionReport:
    """All of the report.

    Attributes:
        valued: the case with its valuation.
        vehicle: the car; None where nothing is told.
        verdict: after corrections.
        damages: in the order of their numbers.
        photos: in their order.
        places: number of a photo -> numbers of the damages that it shows.
        car_map: to be drawn.
        coverage: sight -> parts.
        grade: None where nothing is proven.
    """

    valued: Valued
    vehicle: Vehicle | None
    verdict: Verdict
    damages: tuple[ShownDamage, ...]
    photos: tuple[CasePhoto, ...]
    places: Mapping[int, tuple[int, ...]]
    car_map: ShownMap
    coverage: Mapping[str, tuple[str, ...]]
    grade: ShownGrade | None

    @property
    def valuation(self) -> Mapping[str, Any]:
        """``coachwork.valuation/1``."""
        return self.valued.valuation

    @property
    def is_none_proven(self) -> bool:
        """Whether it may be said that nothing is wrong: every part that must be was seen well, and nothing is there."""
        return self.verdict is Verdict.NONE and not self.damages and bool(self.valuation["proof"]["proven"])

    @property
    def unseen(self) -> tuple[str, ...]:
        """Parts that must be seen better before anything may be said to be whole."""
        return tuple(self.valuation["proof"]["unseen"])

    @property
    def likely(self) -> tuple[ShownDamage, ...]:
        """Damages that are rather there than not."""
        return tuple(one for one in self.damages if one.likely)

    @property
    def possible(self) -> tuple[ShownDamage, ...]:
        """Damages that are rather not there than there."""
        return tuple(one for one in self.damages if not one.likely)

    @property
    def decimals(self) -> int:
        """With how many the amounts are written."""
        deduction = self.valuation["deduction"]
        told = [] if deduction is None else [deduction[reading] for reading in ("lower", "likely", "upper")]
        return max((len(amount.partition(".")[2]) for amount in told), default=0)


def condition_report(service: Service, valued: Valued) -> ConditionReport:
    """Puts the report of a valued case together."""
    case, result = valued.case, valued.result
    shown = shown_result(result)
    photos = tuple(service.cases.photos(case.tenant, case.id))
    vehicle = case.facts.vehicle
    coverage = list(result.inspection.get("coverage", ()))
    mapped = [
        MappedDamage(
            number=one.number,
            part=None if one.part is None else CarPart(one.part),
            severity=tuple(Severity(level) for level in one.severity),
            likely=one.likely,
        )
        for one in shown.damages
    ]
    return ConditionReport(
        valued=valued,
        vehicle=vehicle,
        verdict=standing_verdict(valued),
        damages=shown.damages,
        photos=photos,
        places=_places(photos, shown.damages, result.inspection),
        car_map=shown_map(mapped, coverage, vehicle),
        coverage=_coverage(coverage),
        grade=_grade(restored(valued.valuation)),
    )


def report_picture(service: Service, tenant: str, case_id: str, place: int) -> bytes | None:
    """A photo of a case with its damages drawn, as a JPEG; None where it has no photo of that number.

    Raises:
        CaseError: the tenant has no such case, or it has no results.
        PhotoStoreError: the photo cannot be read.
    """
    result = service.cases.result(tenant, case_id)
    found = next((one for one in service.cases.photos(tenant, case_id) if one.place == place), None)
    return None if found is None else damage_picture(service, tenant, found, result, shown_result(result).damages)


def _places(
    photos: Sequence[CasePhoto], damages: Sequence[ShownDamage], inspection: Mapping[str, Any]
) -> dict[int, tuple[int, ...]]:
    numbers = {photo.sha256: photo.place for photo in photos}
    listed = [numbers.get(one["photo"]["sha256"], 0) for one in inspection["photos"]]
    found: dict[int, list[int]] = {photo.place: [] for photo in photos}
    for damage in damages:
        for place in dict.fromkeys(listed[view["photo"]] for view in damage.views):
            if place:
                found[place].append(damage.number)
    return {place: tuple(own) for place, own in found.items()}


def _coverage(coverage: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """How well the parts were seen; parts that a car may lack are left out of those that were not."""
    found: dict[str, list[str]] = {"well": [], "poorly": [], "not": []}
    for one in coverage:
        if one["sight"] != "not" or CarPart(one["part"]) not in OPTIONAL:
            found[one["sight"]].append(one["part"])
    return {sight: tuple(parts) for sight, parts in found.items()}


def _grade(valuation: Mapping[str, Any]) -> ShownGrade | None:
    told = valuation["grade"]
    if told is None:
        return None
    likely = told["likely"]
    return ShownGrade(
        likely=likely["grade"],
        best=told["lower"]["grade"],
        worst=told["upper"]["grade"],
        words=likely["words"],
        why=tuple(likely["why"]),
        rules=tuple((_number(one["damage"]), one["class"], one["words"]) for one in likely["damages"]),
    )


def _number(name: str) -> int:
    last = name.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0
