"""All photos of one car as one case: its damages, each once, which parts were seen, and what may be claimed."""

from collections.abc import Sequence
from dataclasses import dataclass

from coachwork.assessments.assessment import Assessment
from coachwork.assessments.severity import DamageSeverity
from coachwork.assessments.verdict import Verdict
from coachwork.assessments.views import CarDamage, Correspondences, merge_views
from coachwork.inspections.coverage import PartCoverage, SeenPart, coverage, unseen
from coachwork.inspections.number_plates import PlateReading, two_plates
from coachwork.inspections.size import SizeEstimate, combined_size
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import said
from coachwork.taxonomy import CarPart, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedPhoto:
    """One photo of the car.

    Attributes:
        assessment: what is said of it.
        parts: the parts of the car that it shows.
        sizes: of each damage, in the assessment's order, None where it is not known; empty where nothing was measured.
    """

    assessment: Assessment
    parts: tuple[SeenPart, ...] = ()
    sizes: tuple[SizeEstimate | None, ...] = ()

    def __post_init__(self) -> None:
        if self.sizes and len(self.sizes) != len(self.assessment.damages):
            message = f"need a size or None for each of {len(self.assessment.damages)} damages, got {len(self.sizes)}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One car at one time.

    Attributes:
        photos: in the order in which they were given.
        damages: each damage of the car once, the surest first.
        coverage: how well each part is seen; empty where no part model was asked.
        vehicle: which car it is, as told by whoever had it inspected; None where nobody did.
        two_cars: places of two photos that show cars with different number plates; empty where none do.
    """

    photos: tuple[InspectedPhoto, ...]
    damages: tuple[CarDamage, ...]
    coverage: tuple[PartCoverage, ...]
    vehicle: Vehicle | None = None
    two_cars: tuple[int, ...] = ()

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """Of the photos, in their order."""
        return tuple(photo.assessment for photo in self.photos)

    @property
    def unseen(self) -> tuple[CarPart, ...]:
        """Parts that must be seen better before "none" may be said."""
        return unseen(self.coverage)

    @property
    def verdict(self) -> Verdict:
        """Damaged where any photo is; none where all say so and show every part of one car well; else uncertain."""
        verdicts = {assessment.verdict for assessment in self.assessments}
        if Verdict.DAMAGED in verdicts:
            return Verdict.DAMAGED
        proven = verdicts == {Verdict.NONE} and self.coverage and not self.unseen and not self.two_cars
        return Verdict.NONE if proven else Verdict.UNCERTAIN

    @property
    def advice(self) -> tuple[str, ...]:
        """Sentences that say which photos would settle what is open, or do not belong together."""
        told = dict.fromkeys(
            said("advice.of_photo", photo=assessment.file, advice=sentence)
            for assessment in self.assessments
            for sentence in assessment.advice
        )
        if self.two_cars:
            first, second = (self.assessments[place].file for place in self.two_cars)
            told |= {said("advice.two_cars", first=first, second=second): None}
        if self.verdict is Verdict.UNCERTAIN and self.unseen:
            told |= {said("advice.unseen", parts=self.unseen): None}
        return tuple(told)

    def probability(self, damage: CarDamage) -> float | None:
        """Highest probability of its views, 0..1: they are no independent witnesses. None where no view has one."""
        told = [seen.probability for seen in damage.seen(self.assessments) if seen.probability is not None]
        return max(told, default=None)

    def size(self, damage: CarDamage) -> SizeEstimate | None:
        """As all of its views tell it together; None where none does."""
        photos = [(self.photos[view.photo], view.damage) for view in damage.views]
        return combined_size([photo.sizes[place] for photo, place in photos if photo.sizes])

    def severity(self, damage: CarDamage) -> DamageSeverity | None:
        """Of the view in which it is largest, the worse of equally large ones; None where no view tells any."""
        seen = [(one.area_px, one.severity) for one in damage.seen(self.assessments) if one.severity is not None]
        told = [(area, severity) for area, severity in seen if severity.levels]
        order = list(Severity).index
        return (
            max(told, key=lambda one: (one[0], [order(level) for level in reversed(one[1].levels)]))[1]
            if told
            else None
        )


def inspect_car(
    photos: Sequence[InspectedPhoto],
    correspondences: Correspondences,
    *,
    known_parts: Sequence[CarPart] = (),
    vehicle: Vehicle | None = None,
    plates: Sequence[PlateReading] = (),
) -> Inspection:
    """Puts the photos of one car together.

    Args:
        photos: in any order; it decides how they are numbered, and nothing else.
        correspondences: points that pairs of photos share.
        known_parts: what the part model can see; none where none was asked.
        vehicle: which car it is, where that is known.
        plates: read from the photos, named as their assessments name them.
    """
    seen = [(photo.parts, photo.assessment.quality.usable) for photo in photos]
    places = {photo.assessment.file: place for place, photo in enumerate(photos)}
    differing = next(two_plates(plates), ())
    return Inspection(
        photos=tuple(photos),
        damages=merge_views([photo.assessment for photo in photos], correspondences),
        coverage=coverage(seen, known_parts) if known_parts else (),
        vehicle=vehicle,
        two_cars=tuple(sorted(places[one.name] for one in differing)),
    )
