"""What people correct in the damages of a case, and the damages as they stand after that.

Corrections are only ever added. They name a damage by where it lies on a photo, not by its number: as long as the same
model speaks, they hold for later results of the case, too, with more photos.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from coachwork.cases.damage_numbers import added_key, name_of, number_of, view_keys
from coachwork.cases.problems import CaseRefused
from coachwork.estimates.case_json import CarCase
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.work_changes import WorkChange
from coachwork.reasons import said
from coachwork.taxonomy import CarPart, DamageType, Severity

MOST_POINTS = 500


class CorrectionKind(StrEnum):
    """What is done to a damage; `WORK` to a line of the estimate instead."""

    CHANGE = "change"
    CONFIRM = "confirm"
    DELETE = "delete"
    ADD = "add"
    WORK = "work"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a damage lies on a photo.

    Attributes:
        sha256: of the photo's bytes, hex.
        outline: points x, y in pixels of the upright photo, at least three; a box has its four corners.
    """

    sha256: str
    outline: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not 3 <= len(self.outline) <= MOST_POINTS:
            message = f"an outline has 3 to {MOST_POINTS} points, this one has {len(self.outline)}: draw it again"
            raise CaseRefused(message)
        if self.box[0] >= self.box[2] or self.box[1] >= self.box[3]:
            message = said("refused.outline_empty")
            raise CaseRefused(message)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x_min, y_min, x_max, y_max in pixels of the upright photo."""
        xs, ys = [x for x, _ in self.outline], [y for _, y in self.outline]
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One correction, by one person.

    Attributes:
        number: rises with time; 0 until it is kept.
        revision: of the results that lay before the person.
        kind: what is done.
        damage: key of the damage that it is done to; empty where one is added.
        type: the right one; None where it stays.
        part: the right one; None where it stays. `no_part` says that it is not known.
        no_part: whether the part is not known after all.
        severity: the right one; None where it stays.
        mark: where an added damage lies, or a changed one on that photo.
        work: what is decided about a line of the estimate.
        undoes: number of the correction that does not count any more.
        adds: number of the damage that it adds; None where it adds none, and until it is kept.
        reason: in the person's words; may be empty.
        by: who.
        at: UTC; None until it is kept.
    """

    kind: CorrectionKind
    revision: int
    damage: str = ""
    type: DamageType | None = None
    part: CarPart | None = None
    no_part: bool = False
    severity: Severity | None = None
    mark: Mark | None = None
    work: WorkChange | None = None
    undoes: int | None = None
    adds: int | None = None
    reason: str = ""
    number: int = 0
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A view of a damage.

    Attributes:
        photo: place among the inspection's photos, from 0.
        damage: place among the photo's damages; None where only a person saw it there.
        mark: what a person drew, which counts then; None as long as nobody did.
    """

    photo: int
    damage: int | None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingDamage:
    """A damage of the car as it stands.

    Attributes:
        number: by which people call it, for its whole life.
        key: by which corrections refer to it.
        type, part: None is not known.
        severity: levels that cannot be ruled out, mildest first.
        probability: 0..1 by the model; 1 where a person says so; None where nobody tells.
        views: where it is seen, the surest first.
        corrections: numbers of those that count for it.
        by: who spoke last of it; empty for the model.
        deleted: whether a person said that there is none.
    """

    number: int
    key: str
    type: DamageType
    part: CarPart | None
    severity: tuple[Severity, ...]
    probability: float | None
    views: tuple[Seen, ...]
    corrections: tuple[int, ...] = ()
    by: str = ""
    deleted: bool = False

    @property
    def name(self) -> str:
        """By which estimates and reasons refer to it."""
        return name_of(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All damages as they stand.

    Attributes:
        damages: deleted ones among them, in the order of their numbers.
        lost: numbers of corrections whose damage the results do not have any more.
        counting: numbers of corrections that were not undone.
        work: those of them that are about lines of the estimate, the first one first.
    """

    damages: tuple[StandingDamage, ...]
    lost: tuple[int, ...] = ()
    counting: frozenset[int] = field(default_factory=frozenset)
    work: tuple[Correction, ...] = ()

    @property
    def corrected(self) -> bool:
        """Whether any correction of a damage counts."""
        return bool(self.counting - {one.number for one in self.work})


def standing_damages(inspection: Mapping[str, Any], corrections: Sequence[Correction]) -> Standing:
    """The damages of an inspection after what people corrected.

    Args:
        inspection: ``coachwork.inspection/1``.
        corrections: of the case, the first one first.
    """
    photos = inspection["photos"]
    places = {photo["photo"]["sha256"]: place for place, photo in enumerate(photos)}
    listed = [_found(place, one, inspection) for place, one in enumerate(inspection["damages"])]
    keys = {key: damage.number for damage, own in listed for key in own}
    standing = {damage.number: damage for damage, _ in listed}
    undone = {one.undoes for one in corrections if one.kind is CorrectionKind.UNDO}
    counting = [one for one in corrections if one.kind is not CorrectionKind.UNDO and one.number not in undone]
    lost = []
    for one in counting:
        if one.kind is CorrectionKind.WORK:
            continue
        if one.kind is CorrectionKind.ADD:
            if one.mark is None or one.type is None or one.mark.sha256 not in places:
                lost.append(one.number)
                continue
            number = one.adds or max(standing, default=0) + 1
            added = _added(one, number, one.mark, one.type, photo=places[one.mark.sha256])
            standing[number] = added
            keys[added.key] = number
        elif one.damage in keys:
            number = keys[one.damage]
            standing[number] = _corrected(standing[number], one, places)
        else:
            lost.append(one.number)
    return Standing(
        damages=tuple(sorted(standing.values(), key=lambda one: one.number)),
        lost=tuple(lost),
        counting=frozenset(one.number for one in counting),
        work=tuple(one for one in counting if one.kind is CorrectionKind.WORK),
    )


