"""What the page of a case shows, put together for its template: photos with outlines, damages, estimate, decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from coachwork.assessments.verdict import Verdict
from coachwork.cases.case import Approval, Case, CaseEvent, CasePhoto, CaseResult, Decision
from coachwork.cases.corrections import Correction, Standing, StandingDamage, standing_damages
from coachwork.cases.damage_numbers import number_of
from coachwork.cases.messages import Thread
from coachwork.cases.people import Person, Right
from coachwork.casework.corrected_document import corrected_verdict
from coachwork.casework.service import Service
from coachwork.reports.car.damage_contents import LIKELY_FROM
from coachwork.storage.desk_reading import read_desk_case
from coachwork.web.workbench.car_map import MappedDamage, ShownMap, shown_map
from coachwork.web.workbench.evidence import ShownSign, shown_signs
from coachwork.web.workbench.outlines import damage_path, path_of, points_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnDamage:
    """A damage as it is drawn on one photo; `path`, `outline` and `label` are in pixels of the upright photo."""

    number: int
    name: str
    path: str
    outline: str
    label: tuple[float, float]
    by_person: bool
    likely: bool
    deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPhoto:
    """A photo, and what is drawn on it."""

    photo: CasePhoto
    number: int
    verdict: str | None
    drawn: tuple[DrawnDamage, ...]

    @property
    def stroke(self) -> float:
        """Width of the lines that numbers are drawn with, pixels of the photo."""
        return max(self.photo.size.longest / 400, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDamage:
    """A damage in the table.

    Attributes:
        number: as it stands in table and pictures.
        damage: itself.
        photos: numbers of the photos that show it.
        size_mm: smallest and largest extent in whole millimetres; None where it is not known.
        likely: whether it is rather there than not.
        corrections: that count for it.
    """

    number: int
    damage: StandingDamage
    photos: tuple[int, ...]
    size_mm: tuple[int, int] | None
    likely: bool
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """Everything on the page."""

    case: Case
    photos: tuple[ShownPhoto, ...]
    damages: tuple[ShownDamage, ...]
    result: CaseResult | None
    corrections: tuple[Correction, ...]
    standing: Standing
    decisions: tuple[Decision, ...]
    events: tuple[CaseEvent, ...]
    person: Person
    map: ShownMap | None
    signs: tuple[ShownSign, ...]
    thread: Thread

    @property
    def standing_count(self) -> int:
        """Damages that nobody deleted."""
        return sum(not one.damage.deleted for one in self.damages)

    @property
    def numbers(self) -> Mapping[str, int]:
        """Name of a damage in the estimate -> its number on the page."""
        return {one.damage.name: one.number for one in self.damages}

    @property
    def numbers_of(self) -> Mapping[str, int]:
        """Id of a photo -> its number on the page."""
        return {one.photo.id: one.number for one in self.photos}

    @property
    def last_undoable(self) -> Correction | None:
        """The last correction that still counts."""
        return next((one for one in reversed(self.corrections) if one.number in self.standing.counting), None)

    @property
    def verdict(self) -> Verdict:
        """As it stands after corrections; `UNCERTAIN` without results."""
        if self.result is None:
            return Verdict.UNCERTAIN
        told = Verdict(self.result.inspection["verdict"])
        return corrected_verdict(told, standing=self.standing_count) if self.standing.corrected else told

    @property
    def likely_count(self) -> int:
        """Damages that are rather there than not."""
        return sum(one.likely and not one.damage.deleted for one in self.damages)

    @property
    def proposal(self) -> Mapping[str, Any] | None:
        """``coachwork.settlement/1``."""
        return None if self.result is None else self.result.settlement

    @property
    def offered(self) -> str:
        """The amount that an offer begins with."""
        likely = "" if self.proposal is None else self.proposal["payout"]["likely"]
        return likely if likely and Decimal(likely) > 0 else ""

    def may_approve(self, decision: Decision) -> bool:
        """Whether it waits for a second person, and this one may be that."""
        own = decision.person == self.person.id or decision.by == self.person.login
        return decision.approval is Approval.AWAITED and not own and self.person.may(Right.APPROVE)


def case_view(service: Service, person: Person, case_id: str) -> CaseView:
    """The view of a case of the person's tenant.

    Raises:
        NotAllowed: the person's role does not allow it.
        UnknownCase: the tenant has none of that name.
    """
    person.need(Right.READ)
    read = read_desk_case(service.database, person.tenant, case_id)
    case, result, corrections = read.case, read.result, tuple(read.corrections)
    standing = Standing(damages=()) if result is None else standing_damages(result.inspection, corrections)
    photos = _photos(read.photos, result, standing)
    by_place = _numbers_by_place(photos, result)
    damages = tuple(_damage(one, result, by_place, corrections) for one in standing.damages)
    return CaseView(
        case=case,
        photos=photos,
        damages=damages,
        result=result,
        corrections=corrections,
        standing=standing,
        decisions=tuple(read.decisions),
        events=tuple(read.events),
        person=person,
        map=None if result is None else _map(damages, result, case),
        signs=shown_signs(service, person, case_id, result, read.photos),
        thread=read.thread,
    )


def _map(damages: Sequence[ShownDamage], result: CaseResult, case: Case) -> ShownMap:
    mapped = (
        MappedDamage(number=one.number, part=one.damage.part, severity=one.damage.severity, likely=one.likely)
        for one in damages
        if not one.damage.deleted
    )
    return shown_map(mapped, result.inspection.get("coverage", ()), case.facts.vehicle)


def _numbers_by_place(photos: Sequence[ShownPhoto], result: CaseResult | None) -> Mapping[int, int]:
    """Place of a photo in the inspection -> its number on the page."""
    known = {one.photo.sha256: one.number for one in photos}
    listed = [] if result is None else result.inspection["photos"]
    return {place: known[one["photo"]["sha256"]] for place, one in enumerate(listed) if one["photo"]["sha256"] in known}


def _photos(photos: Sequence[CasePhoto], result: CaseResult | None, standing: Standing) -> tuple[ShownPhoto, ...]:
    assessed = {} if result is None else {one["photo"]["sha256"]: one for one in result.inspection["photos"]}
    places = {} if result is None else {one["photo"]["sha256"]: i for i, one in enumerate(result.inspection["photos"])}
    shown = []
    for number, photo in enumerate(photos, start=1):
        told = assessed.get(photo.sha256)
        drawn = () if told is None else tuple(_drawn(told, places[photo.sha256], standing))
        verdict = None if told is None else told["verdict"]
        shown.append(ShownPhoto(photo=photo, number=number, verdict=verdict, drawn=drawn))
    return tuple(shown)


def _drawn(assessment: Mapping[str, Any], place: int, standing: Standing) -> Sequence[DrawnDamage]:
    found: list[DrawnDamage] = []
    step = max(assessment["photo"]["width"], assessment["photo"]["height"]) / 40
    for damage in standing.damages:
        for seen in damage.views:
            if seen.photo != place:
                continue
            if seen.mark is not None:
                path, (x, y, _, _) = path_of(list(seen.mark.outline)), seen.mark.box
            else:
                told = assessment["damages"][seen.damage]
                path, (x, y, _, _) = damage_path(told), told["box"]
            found.append(
                DrawnDamage(
                    number=damage.number,
                    name=damage.name,
                    path=path,
                    outline=points_of(path),
                    label=_free(x, y, found, step),
                    by_person=bool(damage.by),
                    likely=is_likely(damage),
                    deleted=damage.deleted,
                )
            )
    return found


def is_likely(damage: StandingDamage) -> bool:
    """Whether it is rather there than not."""
    return damage.probability is None or damage.probability >= LIKELY_FROM


def _free(x: float, y: float, drawn: Sequence[DrawnDamage], step: float) -> tuple[float, float]:
    """A place for a number that no other one covers, to the right of where it belongs."""
    while any(abs(one.label[0] - x) < step and abs(one.label[1] - y) < step * 0.7 for one in drawn):
        x += step
    return round(x, 1), round(y, 1)


def _damage(
    damage: StandingDamage,
    result: CaseResult | None,
    by_place: Mapping[int, int],
    corrections: Sequence[Correction],
) -> ShownDamage:
    listed = [] if result is None else result.inspection["damages"]
    numbers = {number_of(one, place): one for place, one in enumerate(listed)}
    size = numbers.get(damage.number, {}).get("size_mm")
    return ShownDamage(
        number=damage.number,
        damage=damage,
        photos=tuple(sorted({by_place[seen.photo] for seen in damage.views if seen.photo in by_place})),
        likely=is_likely(damage),
        size_mm=None if not size else (round(size[0]), round(size[1])),
        corrections=tuple(one for one in corrections if one.number in damage.corrections),
    )
