"""Which photos to annotate next: those that would teach a model most, and that are unlike each other.

Photos are chosen one after the other. The next one is the photo with the largest product of its value and its distance
to the nearest photo that is annotated or chosen. The value adds up uncertainty, rarity and novelty, each 0..1; the
distance is Euclidean between embeddings of length 1.

Source: the farthest-first traversal of Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985, as
Sener and Savarese use it ("Active learning for convolutional neural networks: a core-set approach", 2018, algorithm 1,
k-centre greedy), with distances weighted by the photo's value.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.candidates import Annotated, Candidate, LeftOut, embeddings_of
from coachwork.datasets.novelty import Novelty, measure_novelty, nearest_distances
from coachwork.datasets.rarity import rarity_of, rarity_weights
from coachwork.photos.fingerprint import NEAR_DUPLICATE_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionWeights:
    """What makes a photo valuable; each weight is at least 0, and one of them more.

    Attributes:
        uncertainty: of a photo of which the model is least sure.
        rarity: of a photo that surely holds a type of which there is none.
        novelty: of a photo unlike everything annotated.
        base: of any photo, so that difference alone counts where nothing else speaks.
    """

    uncertainty: float = 1.0
    rarity: float = 1.0
    novelty: float = 0.5
    base: float = 0.1

    def __post_init__(self) -> None:
        weights = (self.uncertainty, self.rarity, self.novelty, self.base)
        if min(weights) < 0 or max(weights) <= 0:
            message = f"weights are at least 0 and one of them is more, got {weights}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """A photo to annotate.

    Attributes:
        candidate: the photo.
        score: value times distance, at the time when it was chosen.
        uncertainty, rarity: 0..1.
        novelty: what is unusual of it.
        distance: 0..2 to the nearest photo that was annotated or chosen before; None for the first of all.
    """

    candidate: Candidate
    score: float
    uncertainty: float
    rarity: float
    novelty: Novelty
    distance: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Selection:
    """A batch of photos to annotate.

    Attributes:
        choices: the most useful first.
        left_out: near-duplicates of annotated or chosen photos.
        rare: type -> rarity 0..1 of the types that the dataset has few of.
    """

    choices: tuple[Choice, ...]
    left_out: tuple[LeftOut, ...]
    rare: dict[str, float]


def select_photos(
    candidates: Sequence[Candidate],
    annotated: Annotated,
    *,
    count: int,
    weights: SelectionWeights | None = None,
    chosen: Callable[[], None] = lambda: None,
) -> Selection:
    """Chooses a batch; of equal photos the one that comes first.

    Args:
        candidates: usable photos, embedded like the annotated ones.
        annotated: what is annotated already.
        count: how many to choose; fewer where there are not so many that differ.
        weights: what makes a photo valuable.
        chosen: called for each photo that was chosen.
    """
    weights = weights or SelectionWeights()
    fresh, left_out = _without_known(candidates, annotated)
    rare = rarity_weights(annotated.counts)
    batch = _Batch(fresh, annotated, weights, [rarity_of(one.expected, rare) for one in fresh])
    while len(batch.choices) < count and batch.waiting.any():
        left_out += batch.choose()
        chosen()
    return Selection(
        choices=tuple(batch.choices),
        left_out=tuple(left_out),
        rare={kind.value: weight for kind, weight in rare.items() if weight > 0},
    )


def _without_known(candidates: Sequence[Candidate], annotated: Annotated) -> tuple[list[Candidate], list[LeftOut]]:
    """Candidates that are no copies or near-duplicates of annotated photos, and those that are."""
    fresh, left_out = [], []
    for one in candidates:
        bits = np.bitwise_count(annotated.fingerprints ^ np.uint64(one.fingerprint))
        nearest = int(bits.argmin()) if bits.size else -1
        if one.sha256 in annotated.sha256:
            left_out.append(LeftOut(name=one.name, why="it is annotated already"))
        elif nearest >= 0 and bits[nearest] <= NEAR_DUPLICATE_BITS:
            why = f"it is a near-duplicate of {annotated.names[nearest]}, which is annotated"
            left_out.append(LeftOut(name=one.name, why=why))
        else:
            fresh.append(one)
    return fresh, left_out


class _Batch:
    """A batch that grows.

    Attributes:
        choices: so far.
        waiting: (N,) bool, candidates that may still be chosen.
    """

    def __init__(
        self, candidates: Sequence[Candidate], annotated: Annotated, weights: SelectionWeights, rarity: Sequence[float]
    ) -> None:
        self.choices: list[Choice] = []
        self.waiting = np.ones(len(candidates), dtype=np.bool_)
        self._candidates = candidates
        self._rarity = rarity
        self._embeddings = embeddings_of(candidates)
        self._fingerprints = np.array([one.fingerprint for one in candidates], dtype=np.uint64)
        self._distance = nearest_distances(self._embeddings, annotated.embeddings)
        self._novelty = measure_novelty(candidates, annotated, self._distance)
        self._value = np.array(
            [
                weights.base
                + weights.uncertainty * one.uncertainty
                + weights.rarity * rare
                + weights.novelty * new.value
                for one, rare, new in zip(candidates, rarity, self._novelty, strict=True)
            ]
        )

    def choose(self) -> list[LeftOut]:
        """Takes the best candidate that waits; returns its near-duplicates, which wait no longer."""
        known = bool(np.isfinite(self._distance).any())
        score = self._value * (self._distance if known else 1.0)
        place = int(np.argmax(np.where(self.waiting, score, -np.inf)))
        one = self._candidates[place]
        self.choices.append(
            Choice(
                candidate=one,
                score=float(score[place]),
                uncertainty=one.uncertainty,
                rarity=self._rarity[place],
                novelty=self._novelty[place],
                distance=float(self._distance[place]) if known else None,
            )
        )
        self.waiting[place] = False
        self._distance = np.minimum(self._distance, _distances_to(self._embeddings, self._embeddings[place]))
        near = np.bitwise_count(self._fingerprints ^ self._fingerprints[place]) <= NEAR_DUPLICATE_BITS
        twins = [int(twin) for twin in np.flatnonzero(near & self.waiting)]
        self.waiting[twins] = False
        why = f"it is a near-duplicate of {one.name}, which is chosen"
        return [LeftOut(name=self._candidates[twin].name, why=why) for twin in twins]


def _distances_to(embeddings: NDArray[np.float32], one: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.sqrt(np.clip(2 - 2 * (embeddings @ one).astype(np.float64), 0, None))
