"""One entry seen once: a training photo under a drawn camera view, with what it teaches there."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from coachwork.datasets.sample import DamageShape, Entry, Sample
from coachwork.geometry.size import Size
from coachwork.models.targets import UNKNOWN
from coachwork.photos.reading import read_photo
from coachwork.taxonomy import DamageType, Kind
from coachwork.training.augmentation import Matrix, Outline, Pixels, move_outlines, move_photo, view_matrix
from coachwork.training.hidden_places import hide_places
from coachwork.training.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """What the network is shown, before light and lens are varied.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        outlines: the damages in it, in its pixels.
        annotated: (C,) bool, types whose absence here means "not there"; sides are those of the mirror image, where
            the view is one.
        damaged: 1 where it shows any damage, 0 where it shows none, UNKNOWN where that is not known.
        photo: (4,) the part of the frame that is photo and not border: x_min, y_min, x_max, y_max.
    """

    pixels: Pixels
    outlines: tuple[Outline, ...]
    annotated: NDArray[np.bool_]
    damaged: int
    photo: tuple[float, float, float, float]


def view_of(entry: Entry, plan: Plan, target: Size, rng: Generator) -> View:
    """Draws a view of an entry's photo, `target` in size."""
    folder, sample = entry
    pixels = read_photo(folder / sample.photo, min_side=2 * target.longest).pixels
    outlines = outlines_of(sample, plan.types)
    matrix = view_matrix(sample.size, target, outlines, plan.augmentation, rng)
    types = plan.types
    if np.linalg.det(matrix[:, :2]) < 0:  # a mirror image: what is left becomes right
        types = tuple(kind.mirrored for kind in plan.types)
        outlines = outlines_of(sample, types)
    reduced = np.diag([sample.size.width / pixels.shape[1], sample.size.height / pixels.shape[0]])
    kept = move_outlines(outlines, matrix, target)
    corners = np.array(
        [[0, 0], [sample.size.width, 0], [0, sample.size.height], [sample.size.width, sample.size.height]]
    )
    inside = np.clip(corners @ matrix[:, :2].T + matrix[:, 2], 0, (target.width, target.height))
    moved = move_photo(pixels, np.column_stack((matrix[:, :2] @ reduced, matrix[:, 2])), target)
    if plan.augmentation.hidden and rng.random() < plan.augmentation.hidden:
        moved = hide_places(moved, kept, rng)
    return View(
        pixels=moved,
        outlines=tuple(kept),
        annotated=annotated_types(sample, types),
        damaged=view_damage(sample, matrix, target, kept=len(kept)),
        photo=(*inside.min(axis=0), *inside.max(axis=0)),
    )


def outlines_of(sample: Sample, types: Sequence[Kind]) -> list[Outline]:
    """The shapes of a sample that the model learns, in photo pixels."""
    return [found for found in (as_outline(shape, sample.size, types) for shape in sample.shapes) if found is not None]


def annotated_types(sample: Sample, types: Sequence[Kind]) -> NDArray[np.bool_]:
    """(C,) bool, types whose absence in the sample means "not there"."""
    return np.array([kind in sample.annotated for kind in types])


def view_damage(sample: Sample, matrix: Matrix, target: Size, *, kept: int) -> int:
    """Whether a view of a photo shows damage: 1, 0, or UNKNOWN.

    A view without any marked shape shows none where the photo's source marks dents and scratches, the commonest types;
    one with no more than the edge of a shape, or with a shape that the model does not learn, says nothing.

    Args:
        sample: the photo.
        matrix: (2, 3) from photo to view pixels.
        target: size of the view.
        kept: shapes that the view teaches.
    """
    if kept:
        return 1
    for shape in sample.shapes:
        x_min, y_min, x_max, y_max = shape.box.xyxy
        corners = np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]])
        moved = corners @ matrix[:, :2].T + matrix[:, 2]
        if (moved.max(axis=0) > 0).all() and (moved.min(axis=0) < (target.width, target.height)).all():
            return UNKNOWN
    return 0 if {DamageType.DENT, DamageType.SCRATCH} <= sample.annotated else UNKNOWN


def as_outline(shape: DamageShape, frame: Size, types: Sequence[Kind]) -> Outline | None:
    """The shape in the form augmentation moves; None for a crowd, an unstated type or one the model does not learn."""
    if shape.crowd or shape.type is None or shape.type not in types:
        return None
    label = types.index(shape.type)
    if shape.polygons:
        return Outline(label=label, parts=shape.polygons, has_mask=True)
    mask = shape.mask(frame)
    if mask is None:
        box = shape.box
        corners = [(box.x_min, box.y_min), (box.x_max, box.y_min), (box.x_max, box.y_max), (box.x_min, box.y_max)]
        return Outline(label=label, parts=(np.array(corners, dtype=np.float64),), has_mask=False)
    crop = mask.crop.astype(np.uint8)
    contours, _ = cv2.findContours(crop, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    parts = tuple(contour[:, 0] + np.array([mask.x + 0.5, mask.y + 0.5]) for contour in contours if len(contour) > 2)
    return Outline(label=label, parts=parts, has_mask=True) if parts else None
