"""How many millimetres a pixel stands for at a place of a photo, from things of known size that it shows.

Close to a thing of known size, on its own plane, a photo is an affine picture of the plane: a displacement d in pixels
is sqrt(d^T G d) millimetres long, where G is a symmetric (2, 2) matrix, the *metric*. A wheel's ellipse gives all of
G, whatever the camera's direction and however the photo was stretched. Away from the reference the scale drifts, as
one end of a car is nearer than the other: to the logarithm of the scale this adds, to first order, a gradient that
nobody knows. So the references are put together by generalised least squares with the covariance

    what is not known of the size itself (tyres differ)        shared by references of one kind
  + what was not measured well                                 of each
  + gradient^2 u_i . u_j  (u: from the damage to the reference, metres)

which interpolates between two wheels, extrapolates beyond them, and widens with the distance from one.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.size import Size
from coachwork.taxonomy import CarPart

Metric = NDArray[np.float64]
"""(2, 2) float64, symmetric and positive definite, square millimetres per square pixel, x before y."""

FARTHEST_M = 3.5
"""References farther from the damage, by their own scale, belong to another car or say too little."""

FIELD = 0.8
"""Distance of a camera by the width of what its photo shows: 1 / (2 tan 32 degrees), as phones have it."""

DRIFT = 1.4
"""Gradient of the log scale in units of sin(tilt) / distance: 1 for lengths across the tilt, 2 for those along it, of
either sign."""

LEAST_TILT = 0.25
"""Sine of the tilt that is reckoned with where a reference seems to be seen from straight ahead."""

SEEN_NARROW = 0.06
"""References seem more foreshortened than they are: so much is taken off before a tilt is reckoned from it."""

CROSS_SD = 0.15
"""Log spread of a metric that was carried from one plane of the car to another: bodies are round."""

RATIO_SD = 0.06
"""Standard deviation of how foreshortened a reference seems to be."""

LEAST_FORESHORTENING = 0.4
"""From a plane of the car no scale is carried to one that is seen more obliquely than that."""


class Plane(StrEnum):
    """Which way a surface of the car faces."""

    SIDE = "side"
    END = "end"
    TOP = "top"


class ReferenceKind(StrEnum):
    """What has a known size."""

    WHEEL = "wheel"
    WHEELBASE = "wheelbase"
    PLATE = "plate"
    WIDTH = "width"
    DOOR = "door"
    LAMP = "lamp"
    MIRROR = "mirror"

    @property
    def words(self) -> str:
        """As people read it."""
        return {"plate": "number plate", "width": "width of the car"}.get(self.value, self.value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaleReference:
    """A thing of known size on one photo.

    Attributes:
        kind: what it is; what is not known of its size is shared by all of its kind on a photo.
        plane: on which its metric holds; None where it gives a scale across the line of sight alone.
        x, y: where it lies, pixels of the upright photo.
        metric: there, with the middle of its size.
        own_sd: log spread of what was measured of it.
        distance_mm: from the camera to it, roughly.
    """

    kind: ReferenceKind
    plane: Plane | None
    x: float
    y: float
    metric: Metric
    own_sd: float
    distance_mm: float

    @classmethod
    def of(
        cls,
        kind: ReferenceKind,
        plane: Plane | None,
        place: tuple[float, float],
        metric: Metric,
        *,
        own_sd: float,
        frame: Size,
    ) -> "ScaleReference":
        """A reference at a place of a photo of a size, taken by a camera whose field is as wide as phones' are."""
        across = math.sqrt(float(np.linalg.eigvalsh(metric)[0]))
        return cls(
            kind=kind,
            plane=plane,
            x=place[0],
            y=place[1],
            metric=metric,
            own_sd=own_sd,
            distance_mm=FIELD * frame.longest * across,
        )

    @property
    def place(self) -> NDArray[np.float64]:
        """(2,) float64 x and y."""
        return np.array([self.x, self.y])

    @property
    def across_mm(self) -> float:
        """Millimetres per pixel of what lies across the line of sight: the smaller eigenvalue's root."""
        return math.sqrt(float(np.linalg.eigvalsh(self.metric)[0]))

    @property
    def foreshortening(self) -> float:
        """How much shorter its plane appears in the direction in which that is most, 0..1; 1 is not at all."""
        low, high = np.linalg.eigvalsh(self.metric)
        return math.sqrt(float(low / high))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalScale:
    """The scale at one place of a photo.

    Attributes:
        metric: there.
        log_sd: standard deviation of the natural logarithm of lengths by it.
        references: what it was made of, those that count most first.
    """

    metric: Metric
    log_sd: float
    references: tuple[ScaleReference, ...]

    def length_mm(self, along: NDArray[np.float64]) -> float:
        """Length of a displacement (2,) in pixels.

        >>> LocalScale(metric=np.diag([4.0, 9.0]), log_sd=0.1, references=()).length_mm(np.array([0.0, 5.0]))
        15.0
        """
        return math.sqrt(float(along @ self.metric @ along))


Covariance = Callable[[ReferenceKind, ReferenceKind], float]
"""Covariance of what is not known of the sizes of two kinds, logarithms."""