def corrected_case(case: CarCase, standing: Standing) -> CarCase:
    """The case as estimates take it, with the damages as they stand.

    Args:
        case: of the same inspection, its damages named by their numbers.
        standing: after corrections.
    """
    known = {one.name: one for one in case.damages}
    return replace(case, damages=tuple(_repair(one, known) for one in standing.damages if not one.deleted))


def fitted(correction: Correction, standing: Standing) -> Correction:
    """A correction of a damage that fits the damages as they stand; of a change only what differs from them.

    Raises:
        CaseRefused: it does not fit.
    """
    keys = {one.key: one for one in standing.damages}
    told = None
    if correction.kind is CorrectionKind.UNDO:
        if correction.undoes not in standing.counting:
            told = "this correction does not count any more: load the page anew"
    elif correction.kind is CorrectionKind.ADD:
        if correction.type is None or correction.mark is None:
            told = "an added damage needs a type and a place on a photo"
    elif correction.damage not in keys:
        told = "there is no such damage any more: load the page anew"
    elif keys[correction.damage].deleted:
        told = "this damage was deleted: undo that first"
    elif correction.kind is CorrectionKind.CHANGE:
        correction = _difference(keys[correction.damage], correction)
        if not _changes(correction):
            told = "nothing was changed: choose another type, part or severity, or draw another outline"
    if told is not None:
        raise CaseRefused(told)
    return correction


def _difference(damage: StandingDamage, wanted: Correction) -> Correction:
    return replace(
        wanted,
        type=None if wanted.type is damage.type else wanted.type,
        part=None if wanted.part is damage.part else wanted.part,
        no_part=wanted.no_part and damage.part is not None,
        severity=None if (wanted.severity,) == damage.severity else wanted.severity,
    )


def standing_to_json(standing: Standing) -> list[dict[str, Any]]:
    """The damages that stand as plain JSON values, for results."""
    return [
        {
            "number": one.number,
            "name": one.name,
            "type": one.type.value,
            "part": None if one.part is None else one.part.value,
            "severity": [level.value for level in one.severity],
            "probability": one.probability,
            "views": [_seen_to_json(seen) for seen in one.views],
            "corrected_by": one.by or None,
        }
        for one in standing.damages
        if not one.deleted
    ]


def _seen_to_json(seen: Seen) -> dict[str, Any]:
    told: dict[str, Any] = {"photo": seen.photo, "damage": seen.damage}
    if seen.mark is not None:
        told["outline"] = [list(point) for point in seen.mark.outline]
    return told


def _found(place: int, value: Mapping[str, Any], inspection: Mapping[str, Any]) -> tuple[StandingDamage, list[str]]:
    """A damage of the inspection, and the keys of all of its views."""
    number, keys = number_of(value, place), view_keys(inspection, value)
    damage = StandingDamage(
        number=number,
        key=keys[0] if keys else name_of(number),
        type=DamageType(value["type"]),
        part=None if value["part"] is None else CarPart(value["part"]),
        severity=tuple(Severity(level) for level in value["severity"]),
        probability=value["probability"],
        views=tuple(Seen(photo=one["photo"], damage=one["damage"]) for one in value["views"]),
    )
    return damage, keys


def _added(correction: Correction, number: int, mark: Mark, kind: DamageType, *, photo: int) -> StandingDamage:
    return StandingDamage(
        number=number,
        key=added_key(correction.number),
        type=kind,
        part=correction.part,
        severity=() if correction.severity is None else (correction.severity,),
        probability=1.0,
        views=(Seen(photo=photo, damage=None, mark=mark),),
        corrections=(correction.number,),
        by=correction.by,
    )


def _corrected(damage: StandingDamage, one: Correction, places: Mapping[str, int]) -> StandingDamage:
    reshaped = one.mark is not None and one.mark.sha256 in places
    return replace(
        damage,
        views=_reshaped(damage.views, one.mark, places) if reshaped and one.mark else damage.views,
        type=one.type or damage.type,
        part=None if one.no_part else one.part or damage.part,
        severity=damage.severity if one.severity is None else (one.severity,),
        probability=damage.probability if one.kind is CorrectionKind.DELETE else 1.0,
        corrections=(*damage.corrections, one.number),
        by=one.by,
        deleted=damage.deleted or one.kind is CorrectionKind.DELETE,
    )


def _reshaped(views: Sequence[Seen], mark: Mark, places: Mapping[str, int]) -> tuple[Seen, ...]:
    """The views with what a person drew on one of the photos; one that did not show the damage does so now."""
    photo = places[mark.sha256]
    found = tuple(replace(seen, mark=mark) if seen.photo == photo else seen for seen in views)
    return found if found != tuple(views) else (*views, Seen(photo=photo, damage=None, mark=mark))


def _repair(damage: StandingDamage, known: Mapping[str, RepairDamage]) -> RepairDamage:
    confidence = None if damage.probability is None else Decimal(str(damage.probability)).normalize()
    found = known.get(damage.name)
    if found is None:
        return RepairDamage(
            name=damage.name, type=damage.type, part=damage.part, severity=damage.severity, confidence=confidence
        )
    told = confidence if damage.corrections else found.confidence
    return replace(found, type=damage.type, part=damage.part, severity=damage.severity, confidence=told)


def _changes(correction: Correction) -> bool:
    told: Iterable[Any] = (
        correction.type,
        correction.part,
        correction.severity,
        correction.no_part or None,
        correction.mark,
    )
    return any(one is not None for one in told)
