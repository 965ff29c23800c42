"""Finds what on a photo tells who someone is: faces and number plates."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coachwork.inference.faces import FaceFinder, faces_available
from coachwork.photos.privacy import PrivateKind, PrivateRegion
from coachwork.photos.reading import Photo

_FACE_SCORE = 0.9
_HEAD = (0.15, 0.25, 0.15, 0.1)
"""How far a face's box is widened to the left, top, right and bottom, of its side: hair and ears tell a person too."""


class PrivateRegions:
    """Finds faces and number plates; the networks are loaded at the first photo.

    Attributes:
        finds: the kinds that are looked for here; faces are missing where the extra ``privacy`` is not installed.
    """

    def __init__(self, *, threads: int | None = None) -> None:
        """Prepares a finder.

        Args:
            threads: for one network; by default one.
        """
        self._threads = threads or 1
        self.finds = frozenset({PrivateKind.FACE} if faces_available() else ())

    @property
    def notices(self) -> tuple[str, ...]:
        """What is not found here and what to do about it, one sentence each; empty where all kinds are."""
        if PrivateKind.FACE in self.finds:
            return ()
        return ("faces are not hidden: install their finder with  pip install 'coachwork[privacy]'",)

    def find(self, photo: Photo) -> tuple[PrivateRegion, ...]:
        """Faces and number plates of a photo, in pixels of the upright photo at full resolution.

        Args:
            photo: full size or reduced; from about 1000 px on its longer side nothing more is found.
        """
        return self._faces_of(photo) if PrivateKind.FACE in self.finds else ()

    def _faces_of(self, photo: Photo) -> tuple[PrivateRegion, ...]:
        boxes = self._face_finder.find(photo.pixels, min_score=_FACE_SCORE)
        height, width = photo.pixels.shape[:2]
        scale = np.array([photo.size.width / width, photo.size.height / height])
        return tuple(
            PrivateRegion(kind=PrivateKind.FACE, polygon=_head(box[:4]) * scale, score=float(box[4])) for box in boxes
        )

    @cached_property
    def _face_finder(self) -> FaceFinder:
        return FaceFinder(threads=self._threads)


def _head(box: NDArray[np.floating]) -> NDArray[np.float64]:
    """(16, 2) ellipse around the head whose face a box (4,) surrounds."""
    x_min, y_min, x_max, y_max = (float(edge) for edge in box)
    width, height = x_max - x_min, y_max - y_min
    left, top, right, bottom = _HEAD
    x_min, x_max = x_min - left * width, x_max + right * width
    y_min, y_max = y_min - top * height, y_max + bottom * height
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    centre = np.array([x_min + x_max, y_min + y_max]) / 2
    radii = np.array([x_max - x_min, y_max - y_min]) / 2
    return np.asarray(centre + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1), dtype=np.float64)
