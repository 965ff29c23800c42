"""The photo of an annotation file that describes just one."""

from pathlib import Path

from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.photo_opening import open_named_photo
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.photos.sniffing import PHOTO_SUFFIXES


def open_own_photo(name: str, path: Path, photos: PhotoLookup, log: ProblemLog, place: str) -> PhotoFile:
    """The photo that the file names, or else the one that is called like the file.

    Photos are renamed after they were annotated, and the name in the file stays; the file's own name goes along.

    Args:
        name: the photo's name in the file; may be empty.
        path: the annotation file.
        photos: photos around it.
        log: where problems go.
        place: where the name stands.

    Raises:
        AnnotationError: there is no such photo, there are several, or it cannot be read.
    """
    if name and photos.find(name):
        return open_named_photo(name, photos, log, place)
    twins = [path.stem + suffix for known in sorted(PHOTO_SUFFIXES) for suffix in (known, known.upper())]
    found = [twin for twin in twins if photos.find(twin)]
    if len(found) == 1:
        return open_named_photo(found[0], photos, log, place)
    if name:
        return open_named_photo(name, photos, log, place)
    what = f"no photo is named, and {path.stem!r} is the name of {len(found)}"
    raise log.fault(ProblemCode.PHOTO_MISSING, place, what, done="photo left out")


def photo_is_missing(error: AnnotationError) -> bool:
    """Whether an error says that there is no such photo, or that it cannot be told which."""
    return error.problem.code in {ProblemCode.PHOTO_MISSING, ProblemCode.PHOTO_AMBIGUOUS}
