"""Whether a photo looks like the photos of cars that a model was calibrated on, by the model's embedding of it.

The embeddings of the calibration pictures are described by their mean and a covariance of low rank: the directions in
which they differ most, each with its variance, and one variance for all other directions (probabilistic principal
component analysis, Tipping and Bishop, 1999). A photo whose Mahalanobis distance from them exceeds that of all but a
stated share of the calibration pictures is strange to the model (Lee et al., "A Simple Unified Framework for Detecting
Out-of-Distribution Samples", 2018). That may be a photo without a car; it may also be a kind of car photo that was not
there to be calibrated on. In neither case does the model know what it says.
"""

import base64
import binascii
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SCALE = 127


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Familiarity:
    """What photos of cars look like to a model, and how far is too far.

    Attributes:
        mean: (E,) float32, of the embeddings.
        axes: (K, E) float32, orthonormal but for rounding.
        variances: (K,) float32 along the axes, above 0.
        rest: variance along each other direction, above 0.
        limit: a photo at a larger distance is strange.
        doubt_limit: a photo at a larger distance is strange where no part of a car is seen in it either; at most the
            limit. None in cards of earlier versions.
        false_alarm_rate: share of the photos of cars that may lie beyond the limit.
        how: on which photos that was found.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    variances: NDArray[np.float32]
    rest: float
    limit: float
    false_alarm_rate: float
    how: str = ""
    doubt_limit: float | None = None

    def __post_init__(self) -> None:
        fits = self.mean.ndim == 1 and self.axes.shape == (len(self.variances), len(self.mean))
        numbers = (self.mean, self.axes, self.variances, np.array([self.rest, self.limit]))
        if not fits or not all(np.isfinite(part).all() for part in numbers):
            message = (
                f"need finite (E,), (K, E) and (K,), got {self.mean.shape}, {self.axes.shape}, {self.variances.shape}"
            )
            raise ValueError(message)
        if self.rest <= 0 or (self.variances <= 0).any() or not 0 <= self.false_alarm_rate <= 1:
            message = "variances lie above 0, the false alarm rate in 0..1"
            raise ValueError(message)
        if self.doubt_limit is not None and not 0 <= self.doubt_limit <= self.limit:
            message = f"the limit of doubt lies in 0..{self.limit}, got {self.doubt_limit}"
            raise ValueError(message)

    def distance(self, embedding: NDArray[np.floating]) -> float:
        """Mahalanobis distance of an embedding (E,) from the calibration pictures, 1 for the mean one of them.

        Raises:
            ValueError: the embedding is of another length.
        """
        if embedding.shape != self.mean.shape:
            message = f"the embedding has the shape {embedding.shape}, the card knows {self.mean.shape}"
            raise ValueError(message)
        offset = np.asarray(embedding, dtype=np.float64) - self.mean
        along = self.axes.astype(np.float64) @ offset
        beyond = max(float(offset @ offset - along @ along), 0.0)
        squared = float((along**2 / self.variances).sum()) + beyond / self.rest
        return float(np.sqrt(squared / len(self.mean)))

    def is_strange(self, embedding: NDArray[np.floating]) -> bool:
        """Whether a photo lies beyond the limit."""
        return self.distance(embedding) > self.limit


def packed(values: NDArray[np.floating]) -> str:
    """Numbers (..., E) as text: each row in steps of a 127th of its largest value, one byte a number, in base64.

    Before each row stand four bytes, its step as float32, low byte first.
    """
    rows = np.atleast_2d(np.asarray(values, dtype=np.float32))
    steps = np.maximum(np.abs(rows).max(axis=1), 1e-12).astype("<f4") / _SCALE
    whole = np.clip(np.rint(rows / steps[:, None]), -_SCALE, _SCALE).astype(np.int8)
    data = b"".join(step.tobytes() + row.tobytes() for step, row in zip(steps.astype("<f4"), whole, strict=True))
    return base64.b64encode(data).decode("ascii")


def unpacked(text: str, *, length: int) -> NDArray[np.float32]:
    """The rows (R, E) float32 of `packed`; `length` is E.

    Raises:
        ValueError: the text is not what `packed` writes.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as broken:
        message = f"numbers must be base64 ({broken})"
        raise ValueError(message) from broken
    if length < 1 or not data or len(data) % (length + 4):
        message = f"{len(data)} bytes are no rows of {length} numbers"
        raise ValueError(message)
    table = np.frombuffer(data, dtype=np.uint8).reshape(-1, length + 4)
    steps = np.ascontiguousarray(table[:, :4]).view("<f4")
    return np.asarray(np.ascontiguousarray(table[:, 4:]).view(np.int8) * steps, dtype=np.float32)
