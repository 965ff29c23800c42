"""What every annotation format offers, what its reader gives, and what its writer is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from coachwork.annotations.export import Export
from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.problems import Problem
from coachwork.datasets.sample import Attribution, DamageShape, Split
from coachwork.taxonomy import Kind, LabelMap


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnnotatedPhoto:
    """A photo with what one annotation file says of it.

    Attributes:
        name: the photo's name in the annotation file.
        file: the photo itself.
        split: the split that the source states, if any.
        annotated: types whose absence here means "not there". A type loses this when one of its shapes was left out.
        shapes: the damages, in pixels of the upright photo.
        tags: labels of the photo as a whole.
        attribution: licence and author of the photo, where the file states them.
    """

    name: str
    file: PhotoFile
    split: Split | None
    annotated: frozenset[Kind]
    shapes: tuple[DamageShape, ...] = ()
    tags: tuple[str, ...] = ()
    attribution: Attribution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader found in one file.

    Attributes:
        photos: those that can be used.
        problems: everything that was left out, mended or doubtful.
        dropped: label -> count of shapes that the label map drops on purpose.
    """

    photos: tuple[AnnotatedPhoto, ...]
    problems: tuple[Problem, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)


class Holding(StrEnum):
    """What a format can say of a photo and survives being written and read again; the rest is lost in it."""

    BOXES = "boxes"
    ROTATED_BOXES = "rotated boxes"
    OUTLINES = "outlines"
    PARTS = "shapes of several parts"
    PIXELS = "pixels"
    INSTANCES = "damages of one type apart where they touch"
    CROWDS = "crowds"
    SEVERITY = "severity"
    ATTRIBUTES = "attributes"
    TAGS = "tags"
    UNLABELLED = "unlabelled photos apart from undamaged ones"
    SPLITS = "splits"
    ATTRIBUTION = "licence and author of single photos"


SAID_IN_FORMATS = frozenset(Holding) - {Holding.ATTRIBUTION}
"""What there are annotation formats for; the rest goes beside the annotations (`attributions.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One annotation format.

    Attributes:
        name: as in ``--format``.
        title: the name as people write it.
        fits: whether a path can be of this format by its name alone, cheap; False for every folder unless `is_folder`.
        detect: confidence 0..1 that a path is of this format; never raises.
        labels: every label that the file uses or declares, to choose a label map by; raises as `read` does.
        read: reads a file; problems are collected, and only a file that is useless as a whole raises `AnnotationError`.
        write: writes samples with their photos into a folder, or None where the format is only read. What it writes is
            recognised as this format, and read again as it was but for what the format does not hold.
        holds: what survives that.
        is_folder: whether a source of this format is a folder as a whole, not a file in it.
    """

    name: str
    title: str
    fits: Callable[[Path], bool]
    detect: Callable[[Path], float]
    labels: Callable[[Path], frozenset[str]]
    read: Callable[[Path, PhotoLookup, LabelMap], Reading]
    write: Callable[[Export], None] | None = None
    holds: frozenset[Holding] = frozenset()
    is_folder: bool = False


def has_suffix(*suffixes: str) -> Callable[[Path], bool]:
    """A `Format.fits` for files of some suffixes, lower case with the dot."""

    def fits(path: Path) -> bool:
        return path.suffix.lower() in suffixes

    return fits
