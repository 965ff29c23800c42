"""Whether two photos are copies of one picture: shrunk, compressed, cropped, stretched or mirrored.

Shared points say how one picture lies on the other. A copy lies so exactly, only shifted and scaled along its sides;
another photo of the same scene does not. Then the small grey pictures of both must look alike where they overlap.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.photos.point_codes import PointCodes

_MATCHING_BITS = 14
_LEAST_POINTS = 4
_TOLERANCE = 0.008
"""Shares of the longer side by which points may miss their place: 3 of 400 pixels."""

_MANY_POINTS = 12
_ALIKE, _ALIKE_WITH_MANY = 0.95, 0.9
"""What the grey pictures must correlate by. Copies of real photos with few points do by 0.95 to 1, other photos of a
burst by 0.9 or so (`benchmarks/fraud.py`)."""


_SAMPLES = np.linspace(0.02, 0.98, 49)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Copy:
    """How a photo lies on one that is kept.

    Attributes:
        points: that agree on it.
        share: of the kept photo's matched points that do, 0..1.
        likeness: correlation of the two grey pictures where they overlap, -1..1; 0 where nothing can be compared.
        mirrored: left to right.
        scale: (2,) of x and y: kept = scale * photo + shift, both as shares of the sides; negative where turned.
        shift: (2,) likewise.
        pairs: (N, 2, 2) float64 points that agree, as x, y shares: of the photo, of the kept one.
    """

    points: int
    share: float
    likeness: float
    scale: NDArray[np.float64]
    shift: NDArray[np.float64]
    pairs: NDArray[np.float64]

    @property
    def mirrored(self) -> bool:
        """Whether it is turned left to right."""
        return bool(self.scale[0] < 0)

    @property
    def is_copy(self) -> bool:
        """Whether this is one picture twice: points lie exactly, and what both show looks alike."""
        return self.likeness >= (_ALIKE_WITH_MANY if self.points >= _MANY_POINTS else _ALIKE)

    @property
    def is_scene(self) -> bool:
        """Whether both show the same scene, or a part of one picture in another, without being copies."""
        return not self.is_copy and self.points >= _MANY_POINTS

    @property
    def kept_share(self) -> float:
        """How much of the kept picture the photo shows, 0..1."""
        ends = np.sort(np.stack([self.shift, self.shift + self.scale]), axis=0)
        return float(np.prod(np.clip(np.minimum(ends[1], 1) - np.maximum(ends[0], 0), 0, None)))


def find_copy(photo: PointCodes, kept: PointCodes) -> Copy | None:
    """How a photo lies on a kept one; None where their points do not agree on anything.

    Args:
        photo: to be compared.
        kept: as it was stored.
    """
    rows, places = _matches(photo, kept)
    if len(rows) < _LEAST_POINTS:
        return None
    first, second = photo.places[rows] / 65535.0, kept.places[places] / 65535.0
    turned = photo.turned[rows] ^ kept.turned[places]
    found = [
        laid
        for parity in (False, True)
        if (turned == parity).sum() >= _LEAST_POINTS
        and (laid := _laid(first[turned == parity], second[turned == parity], mirrored=parity)) is not None
    ]
    if not found:
        return None
    scale, shift, pairs = max(found, key=lambda laid: len(laid[2]))
    return Copy(
        points=len(pairs),
        share=len(pairs) / len(rows),
        likeness=_likeness(photo.thumbnail, kept.thumbnail, scale, shift),
        scale=scale,
        shift=shift,
        pairs=pairs,
    )


def _matches(photo: PointCodes, kept: PointCodes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of both whose codes are near: of each kept point the nearest of the photo."""
    if not len(photo) or not len(kept):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    bits = np.bitwise_count(kept.codes[:, None] ^ photo.codes[None])
    nearest = bits.argmin(axis=1)
    places = np.flatnonzero(bits[np.arange(len(kept)), nearest] <= _MATCHING_BITS)
    return nearest[places], places


def _laid(
    first: NDArray[np.float64], second: NDArray[np.float64], *, mirrored: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None:
    """Scale, shift and agreeing pairs of the lie that most points agree on, by trying all pairs of points.

    Two points fix scale and shift along both sides. Pairs that lie too close along a side say little of it and are
    passed over; a picture of one side's stretch beyond 2 against the other is no copy.
    """
    a, b = np.triu_indices(len(first), 1)
    span, kept_span = first[b] - first[a], second[b] - second[a]
    far = (np.abs(span) > 0.04).all(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scales = kept_span / span
    sizes = np.abs(scales)
    sense = (scales[:, 0] < 0) if mirrored else (scales[:, 0] > 0)
    fair = far & sense & (scales[:, 1] > 0) & (sizes > 0.3).all(axis=1) & (sizes < 3).all(axis=1)
    tried = np.flatnonzero(fair)
    if not len(tried):
        return None
    tried = tried[:: max(1, len(tried) // 1500)]
    scales = scales[tried]
    shifts = second[a[tried]] - scales * first[a[tried]]
    missed = np.abs(first[None] * scales[:, None] + shifts[:, None] - second[None]).max(axis=2)
    agreeing = missed <= 2 * _TOLERANCE
    best = int(agreeing.sum(axis=1).argmax())
    rows = np.flatnonzero(agreeing[best])
    fitted = _fitted(first[rows], second[rows])
    if fitted is None:
        return None
    scale, shift = fitted
    rows = np.flatnonzero(np.abs(first * scale + shift - second).max(axis=1) <= _TOLERANCE)
    rows = rows[np.unique(np.round(second[rows] / _TOLERANCE), axis=0, return_index=True)[1]]  # one point, found twice
    if len(rows) < _LEAST_POINTS:
        return None
    return scale, shift, np.stack([first[rows], second[rows]], axis=1)


def _fitted(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Scale and shift along each side by least squares; None where the points do not spread."""
    means = first.mean(axis=0), second.mean(axis=0)
    spread = ((first - means[0]) ** 2).sum(axis=0)
    if (spread < 5e-4).any():
        return None
    scale = ((first - means[0]) * (second - means[1])).sum(axis=0) / spread
    return scale, means[1] - scale * means[0]


def _likeness(
    photo: NDArray[np.uint8], kept: NDArray[np.uint8], scale: NDArray[np.float64], shift: NDArray[np.float64]
) -> float:
    """Correlation of two small pictures over the points of the kept one that the photo covers."""
    x, y = np.meshgrid(_SAMPLES, _SAMPLES)
    there = (np.stack([x, y], axis=-1).reshape(-1, 2) - shift) / scale
    inside = ((there > 0.01) & (there < 0.99)).all(axis=1)
    if inside.sum() < 100:
        return 0.0
    here = np.stack([x.reshape(-1), y.reshape(-1)], axis=-1)[inside]
    one, other = _sampled(kept, here), _sampled(photo, there[inside])
    spread = float(one.std() * other.std())
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread > 1e-6 else 0.0


def _sampled(picture: NDArray[np.uint8], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Grey (N,) of a picture at places (N, 2), shares of its sides."""
    at = (places * picture.shape[::-1] - 0.5).astype(np.float32)
    found = cv2.remap(
        picture.astype(np.float32), at[:, :1], at[:, 1:], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(found, dtype=np.float64).reshape(-1)
