"""One annotated photo of a dataset."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import Polygon, rasterise
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.geometry.size import Size
from coachwork.taxonomy import CarPart, Kind, Severity


class Split(StrEnum):
    """What a sample may be used for."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DamageShape:
    """One annotated damage; in sets that mark parts of cars, one part.

    Attributes:
        type: what it is; None where the source says only that it is a damage.
        box: tight box, pixels of the upright photo.
        polygons: outline parts; empty where only a box (or run lengths) is known.
        rle: pixels, where the source gave run lengths instead of outlines.
        crowd: a region of many, ignored in evaluation and not trained as one instance.
        severity: where the source states it.
        label: the source's own label.
        rotated: the turned box, where the source gave one; `box` is then the upright box around it.
        attributes: what else the source says of it, name -> value.
    """

    type: Kind | None
    box: Box
    polygons: tuple[Polygon, ...] = ()
    rle: Mask | None = None
    crowd: bool = False
    severity: Severity | None = None
    label: str = ""
    rotated: RotatedBox | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_mask(self) -> bool:
        """Whether the shape is known, not its box alone."""
        return bool(self.polygons) or self.rle is not None

    def mask(self, frame: Size) -> Mask | None:
        """The covered pixels in the photo, or None where only the box is known."""
        if self.rle is not None:
            return self.rle
        return rasterise(self.polygons, frame) if self.polygons else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who made a photo, and what its licence allows; for photos whose terms are their own, not their source's.

    Attributes:
        licence: SPDX identifier or the licence's name.
        author: whom to name.
        url: the page or file it came from.
    """

    licence: str
    author: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """A photo and what is known of it.

    Attributes:
        photo: path of the photo's file, relative to the dataset's folder, with forward slashes.
        sha256: digest of the photo's bytes, hex.
        size: of the upright photo.
        source: name of the label map (set) it came from.
        name: the file's name at the source.
        split: train, val or test.
        cluster: id shared by near-duplicates (photos that must stay on one side of a split).
        annotated: types whose absence here means "not there"; empty for an unlabelled photo.
        shapes: the damages, and the parts where the source marks parts.
        fingerprint: 64-bit perceptual hash of the photo, by which later sources are compared; None where not taken.
        tags: labels of the photo as a whole.
        attribution: licence and author of this photo, where it has terms of its own.
    """

    photo: str
    sha256: str
    size: Size
    source: str
    name: str
    split: Split
    cluster: str
    annotated: frozenset[Kind]
    shapes: tuple[DamageShape, ...] = field(default=())
    fingerprint: int | None = None
    tags: tuple[str, ...] = ()
    attribution: Attribution | None = None

    @property
    def damages(self) -> tuple[DamageShape, ...]:
        """The shapes that are damages, of stated type or not; parts of cars are none."""
        return tuple(shape for shape in self.shapes if not isinstance(shape.type, CarPart))

    @property
    def is_unlabelled(self) -> bool:
        """Whether nobody has said anything of the photo; one that was reviewed and shows no damage is labelled."""
        return not self.annotated and not self.shapes


Entry = tuple[Path, Sample]
"""A dataset's folder and one of its samples."""
