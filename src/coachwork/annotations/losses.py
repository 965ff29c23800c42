"""What a format cannot hold of some samples, told before it is lost."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from coachwork.annotations.contract import Format, Holding
from coachwork.annotations.coverage import covered
from coachwork.datasets.photo_table import PHOTO_TABLE
from coachwork.datasets.sample import DamageShape, Sample, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One thing that a format cannot hold of some samples.

    Attributes:
        holding: what the samples say and the format does not.
        shapes: how many shapes say it; 0 where it is said of photos.
        photos: how many photos say it, or hold such shapes.
        becomes: what remains of it.
    """

    holding: Holding
    shapes: int
    photos: int
    becomes: str

    def __str__(self) -> str:
        shapes = f"{self.shapes} shape{'s' * (self.shapes != 1)} in " if self.shapes else ""
        return f"{self.holding}: {shapes}{self.photos} photo{'s' * (self.photos != 1)}: {self.becomes}"

    def as_json(self) -> dict[str, object]:
        """The loss as a flat JSON object."""
        return {
            "lost": self.holding.value,
            "shapes": self.shapes,
            "photos": self.photos,
            "becomes": self.becomes,
        }


def losses_of(samples: Iterable[Sample], fmt: Format) -> tuple[Loss, ...]:
    """What the samples say that a format does not hold, in the order of `Holding`; nothing where nothing is lost."""
    shapes = dict.fromkeys(Holding, 0)
    photos = dict.fromkeys(Holding, 0)
    for sample in samples:
        of_shapes = [holding for shape in sample.shapes for holding in said_by_shape(shape)]
        if Holding.INSTANCES not in fmt.holds:
            of_shapes += [Holding.INSTANCES] * _mistaken_instances(sample)
        for holding in of_shapes:
            shapes[holding] += 1
        for holding in {*of_shapes, *said_of_photo(sample)}:
            photos[holding] += 1
    return tuple(
        Loss(holding=holding, shapes=shapes[holding], photos=photos[holding], becomes=_becomes(holding, fmt.holds))
        for holding in Holding
        if photos[holding] and holding not in fmt.holds
    )


def said_by_shape(shape: DamageShape) -> Iterator[Holding]:
    """What a format must hold so that the shape survives."""
    if shape.rle is not None:
        yield Holding.PIXELS
    elif shape.polygons:
        yield Holding.OUTLINES if len(shape.polygons) == 1 else Holding.PARTS
    elif shape.rotated is None:
        yield Holding.BOXES
    if shape.rotated is not None:
        yield Holding.ROTATED_BOXES
    if shape.crowd:
        yield Holding.CROWDS
    if shape.severity is not None:
        yield Holding.SEVERITY
    if shape.attributes:
        yield Holding.ATTRIBUTES


def said_of_photo(sample: Sample) -> Iterator[Holding]:
    """What a format must hold so that what is said of the photo as a whole survives."""
    if sample.tags:
        yield Holding.TAGS
    if sample.is_unlabelled:
        yield Holding.UNLABELLED
    if sample.split is not Split.TRAIN:
        yield Holding.SPLITS
    if sample.attribution is not None:
        yield Holding.ATTRIBUTION


def _mistaken_instances(sample: Sample) -> int:
    """Shapes that would not come back as they are from the connected pieces of their type's pixels."""
    by_label: dict[str, list[NDArray[np.uint8]]] = {}
    for shape in sample.shapes:
        key = f"{shape.type} {shape.label}"
        by_label.setdefault(key, []).append(covered(shape, sample.size).full().astype(np.uint8))
    mistaken = 0
    for masks in by_label.values():
        together = np.maximum.reduce(masks)
        count, pieces = cv2.connectedComponents(together, connectivity=8)
        of_shape = [set(np.unique(pieces[mask > 0]).tolist()) for mask in masks]
        shared = [sum(number in numbers for numbers in of_shape) for number in range(count)]
        mistaken += sum(len(numbers) != 1 or shared[next(iter(numbers))] > 1 for numbers in of_shape)
    return mistaken


def _becomes(holding: Holding, holds: AbstractSet[Holding]) -> str:
    """What remains of something in a format that does not hold it."""
    drawn = {Holding.OUTLINES, Holding.PARTS, Holding.PIXELS}
    if holding in drawn and not holds & drawn:
        turned = Holding.ROTATED_BOXES in holds
        return "the smallest turned box around it is kept" if turned else "the box alone is kept"
    if holding is Holding.PARTS and Holding.OUTLINES in holds:
        return "the parts are no longer known to be one damage, or are joined by a seam"
    if holding in {Holding.OUTLINES, Holding.PARTS}:
        return "become pixels"
    words = {
        Holding.BOXES: "become filled rectangles",
        Holding.ROTATED_BOXES: (
            "become the upright boxes around them" if Holding.BOXES in holds else "become filled, turned rectangles"
        ),
        Holding.PIXELS: "become outlines: holes close, edges move by up to a pixel",
        Holding.INSTANCES: "those that touch become one, those of several pieces become several",
        Holding.CROWDS: "count as single damages",
        Holding.UNLABELLED: "left out: they would count as undamaged",
        Holding.SPLITS: "all photos stand together",
        Holding.ATTRIBUTION: f"stands in {PHOTO_TABLE} beside the annotations, which Coachwork alone reads",
    }
    return words.get(holding, "not written")
