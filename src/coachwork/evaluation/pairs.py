"""What is judged: a photo's truth beside what a model found in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import Sample
from coachwork.detections import Detections
from coachwork.errors import CoachworkError
from coachwork.geometry.mask import Mask
from coachwork.taxonomy import KINDS, CarPart, DamageType, Kind

HEADLINE_TYPES = (DamageType.DENT, DamageType.SCRATCH, DamageType.MISSING_OR_BROKEN_PART)
"""The types that nearly every case is about; their plain mean is the figure that models are compared by."""


def headline_types(types: Iterable[Kind]) -> tuple[Kind, ...]:
    """Those of some types whose plain mean models are compared by: the three main damages, or every part."""
    return tuple(kind for kind in types if kind in HEADLINE_TYPES or isinstance(kind, CarPart))


class EvaluationError(CoachworkError):
    """There is nothing that can be evaluated, or truth and detections do not belong together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """One photo's truth and one model's detections in it.

    Attributes:
        sample: the annotated photo.
        detections: what the model found, in the same frame.
        masks: one per shape of the sample; None where only the shape's box is known.
    """

    sample: Sample
    detections: Detections
    masks: tuple[Mask | None, ...]

    @classmethod
    def of(cls, sample: Sample, detections: Detections) -> "Pair":
        """Puts a sample and its detections together.

        Raises:
            EvaluationError: the detections were made in a frame of another size.
        """
        if detections.size != sample.size:
            message = f"{sample.name}: the truth lies in {sample.size}, the detections in {detections.size}"
            raise EvaluationError(message)
        masks = tuple(shape.mask(sample.size) for shape in sample.shapes)
        return cls(sample=sample, detections=detections, masks=masks)

    def rows_of(self, kind: Kind) -> NDArray[np.int64]:
        """Rows (n,) int64 of the detections of one type, best first."""
        types = self.detections.types
        if kind not in types:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self.detections.labels == types.index(kind))

    def shapes_of(self, kind: Kind) -> list[int]:
        """Indices of the shapes that a detector of this type has to find."""
        return [i for i, shape in enumerate(self.sample.shapes) if shape.type == kind and not shape.crowd]

    def ignored_for(self, kind: Kind) -> list[int]:
        """Indices of the shapes in which detections of this type are neither right nor wrong.

        These are crowds of the type, and every damage whose type the source does not state.
        """
        return [
            i
            for i, shape in enumerate(self.sample.shapes)
            if shape.type is None or (shape.crowd and shape.type == kind)
        ]

    def judges(self, kind: Kind) -> bool:
        """Whether the photo's annotation says of this type both where it is and where it is not."""
        return kind in self.sample.annotated

    def judges_masks(self, kind: Kind) -> bool:
        """Whether, beyond that, every shape of the type is known with its pixels."""
        return self.judges(kind) and all(self.masks[i] is not None for i in self.shapes_of(kind))


def ordered(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs in the order of their photos' digests, so that no figure hangs on the order they came in."""
    return tuple(sorted(pairs, key=lambda pair: (pair.sample.sha256, pair.sample.photo, pair.sample.name)))


def model_types(pairs: Sequence[Pair]) -> tuple[Kind, ...]:
    """The types that the model behind the detections can see.

    Raises:
        EvaluationError: there is no pair, or the detections come from models with different types.
    """
    if not pairs:
        message = "there is no photo to evaluate: choose a split or a source that has some"
        raise EvaluationError(message)
    types = {pair.detections.types for pair in pairs}
    if len(types) > 1:
        message = f"the detections come from models with different types: {sorted(map(str, types))}"
        raise EvaluationError(message)
    return types.pop()


def evaluated_types(pairs: Sequence[Pair]) -> tuple[Kind, ...]:
    """Every type that the model can see or that the photos annotate and hold, in the taxonomy's order."""
    seen = set(model_types(pairs))
    held = {kind for pair in pairs for kind in pair.sample.annotated if pair.shapes_of(kind)}
    learnt = tuple({type(kind) for kind in seen})  # damages, or parts: a model is not asked for the other
    return tuple(kind for kind in KINDS if kind in seen | held and isinstance(kind, learnt))
