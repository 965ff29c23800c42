"""Photos as they may be given away: faces and number plates hidden, and nothing in the file but the picture."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.errors import CoachworkError
from coachwork.inference.private_regions import PrivateRegions
from coachwork.photos.privacy import PrivateKind, PrivateRegion, published
from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import read_photo
from coachwork.photos.shrinking import EncodedPhoto
from coachwork.photos.sniffing import PhotoFormat


class HidingError(CoachworkError):
    """Copies of photos cannot be written where they are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HiddenPhoto:
    """A photo's copy.

    Attributes:
        sha256: of the original, hex.
        regions: what was hidden, in pixels of the upright photo.
        encoded: the copy's file.
    """

    sha256: str
    regions: tuple[PrivateRegion, ...]
    encoded: EncodedPhoto

    def count(self, kind: PrivateKind) -> int:
        """How many regions of a kind were hidden."""
        return sum(region.kind is kind for region in self.regions)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WrittenCopy:
    """One photo of a run.

    Attributes:
        original: the file.
        copy: where the copy was written; None where the photo could not be read.
        hidden: what was done; None where the photo could not be read.
        problem: why it could not be read; None where it could.
    """

    original: Path
    copy: Path | None = None
    hidden: HiddenPhoto | None = None
    problem: PhotoError | None = None


def hide(source: Path | bytes, *, finder: PrivateRegions, name: str = "") -> HiddenPhoto:
    """The copy of a photo at full resolution; the original is only read.

    Raises:
        PhotoError: the photo cannot be read.
        BundleError: a model cannot be run.
    """
    photo = read_photo(source, name=name)
    regions = finder.find(photo)
    return HiddenPhoto(sha256=photo.sha256, regions=regions, encoded=published(photo, regions))


def write_hidden(originals: Sequence[Path], to: Path, *, below: Path, finder: PrivateRegions) -> Iterator[WrittenCopy]:
    """Writes copies of photos one after the other; each appears whole or not at all, and none replaces an original.

    Args:
        originals: the photos.
        to: the folder of the copies; made where it is not there.
        below: copies lie under `to` as their originals lie under this folder.
        finder: of what is to be hidden.

    Raises:
        HidingError: a copy would stand where an original lies, or cannot be written.
        BundleError: a model cannot be run.
    """
    taken = {_key(original) for original in originals}
    for original in originals:
        try:
            done = hide(original, finder=finder)
        except PhotoError as problem:
            yield WrittenCopy(original=original, problem=problem)
            continue
        copy = _free_place(to / _relative(original, below), done, taken)
        _write(copy, done.encoded.data)
        yield WrittenCopy(original=original, copy=copy, hidden=done)


def run_as_json(copies: Iterable[WrittenCopy], finder: PrivateRegions) -> dict[str, Any]:
    """A run as JSON values with the schema ``coachwork.hidden/1``."""
    return {
        "schema": "coachwork.hidden/1",
        "looked_for": sorted(finder.finds),
        "photos": [_as_json(copy) for copy in copies],
    }


def rewriter(finder: PrivateRegions, *, told: Callable[[HiddenPhoto], None]) -> Callable[[bytes, str], EncodedPhoto]:
    """What makes of a photo's bytes and name the copy that stands for it in an export.

    Args:
        finder: of what is to be hidden.
        told: of each photo.
    """

    def rewritten(data: bytes, name: str) -> EncodedPhoto:
        done = hide(data, finder=finder, name=name)
        told(done)
        return done.encoded

    return rewritten


def _as_json(copy: WrittenCopy) -> dict[str, Any]:
    if copy.hidden is None:
        return {"photo": str(copy.original), "error": str(copy.problem)}
    regions = [
        {"kind": region.kind.value, "score": round(region.score, 4), "polygon": region.polygon.round(1).tolist()}
        for region in copy.hidden.regions
    ]
    return {
        "photo": str(copy.original),
        "sha256": copy.hidden.sha256,
        "copy": str(copy.copy),
        "hidden": {kind.value: copy.hidden.count(kind) for kind in PrivateKind},
        "regions": regions,
    }


def _relative(original: Path, below: Path) -> Path:
    try:
        return original.absolute().relative_to(below.absolute())
    except ValueError:
        return Path(original.name)


def _free_place(wanted: Path, done: HiddenPhoto, taken: set[str]) -> Path:
    suffix = ".png" if done.encoded.format is PhotoFormat.PNG else ".jpg"
    kept = wanted.suffix if wanted.suffix.lower() in done.encoded.format.suffixes else suffix
    place = wanted.with_name(wanted.stem + kept)
    if _key(place) in taken:
        place = wanted.with_name(f"{wanted.stem}-{done.sha256[:12]}{kept}")
    if _key(place) in taken:
        message = f"{place} is the place of another photo: name another folder for the copies"
        raise HidingError(message)
    taken.add(_key(place))
    return place


def _key(path: Path) -> str:
    return os.path.realpath(path).casefold()


def _write(place: Path, data: bytes) -> None:
    fresh = place.with_name(f".{place.name}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(data)
        fresh.replace(place)
    except OSError as refused:
        fresh.unlink(missing_ok=True)
        message = f"{place} cannot be written ({refused.strerror}): name another folder for the copies"
        raise HidingError(message) from refused
