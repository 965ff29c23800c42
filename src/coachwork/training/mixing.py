"""Pictures made of several photos: mosaics of four, and damages pasted from one photo onto another.

Mosaics are those of Bochkovskiy et al. (2020); pasting follows Ghiasi et al. (CVPR 2021), with two changes for damage:
the pasted paint takes the colour of its new surroundings (Pérez et al., 2003), and rare types are drawn more often.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.random import Generator

from coachwork.datasets.sample import Entry, Sample
from coachwork.geometry.size import Size
from coachwork.models.targets import MASK_STRIDE, UNKNOWN
from coachwork.photos.reading import read_photo
from coachwork.taxonomy import DamageType, Kind
from coachwork.training.augmentation import Matrix, Outline, Pixels, move_outlines, move_photo
from coachwork.training.plan import Plan
from coachwork.training.views import View, as_outline, view_of

PASTED = frozenset(
    {
        DamageType.DENT,
        DamageType.SCRATCH,
        DamageType.CRACK,
        DamageType.EXPOSED_PRIMER,
        DamageType.PAINT_CHIP,
        DamageType.RUST,
    }
)
"""Types that look the same wherever they lie on the body; a broken lamp on a door would teach nonsense."""

_SMALLEST, _LARGEST = 12.0, 0.4
"""A pasted damage is at least so many pixels long, and at most this share of the view's shorter side."""
_TRIES = 12
_MARGIN = 0.12


class Mixer:
    """Mixes photos of a training set.

    Args:
        entries: the training set.
        plan: says how often.
    """

    def __init__(self, entries: Sequence[Entry], plan: Plan) -> None:
        self._entries, self._plan = entries, plan
        self._alike: dict[frozenset[Kind], list[int]] = {}
        self._donors: dict[Kind, list[tuple[int, int]]] = {}
        for index, (_, sample) in enumerate(entries):
            self._alike.setdefault(sample.annotated, []).append(index)
            for number, shape in enumerate(sample.shapes):
                if shape.type in PASTED and shape.type in plan.types and shape.has_mask and not shape.crowd:
                    self._donors.setdefault(shape.type, []).append((index, number))
        self._kinds = sorted(self._donors)
        rarity = np.array([len(self._donors[kind]) ** -0.5 for kind in self._kinds])
        self._odds = np.cumsum(np.array([len(self._donors[kind]) for kind in self._kinds]) * rarity)

    def view(self, index: int, rng: Generator) -> View:
        """An entry's view, perhaps as one of a mosaic, perhaps with damages from elsewhere."""
        plan, target = self._plan.augmentation, self._plan.model.size
        if plan.mosaic and rng.random() < plan.mosaic:
            view = self._mosaic(index, target, rng)
        else:
            view = view_of(self._entries[index], self._plan, target, rng)
        if plan.paste and self._kinds and rng.random() < plan.paste:
            for _ in range(int(rng.integers(1, 4))):
                view = self._pasted(view, rng)
        return view

    def _mosaic(self, index: int, target: Size, rng: Generator) -> View:
        """Four views side by side, of sources that mark the same types: absence means the same all over."""
        alike = self._alike[self._entries[index][1].annotated]
        chosen = [index, *(alike[int(rng.integers(len(alike)))] for _ in range(3))]
        rng.shuffle(chosen)
        split_y, split_x = (
            int(side * rng.uniform(0.35, 0.65)) // MASK_STRIDE * MASK_STRIDE for side in (target.height, target.width)
        )
        rows, columns = ((0, split_y), (split_y, target.height)), ((0, split_x), (split_x, target.width))
        pixels = np.empty((target.height, target.width, 3), dtype=np.uint8)
        outlines: list[Outline] = []
        parts = []
        for one, ((top, bottom), (left, right)) in zip(
            chosen, ((row, column) for row in rows for column in columns), strict=True
        ):
            size = Size(height=bottom - top, width=right - left)
            part = view_of(self._entries[one], self._plan, size, rng)
            pixels[top:bottom, left:right] = part.pixels
            outlines += [_shifted(outline, left, top) for outline in part.outlines]
            parts.append(part)
        return View(
            pixels=pixels,
            outlines=tuple(outlines),
            annotated=parts[0].annotated,
            damaged=UNKNOWN,  # four photos in one say nothing of a photo as a whole
            photo=(0.0, 0.0, float(target.width), float(target.height)),
        )

    def _pasted(self, view: View, rng: Generator) -> View:
        """The view with one damage more, where there is room for it."""
        kind = self._kinds[int(np.searchsorted(self._odds, rng.random() * self._odds[-1], side="right"))]
        index, number = self._donors[kind][int(rng.integers(len(self._donors[kind])))]
        folder, sample = self._entries[index]
        outline = as_outline(sample.shapes[number], sample.size, self._plan.types)
        height, width = view.pixels.shape[:2]
        if outline is None:
            return view
        patch = _patch(sample, outline, min(height, width), self._plan.augmentation.scale, rng)
        if patch is None:
            return view
        size, matrix = patch
        moved = move_outlines([outline], matrix, size)
        place = _room(view, size, rng) if moved else None
        if place is None:
            return view
        donor = read_photo(folder / sample.photo, min_side=2 * max(height, width)).pixels
        reduced = np.diag([sample.size.width / donor.shape[1], sample.size.height / donor.shape[0]])
        pixels = move_photo(donor, np.column_stack((matrix[:, :2] @ reduced, matrix[:, 2])), size)
        blended = _blended(view.pixels, pixels, moved[0], place)
        damaged = view.damaged if view.damaged == UNKNOWN else 1
        return replace(
            view,
            pixels=blended,
            outlines=(*view.outlines, _shifted(moved[0], *place)),
            damaged=damaged,
        )


