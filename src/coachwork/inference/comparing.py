"""Two inspections of one car, from their photos: what either photo shows of the other."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from coachwork.inspections.counterparts import Shared
from coachwork.inspections.inspection import Inspection
from coachwork.photos.correspondence import Correspondence, PhotoPoints, correspondence, photo_points
from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import Photo, read_photo

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
    seen: Callable[[int, int], None] = lambda _done, _total: None,
) -> Shared:
    """The points that photos of the one inspection share with photos of the other.

    Only pairs are compared of which either photo shows a damage.

    Args:
        before: the earlier inspection.
        after: the later one.
        photos: of both, by their places.
        seen: told how many pairs are done, of how many.
    """
    points: tuple[dict[int, PhotoPoints], ...] = tuple(
        {place: photo_points(photo.pixels, photo.size) for place, photo in those.items()} for those in photos
    )
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
