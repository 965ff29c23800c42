"""What selection knows: of a photo that may be annotated next, and of those that are annotated."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.doubt import NearThreshold
from coachwork.taxonomy import Kind

LIGHT_MEASURES = ("brightness", "contrast", "sharpness", "glare")
"""Names of the entries of `Candidate.light`, as in `coachwork.photos.quality.Quality`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A usable photo that may be annotated next.

    Attributes:
        name: path or name, as it is to be shown.
        sha256: digest of the photo's bytes, hex.
        fingerprint: 64-bit perceptual hash.
        embedding: (E,) float32 of length 1, what the photo looks like.
        light: (4,) float64, the `LIGHT_MEASURES`.
        damage_probability: 0..1.
        bounds: damage probability below which "none" and from which on "damaged" is claimed; None without calibration.
        verdict_doubt: 0..1, how open the verdict is.
        detection_doubt: 0..1, how much of the damages is in doubt.
        near: detections near their threshold, the nearest first.
        expected: type -> how many damages of it the photo may hold.
    """

    name: str
    sha256: str
    fingerprint: int
    embedding: NDArray[np.float32]
    light: NDArray[np.float64]
    damage_probability: float
    bounds: tuple[float, float] | None = None
    verdict_doubt: float = 0.0
    detection_doubt: float = 0.0
    near: tuple[NearThreshold, ...] = ()
    expected: Mapping[Kind, float] = field(default_factory=dict)

    @property
    def uncertainty(self) -> float:
        """0..1, the mean of both doubts; that of the damages alone where there is no calibration."""
        return self.detection_doubt if self.bounds is None else (self.verdict_doubt + self.detection_doubt) / 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Annotated:
    """The photos that are annotated already.

    Attributes:
        names: (M,) of the photos whose fingerprints are known.
        fingerprints: (M,) uint64.
        sha256: digests of all of them.
        embeddings: (K, E) float32 of length 1, of all or of a part.
        light: (K, 4) float64 of the same photos.
        counts: type -> annotated damages; a type that the dataset's sources annotate and that never occurs counts 0.
    """

    names: tuple[str, ...] = ()
    fingerprints: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    sha256: frozenset[str] = frozenset()
    embeddings: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    light: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, len(LIGHT_MEASURES))))
    counts: Mapping[Kind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A photo that is not worth annotating, and why.

    Attributes:
        name: of the photo.
        why: a sentence.
    """

    name: str
    why: str


def embeddings_of(candidates: Sequence[Candidate]) -> NDArray[np.float32]:
    """The candidates' embeddings as (N, E); (0, 0) for none."""
    return np.stack([one.embedding for one in candidates]) if candidates else np.zeros((0, 0), dtype=np.float32)


def reasons_left_out(left_out: Sequence[LeftOut]) -> list[tuple[str, int]]:
    """The kinds of reasons for which photos were left out, with their counts, the commonest first.

    >>> twins = [LeftOut(name="b", why="it is a near-duplicate of a, which is chosen")]
    >>> reasons_left_out([*twins, LeftOut(name="c", why="The photo is blurred: hold the phone still.")])
    [('near-duplicate of a photo that is chosen', 1), ('The photo is blurred', 1)]
    """
    return Counter(_kind_of(one.why) for one in left_out).most_common()


def _kind_of(why: str) -> str:
    """The kind of a reason, without names and figures."""
    if why.startswith("it is a near-duplicate"):
        return "near-duplicate of a photo that is " + ("annotated" if why.endswith("annotated") else "chosen")
    if why.startswith("it is a copy"):
        return "copy of another file"
    return why.removeprefix("it is ").split(":", maxsplit=1)[0].split(" (", maxsplit=1)[0].removesuffix(".")
