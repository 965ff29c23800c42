"""Which photos the arguments of a command mean, and which of them mean none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coachwork.photos.listing import list_photos
from coachwork.photos.problems import PhotoError


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPath:
    """One photo to be read, or the reason why an argument names none.

    Attributes:
        file: the path as text, built from the argument as it was given.
        problem: why there is no photo to read, or None.
    """

    file: str
    problem: PhotoError | None = None


def find_photos(arguments: Sequence[str], *, leave_out: Path | None = None) -> list[PhotoPath]:
    """The photos that files, folders and patterns name, each once, in the order of the arguments.

    What lies in `leave_out` is passed over unless it is named itself: an output folder may lie among the photos.
    """
    found: dict[Path, PhotoPath] = {}
    for argument in arguments:
        try:
            files = list_photos([argument])
        except PhotoError as nothing:
            found.setdefault(Path(argument).absolute(), PhotoPath(file=argument, problem=nothing))
            continue
        for file in files:
            if leave_out is None or str(file) == argument or leave_out.resolve() not in file.resolve().parents:
                found.setdefault(file.absolute(), PhotoPath(file=str(file)))
    return list(found.values())
