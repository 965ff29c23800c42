"""Opens the photo that an annotation names, and says what is wrong where that fails."""

from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.photos.reading import PhotoError


def open_named_photo(name: str, photos: PhotoLookup, log: ProblemLog, place: str) -> PhotoFile:
    """The photo of that name.

    Raises:
        AnnotationError: no file, several files, or a file that cannot be read.
    """
    found = photos.find(name)
    if not found:
        what = f"there is no photo {name!r} in or below {photos.folder}"
        raise log.fault(ProblemCode.PHOTO_MISSING, place, what, done="photo left out")
    if len(found) > 1:
        shown = ", ".join(str(path.relative_to(photos.folder)) for path in found[:3])
        what = f"{name!r} may be any of {len(found)} files ({shown})"
        raise log.fault(ProblemCode.PHOTO_AMBIGUOUS, place, what, done="photo left out")
    try:
        return photos.open(found[0])
    except PhotoError as error:
        raise log.fault(ProblemCode.PHOTO_UNREADABLE, place, str(error), done="photo left out") from None
