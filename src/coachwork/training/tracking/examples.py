"""Example pictures: a few fixed validation photos, the truth on the left, what the model finds on the right."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import Entry, Sample
from coachwork.detections import Detections
from coachwork.geometry.box import Box
from coachwork.photos.reading import Photo, read_photo
from coachwork.reports.overlay import DrawnShape, colour_of, draw_shapes
from coachwork.taxonomy import Kind

_PANEL = 320
"""Longer side of one picture, pixels."""
_COLUMNS = 2
_GAP = 4
_HEADING = 22
_LEAST_SCORE = 0.25
_MOST_SHAPES = 12


def chosen_examples(entries: Sequence[Entry], count: int) -> list[Entry]:
    """So many entries, spread evenly, two of three with a damage where there are enough of either; always the same."""
    damaged = [entry for entry in entries if entry[1].shapes]
    clean = [entry for entry in entries if not entry[1].shapes]
    few = min(len(clean), max(count // 3, count - len(damaged)))
    return _spread(damaged, count - few) + _spread(clean, few)


def example_picture(
    entries: Sequence[Entry], detect: Callable[[Photo], Detections], *, heading: str
) -> NDArray[np.uint8]:
    """A picture of the entries, two in a row.

    Args:
        entries: at least one.
        detect: the model.
        heading: over what was found, such as `found after epoch 3`.

    Returns:
        (h, w, 3) uint8 RGB.
    """
    pairs = []
    for folder, sample in entries:
        photo = read_photo(folder / sample.photo, min_side=2 * _PANEL)
        found = detect(photo)
        sides = (_truth(sample, found.types), _found(found))
        drawn = [draw_shapes(photo.pixels, shapes, size=sample.size, longest=_PANEL) for shapes in sides]
        height = max(side.shape[0] for side in drawn)
        pairs.append(np.hstack([_framed(side, height) for side in drawn]))
    columns = min(len(pairs), _COLUMNS)
    rows = [pairs[i : i + columns] for i in range(0, len(pairs), columns)]
    stacked = [np.hstack([_filled(pair, row) for pair in row + [row[0][:0]] * (columns - len(row))]) for row in rows]
    return np.ascontiguousarray(np.vstack([_titles(*("annotated", heading) * columns), *stacked]))


def _spread(entries: Sequence[Entry], count: int) -> list[Entry]:
    count = min(count, len(entries))
    return [entries[i * len(entries) // count] for i in range(count)]


def _truth(sample: Sample, types: Sequence[Kind]) -> list[DrawnShape]:
    """What is annotated of the types that the model learns."""
    return [
        DrawnShape(box=shape.box, mask=shape.mask(sample.size), label=shape.type.words, colour=colour_of(shape.type))
        for shape in sample.shapes
        if shape.type is not None and shape.type in types
    ][:_MOST_SHAPES]


def _found(found: Detections) -> list[DrawnShape]:
    """The best detections; where none is sure, the single best guess, as a box alone."""
    sure = int((found.scores >= _LEAST_SCORE).sum())
    count = min(max(sure, 1), len(found.scores), _MOST_SHAPES)
    shapes = []
    for row in range(count):
        kind = found.types[int(found.labels[row])]
        x_min, y_min, x_max, y_max = (float(edge) for edge in found.boxes[row])
        box = Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)
        mask = found.masks[row] if found.masks is not None and sure else None
        shapes.append(
            DrawnShape(box=box, mask=mask, label=f"{kind.words} {found.scores[row]:.2f}", colour=colour_of(kind))
        )
    return shapes


def _framed(picture: NDArray[np.uint8], tallest: int) -> NDArray[np.uint8]:
    """The picture in the middle of a white panel."""
    panel = np.full((tallest + _GAP, _PANEL + _GAP, 3), 255, dtype=np.uint8)
    height, width = picture.shape[:2]
    top, left = (panel.shape[0] - height) // 2, (panel.shape[1] - width) // 2
    panel[top : top + height, left : left + width] = picture
    return panel


def _filled(pair: NDArray[np.uint8], row: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The pair, white below as far as the tallest of its row reaches."""
    missing = max(other.shape[0] for other in row) - pair.shape[0]
    return np.pad(pair, ((0, missing), (0, 0), (0, 0)), constant_values=255)


def _titles(*titles: str) -> NDArray[np.uint8]:
    row = np.full((_HEADING, len(titles) * (_PANEL + _GAP), 3), 255, dtype=np.uint8)
    for number, title in enumerate(titles):
        at = (number * (_PANEL + _GAP) + 6, _HEADING - 7)
        cv2.putText(row, title, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (40, 40, 40), 1, cv2.LINE_AA)
    return row
