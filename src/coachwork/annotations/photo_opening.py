"""Opens the photo that an annotation names, and says what is wrong where that fails."""

from coachwork.annotations.addresses import is_address, names_of
from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.photos.reading import PhotoError


def name_at(address: str, photos: PhotoLookup) -> str:
    """The name under which the photo of an address lies: the first that is found, else the likeliest."""
    names = names_of(address) or [address]
    return next((name for name in names if photos.find(name)), names[0])


def plain_name(name: str, photos: PhotoLookup) -> str:
    """The name as it stands, or where it is an address of Label Studio's, the one that it has in files."""
    return name_at(name, photos) if is_address(name) else name


def open_named_photo(name: str, photos: PhotoLookup, log: ProblemLog, place: str) -> PhotoFile:
    """The photo of that name, which may be an address of Label Studio's.

    Raises:
        AnnotationError: no file, several files, or a file that cannot be read.
    """
    found = photos.find(plain_name(name, photos))
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