_PLANES: dict[CarPart, Plane] = {
    part: plane
    for plane, words in {
        Plane.SIDE: ("door", "wing", "sill", "wheel"),
        Plane.END: ("bumper", "lamp", "headlamp", "lid", "bed", "mirror"),
        Plane.TOP: ("bonnet", "roof", "windscreen", "window"),
    }.items()
    for part in CarPart
    if part.value.split("_")[-1] in words
}


def plane_of(part: CarPart | None) -> Plane | None:
    """Which way a part faces; None where it is not known.

    >>> plane_of(CarPart.FRONT_LEFT_WING).value, plane_of(CarPart.REAR_BUMPER).value
    ('side', 'end')
    """
    return None if part is None else _PLANES[part]


def scale_at(
    references: Sequence[ScaleReference], place: NDArray[np.float64], plane: Plane, covariance: Covariance
) -> LocalScale | None:
    """The scale at a place (2,) on a plane of the car, as the references that are near enough say together.

    References that contradict each other widen it (by the root of chi-squared over its degrees of freedom).
    None where no reference is near enough.
    """
    near = [one for one in references if _away_m(one, place) <= FARTHEST_M]
    carried = [(one, *told) for one in near if (told := _carried(one, plane)) is not None]
    if not carried:
        return None
    near = [one for one, _, _ in carried]
    metrics = [metric for _, metric, _ in carried]
    mean = mean_metric(metrics, np.full(len(near), 1 / len(near)))
    noise = np.array([math.hypot(one.own_sd, sd) for one, _, sd in carried])
    spread = _covariance(near, place, noise, mean, covariance)
    precision = np.linalg.inv(spread)
    variance = 1 / float(precision.sum())
    weights = precision.sum(axis=1) * variance
    halves = np.array([math.log(np.linalg.det(metric)) / 4 for metric in metrics])  # log of the mean mm per pixel
    off = halves - float(weights @ halves)
    chi_squared = float(off @ precision @ off) / max(len(near) - 1, 1)
    order = sorted(range(len(near)), key=lambda row: -abs(float(weights[row])))
    return LocalScale(
        metric=mean_metric(metrics, weights),
        log_sd=math.sqrt(variance * max(chi_squared, 1.0)),
        references=tuple(near[row] for row in order),
    )


def mean_metric(metrics: Sequence[Metric], weights: NDArray[np.float64]) -> Metric:
    """The weighted mean of metrics by their logarithms, weights (R,) that add up to 1.

    Between two places on a line across a plane the scale changes as the inverse square of a linear function, whose mean
    is the geometric one of both ends: a displacement from end to end is measured rightly by it.
    """
    return _exp(np.einsum("n,nij->ij", weights, np.array([_log(metric) for metric in metrics])))


def gradient(reference: ScaleReference) -> float:
    """How fast the log scale may drift around a reference, per metre."""
    seen = min(reference.foreshortening + SEEN_NARROW, 1.0)
    tilt = max(math.sqrt(1 - seen**2), LEAST_TILT)
    return DRIFT * tilt / (reference.distance_mm / 1000)


def _covariance(
    near: Sequence[ScaleReference],
    place: NDArray[np.float64],
    noise: NDArray[np.float64],
    mean: Metric,
    covariance: Covariance,
) -> NDArray[np.float64]:
    """Of the logs of lengths at the place by each reference, (R, R)."""
    root = np.linalg.cholesky(mean).T
    away = np.array([root @ (one.place - place) for one in near]) / 1000  # metres, (R, 2)
    steep = np.array([gradient(one) for one in near])
    shared = np.array([[covariance(one.kind, other.kind) for other in near] for one in near])
    drift = np.outer(steep, steep) * (away @ away.T)
    return np.asarray(shared + drift + np.diag(noise**2 + 1e-6))


def _carried(reference: ScaleReference, plane: Plane) -> tuple[Metric, float] | None:
    """A reference's metric on a plane of the car, and the log spread that this adds; None where it tells nothing of it.

    Side and ends stand at right angles: where the one is seen shortened to its cosine, the other is to the sine. That
    supposes a photo that was not stretched. Of how the top is tilted nothing is known: it is taken as shortened to
    0.8, with a wide spread, and so is any plane where the reference tells a scale across the line of sight alone.
    """
    if reference.plane is plane:
        return reference.metric, 0.0
    values, axes = np.linalg.eigh(reference.metric)
    across = float(values[0])
    if reference.plane is None or Plane.TOP in {plane, reference.plane}:
        shift, sd = (0.1, 0.15) if plane is Plane.END else (0.25, 0.3)
        return np.eye(2) * across * math.exp(2 * shift), sd
    cosine = reference.foreshortening
    sine = math.sqrt(max(1 - cosine**2, 0.0))
    if sine < LEAST_FORESHORTENING:
        return None
    metric = axes @ np.diag([across, across / sine**2]) @ axes.T
    return metric, math.hypot(CROSS_SD, cosine * RATIO_SD / sine**2)


def _away_m(reference: ScaleReference, place: NDArray[np.float64]) -> float:
    return float(np.hypot(*(reference.place - place))) * reference.across_mm / 1000


def _log(metric: Metric) -> Metric:
    values, axes = np.linalg.eigh(metric)
    return np.asarray(axes @ np.diag(np.log(values)) @ axes.T)


def _exp(log: Metric) -> Metric:
    values, axes = np.linalg.eigh(log)
    return np.asarray(axes @ np.diag(np.exp(values)) @ axes.T)