def _shifted(outline: Outline, x: float, y: float) -> Outline:
    return replace(outline, parts=tuple(part + np.array([x, y]) for part in outline.parts))


def _patch(
    sample: Sample, outline: Outline, side: int, scale: tuple[float, float], rng: Generator
) -> tuple[Size, Matrix] | None:
    """Size of a patch around a damage, and the map from its photo into it; None where it would be too small."""
    points = np.concatenate(outline.parts)
    low, high = points.min(axis=0), points.max(axis=0)
    zoom = side / sample.size.longest * np.exp(rng.uniform(np.log(scale[0]), np.log(scale[1])))
    zoom = min(zoom, _LARGEST * side / max((high - low).max(), 1.0))
    if (high - low).max() * zoom < _SMALLEST:
        return None
    margin = _MARGIN * (high - low).max() + 3 / zoom
    corner, extent = low - margin, np.ceil((high - low + 2 * margin) * zoom).astype(int)
    mirror = rng.random() < 0.5
    linear = np.diag([-zoom if mirror else zoom, zoom])
    offset = -(linear @ corner) + (np.array([extent[0], 0.0]) if mirror else 0.0)
    return Size(height=int(extent[1]), width=int(extent[0])), np.column_stack((linear, offset))


def _room(view: View, size: Size, rng: Generator) -> tuple[int, int] | None:
    """Where in the view (x, y of its corner) a patch covers nothing that is marked; None where no place was found."""
    x_min, y_min, x_max, y_max = (round(edge) for edge in view.photo)
    if x_max - x_min <= size.width + 2 or y_max - y_min <= size.height + 2:
        return None
    boxes = [(*np.concatenate(one.parts).min(axis=0), *np.concatenate(one.parts).max(axis=0)) for one in view.outlines]
    for _ in range(_TRIES):
        x = int(rng.integers(x_min + 1, x_max - size.width))
        y = int(rng.integers(y_min + 1, y_max - size.height))
        apart = (
            x + size.width <= left or right <= x or y + size.height <= top or bottom <= y
            for left, top, right, bottom in boxes
        )
        if all(apart):
            return x, y
    return None


def _blended(under: Pixels, patch: Pixels, outline: Outline, place: tuple[int, int]) -> Pixels:
    """The patch's damage on the picture: its own gradients, the colour of what lies around it there."""
    mask = np.zeros(patch.shape[:2], dtype=np.uint8)
    for part in outline.parts:
        cv2.fillPoly(mask, [np.round(part).astype(np.int32)], 255)
    reach = max(3, round(_MARGIN * max(patch.shape[:2]))) | 1
    mask = np.asarray(cv2.dilate(mask, np.ones((reach, reach), dtype=np.uint8)), dtype=np.uint8)
    mask[[0, -1]] = 0
    mask[:, [0, -1]] = 0
    # seamlessClone centres the mask's own box on the point it is given
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return under
    centre = (place[0] + left + width // 2, place[1] + top + height // 2)
    return np.asarray(cv2.seamlessClone(patch, under, mask, centre, cv2.NORMAL_CLONE), dtype=np.uint8)
