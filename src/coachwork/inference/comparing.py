"""Two inspections of one car, from their photos: what either photo shows of the other."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from coachwork.claims.body_colour import BodyColour, are_apart, body_colour
from coachwork.detections import Detections
from coachwork.inference.predictor import Predictor
from coachwork.inspections.counterparts import Shared
from coachwork.inspections.coverage import wheels
from coachwork.inspections.inspection import Inspection
from coachwork.photos.correspondence import Correspondence, PhotoPoints, correspondence, photo_points
from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import Photo, read_photo
from coachwork.reasons import said

LOOKED_AT = 3
"""Photos of either side whose paint is looked at, those with the largest parts first."""

MIN_SIDE = 1280
"""Photos are decoded at a reduced scale as long as their longer side keeps so many pixels."""


def photos_of(
    inspection: Inspection, folders: Sequence[Path], *, missing: Callable[[str], None] = lambda _sentence: None
) -> dict[int, Photo]:
    """The photos of an inspection that are still to be found, by their places in it.

    Args:
        inspection: names its photos by the paths that it was given.
        folders: where to look for a photo of the same name, if it lies no more where it did.
        missing: told, in a sentence, of each photo that is not there, cannot be read or is another one now.
    """
    found: dict[int, Photo] = {}
    for place, one in enumerate(inspection.assessments):
        named = Path(one.file)
        why = f"{one.file} is no more to be found: name the folder where it lies"
        for path in (named, *(folder / named.name for folder in folders)):
            if path.is_file():
                try:
                    photo = read_photo(path, min_side=MIN_SIDE)
                except PhotoError as problem:
                    why = str(problem)
                    continue
                if photo.sha256 == one.sha256:
                    found[place] = photo
                    break
                why = f"{path} is another photo than the one that was inspected: name the folder where that lies"
        if place not in found:
            missing(why)
    return found


def shared_points(
    before: Inspection,
    after: Inspection,
    photos: tuple[Mapping[int, Photo], Mapping[int, Photo]],
    *,
    predictor: Predictor | None = None,
    seen: Callable[[int, int], None] = lambda _done, _total: None,
) -> Shared:
    """The points that photos of the one inspection share with photos of the other.

    Only pairs are compared of which either photo shows a damage.

    Args:
        before: the earlier inspection.
        after: the later one.
        photos: of both, by their places.
        predictor: of parts, by which wheels are left out: those of front and rear look alike.
        seen: told how many pairs are done, of how many.

    Raises:
        BundleError: the model cannot be run.
    """
    points = tuple({place: _points(photo, predictor) for place, photo in those.items()} for those in photos)
    pairs = [
        (first, second)
        for first in sorted(points[0])
        for second in sorted(points[1])
        if before.assessments[first].damages or after.assessments[second].damages
    ]
    found: dict[tuple[int, int], Correspondence] = {}
    for done, (first, second) in enumerate(pairs, start=1):
        shared = correspondence(points[0][first], points[1][second])
        if shared is not None:
            found[first, second] = shared
        seen(done, len(pairs))
    return found


def _points(photo: Photo, predictor: Predictor | None) -> PhotoPoints:
    parts = None if predictor is None else _parts(photo, predictor)
    return photo_points(photo.pixels, photo.size, without=wheels(parts))


def _parts(photo: Photo, predictor: Predictor) -> Detections:
    return predictor.predict(photo, min_score=np.array(predictor.bundle.card.operating_point))


def colour_warnings(
    sides: tuple[Inspection, Inspection], photos: tuple[Mapping[int, Photo], Mapping[int, Photo]], predictor: Predictor
) -> tuple[str, ...]:
    """A sentence where the paint of both sides clearly differs; none where light may explain it.

    Args:
        sides: the earlier and the later inspection.
        photos: of both, by their places.
        predictor: of parts.

    Raises:
        BundleError: the model cannot be run.
    """
    first, second = (_colours(side, those, predictor) for side, those in zip(sides, photos, strict=True))
    if not first or not second or not all(are_apart(one, other) for one in first for other in second):
        return ()
    one, other = first[0], second[0]
    return (said("two_cars.paint", colour=one.words, before=one.name, other=other.words, after=other.name),)


def _colours(inspection: Inspection, photos: Mapping[int, Photo], predictor: Predictor) -> list[BodyColour]:
    """The paint on the photos that show most of the car."""

    def shown(place: int) -> float:
        return sum(seen.share for seen in inspection.photos[place].parts)

    found = []
    for place in sorted(photos, key=lambda place: (-shown(place), place))[:LOOKED_AT]:
        name = Path(inspection.assessments[place].file).name
        found.append(body_colour(name, photos[place].pixels, _parts(photos[place], predictor)))
    return [one for one in found if one is not None]
