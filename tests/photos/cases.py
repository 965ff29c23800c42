"""What a case of the corpus is."""

from dataclasses import dataclass

from coachwork.photos.problems import PhotoProblem

from .pictures import CORNERS, HEIGHT, WIDTH, Corners

FOREIGN = frozenset({PhotoProblem.NOT_A_PHOTO})
UNSUPPORTED = frozenset({PhotoProblem.UNSUPPORTED})
TRUNCATED = frozenset({PhotoProblem.TRUNCATED})
CORRUPT = frozenset({PhotoProblem.CORRUPT})
TOO_MANY = frozenset({PhotoProblem.TOO_MANY_PIXELS, PhotoProblem.SIDE_TOO_LONG})
READABLE: frozenset[PhotoProblem] = frozenset()
ANY_DAMAGE = frozenset(PhotoProblem) - {PhotoProblem.NOT_FOUND, PhotoProblem.NOT_A_FILE, PhotoProblem.UNREADABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file and the right answer to it.

    Attributes:
        id: what it is.
        data: its bytes.
        file: its name.
        refused: the reasons that are right; empty where it must be read.
        may_read: whether reading it is right as well (bits flipped where nobody can tell).
        height: of the upright photo, where it is read.
        width: likewise.
        corners: colours of its quarters, None where they are not known.
        note: a word that its notes must have, empty where there must be no note, None where it does not matter.
        tolerance: how far colours may be off.
    """

    id: str
    data: bytes
    file: str
    refused: frozenset[PhotoProblem] = READABLE
    may_read: bool = False
    height: int = HEIGHT
    width: int = WIDTH
    corners: Corners | None = CORNERS
    note: str | None = ""
    tolerance: int = 12


SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "HEIF": "heic", "TIFF": "tif", "BMP": "bmp"}
"""Name of an encoder -> suffix of its files."""
