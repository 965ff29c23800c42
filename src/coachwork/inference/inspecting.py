"""Photos of one car to an inspection: each is assessed, its parts are found, and the same damage is known again."""

import time
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

from coachwork.assessments.assessment import Assessment
from coachwork.assessments.views import Correspondences
from coachwork.detections import Detections
from coachwork.inference.assessing import Assessor
from coachwork.inference.private_regions import PrivateRegions
from coachwork.inference.reading_plates import MainPlates
from coachwork.inspections.coverage import seen_parts, wheels
from coachwork.inspections.inspection import InspectedPhoto, Inspection, inspect_car
from coachwork.inspections.known_sizes import Market, car_sizes
from coachwork.inspections.number_plates import PlateReading
from coachwork.inspections.plate_scale import PLATE_SCORE
from coachwork.inspections.scale_references import scale_references
from coachwork.inspections.size import SizeEstimate, damage_size
from coachwork.inspections.vehicle import Vehicle
from coachwork.photos.correspondence import Correspondence, PhotoPoints, correspondence, photo_points
from coachwork.photos.privacy import PrivateKind
from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import CarPart

Watched = Callable[[Path, Photo, Assessment, float], None]
"""Told of a photo's file, the photo, its assessment and the seconds they took."""


def inspect(
    assessor: Assessor,
    paths: Sequence[Path],
    *,
    vehicle: Vehicle | None = None,
    market: Market | None = None,
    named: Callable[[Path], str] = str,
    seen: Callable[[int], None] = lambda _done: None,
    unread: Callable[[Path, PhotoError], None] | None = None,
    plates: MainPlates | None = None,
    watched: Watched | None = None,
) -> Inspection:
    """Inspects a car.

    Args:
        assessor: with a part model, or damages are known again by their looks alone and no coverage is told.
        paths: photos of one car.
        vehicle: which car it is, where that is known.
        market: where the car is registered, which says how large its number plates are; None leaves those out.
        named: what results call a photo's file.
        seen: told how many photos are done.
        unread: told of photos that cannot be read, which are passed over then.
        plates: reads the number plates, to tell where photos show two cars; None leaves that out.
        watched: told of each photo with its assessment, and how many seconds that took.

    Raises:
        PhotoError: a photo cannot be read, and nobody is told.
        BundleError: a model cannot be run.
    """
    measure = _Measure(vehicle, market)
    photos: list[InspectedPhoto] = []
    points: dict[int, PhotoPoints] = {}
    readings = list[PlateReading]()
    for done, path in enumerate(paths, start=1):
        begun = time.perf_counter()
        try:
            photo = read_photo(path, min_side=assessor.min_side)
        except PhotoError as problem:
            if unread is None:
                raise
            unread(path, problem)
        else:
            parts = assessor.parts_in(photo)
            assessment = assessor.assess(photo, file=named(path), parts=parts)
            if watched is not None:
                watched(path, photo, assessment, time.perf_counter() - begun)
            if assessment.damages:
                points[len(photos)] = photo_points(photo.pixels, photo.size, without=wheels(parts))
            shown = () if parts is None else seen_parts(parts)
            sizes = measure.sizes(photo, assessment, parts)
            readings += [] if plates is None else plates.of(named(path), photo)
            photos.append(InspectedPhoto(assessment=assessment, parts=shown, sizes=sizes))
        seen(done)
    told = assessor.part_predictor
    known = () if told is None else tuple(CarPart(kind) for kind in told.bundle.card.types)
    shared = _correspondences([photo.assessment for photo in photos], points)
    return inspect_car(photos, shared, known_parts=known, vehicle=vehicle, plates=readings)


class _Measure:
    """Measures damages by what of known size their photo shows."""

    def __init__(self, vehicle: Vehicle | None, market: Market | None) -> None:
        self._known = car_sizes(None if vehicle is None else vehicle.body)
        self._plate = None if market is None else market.plate
        self._regions = None if market is None else PrivateRegions()

    def sizes(self, photo: Photo, assessment: Assessment, parts: Detections | None) -> tuple[SizeEstimate | None, ...]:
        """Of each damage of a photo."""
        if not assessment.damages:
            return ()
        found = () if self._regions is None else self._regions.find(photo)
        references = scale_references(
            parts,
            self._known,
            plates=[one.polygon for one in found if one.kind is PrivateKind.NUMBER_PLATE and one.score >= PLATE_SCORE],
            plate=self._plate,
            frame=photo.size,
        )
        return tuple(damage_size(damage, references, self._known) for damage in assessment.damages)


def _correspondences(assessments: Sequence[Assessment], points: dict[int, PhotoPoints]) -> Correspondences:
    """Of the pairs of photos that show a damage of one type each."""
    found: dict[tuple[int, int], Correspondence] = {}
    kinds = {place: {damage.type for damage in assessments[place].damages} for place in points}
    for first, second in combinations(sorted(points), 2):
        if kinds[first] & kinds[second]:
            shared = correspondence(points[first], points[second])
            if shared is not None:
                found[first, second] = shared
    return found
