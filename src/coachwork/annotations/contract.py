"""What every annotation format offers, and what its reader gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.problems import Problem
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.taxonomy import DamageType, LabelMap


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnnotatedPhoto:
    """A photo with what one annotation file says of it.

    Attributes:
        name: the photo's name in the annotation file.
        file: the photo itself.
        split: the split that the source states, if any.
        annotated: types whose absence here means "not there". A type loses this when one of its shapes was left out.
        shapes: the damages, in pixels of the upright photo.
    """

    name: str
    file: PhotoFile
    split: Split | None
    annotated: frozenset[DamageType]
    shapes: tuple[DamageShape, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One annotation format.

    Attributes:
        name: as in ``--format``.
        title: the name as people write it.
        suffixes: of its files, lower case; empty for a format that is a folder.
        detect: confidence 0..1 that a path is of this format; never raises.
        labels: every label that the file uses or declares, to choose a label map by.
        read: reads a file; problems are collected, and only a file that is useless as a whole raises `AnnotationError`.
        write: writes samples as one file, or None where the format cannot hold them.
    """

    name: str
    title: str
    suffixes: frozenset[str]
    detect: Callable[[Path], float]
    labels: Callable[[Path], frozenset[str]]
    read: Callable[[Path, PhotoLookup, LabelMap], Reading]
    write: Callable[[Sequence[Sample], Path], None] | None = None
