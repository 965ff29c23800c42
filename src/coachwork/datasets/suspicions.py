"""Annotations that are probably wrong: which kinds there are, and what one of them says."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coachwork.datasets.sample import Sample
from coachwork.datasets.statistics import type_name
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.taxonomy import Kind


class SuspicionKind(StrEnum):
    """Why an annotation is looked at again; order is the order of reports, the surest mistakes first."""

    OUT_OF_FRAME = "out_of_frame"
    BOX_AGAINST_MASK = "box_against_mask"
    DUPLICATE = "duplicate"
    MIRRORED = "mirrored"
    TWO_TYPES = "two_types"
    NO_SCORE = "no_score"
    UNMARKED = "unmarked"
    OTHER_TYPE = "other_type"
    TINY = "tiny"
    SIZE = "size"
    ASPECT = "aspect"

    @property
    def words(self) -> str:
        """The kind as a heading."""
        return _WORDS[self][0]

    @property
    def explanation(self) -> str:
        """What the rule looks for, and what it may be instead of a mistake."""
        return _WORDS[self][1]

    @property
    def needs_model(self) -> bool:
        """Whether only a model can raise it."""
        return self in {SuspicionKind.NO_SCORE, SuspicionKind.UNMARKED, SuspicionKind.OTHER_TYPE}


_WORDS: dict[SuspicionKind, tuple[str, str]] = {
    SuspicionKind.OUT_OF_FRAME: (
        "Outside the photo",
        "The box leaves the photo by more than rounding does: the annotation may belong to a photo of another size.",
    ),
    SuspicionKind.BOX_AGAINST_MASK: (
        "Box against outline",
        "The box is not the one around the outline: one of the two was moved without the other.",
    ),
    SuspicionKind.DUPLICATE: (
        "Marked twice",
        "Two shapes of one type cover the same place. Models learn to find such a damage twice.",
    ),
    SuspicionKind.MIRRORED: (
        "Marked again in the mirror",
        "Two shapes of one type are each other's mirror image: labels of a turned copy, or two lamps broken alike.",
    ),
    SuspicionKind.TWO_TYPES: (
        "One damage, two types",
        "Two shapes of different types cover the same place. Some damages are both; most are one annotator's doubt.",
    ),
    SuspicionKind.NO_SCORE: (
        "The model sees nothing here",
        "No score at all for the marked type; the largest come first. A wrong mark, or a damage to be learned.",
    ),
    SuspicionKind.UNMARKED: (
        "The model sees damage that is not marked",
        "Above the type's threshold in a photo that was looked through for it. A damage passed over, or a false alarm.",
    ),
    SuspicionKind.OTHER_TYPE: (
        "The model says another type",
        "The model finds another type at the place of the mark and is much less sure of the marked one.",
    ),
    SuspicionKind.TINY: (
        "Tiny",
        "The longer side is below 1 % of the photo's: a slip of the mouse, or too small for a model's input.",
    ),
    SuspicionKind.SIZE: (
        "Unusual size",
        "Much larger or smaller than the other shapes of its type from the same source.",
    ),
    SuspicionKind.ASPECT: (
        "Unusually long and thin",
        "Much more elongated than the other shapes of its type from the same source.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundDamage:
    """What a model found at one place.

    Attributes:
        type: of the damage.
        score: 0..1.
        box: pixels of the upright photo.
        mask: covered pixels, or None where the model has no masks.
    """

    type: Kind
    score: float
    box: Box
    mask: Mask | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Suspicion:
    """One annotation, or one missing annotation, that is probably wrong.

    Attributes:
        kind: why.
        sample: the photo.
        shapes: indices of the shapes that it is about; empty where one is missing.
        weight: how suspicious, to be compared within one kind; higher is worse.
        what: what is odd, in a few words.
        found: what the model found there, where a model raised it.
    """

    kind: SuspicionKind
    sample: Sample
    shapes: tuple[int, ...]
    weight: float
    what: str
    found: FoundDamage | None = None

    @property
    def box(self) -> Box:
        """Around everything that it is about, pixels of the upright photo."""
        boxes = [self.sample.shapes[index].box for index in self.shapes]
        if self.found is not None:
            boxes.append(self.found.box)
        edges = list(zip(*(box.xyxy for box in boxes), strict=True))
        return Box(x_min=min(edges[0]), y_min=min(edges[1]), x_max=max(edges[2]), y_max=max(edges[3]))

    def as_json(self) -> dict[str, Any]:
        """The suspicion as JSON values; boxes are x_min, y_min, x_max, y_max in pixels of the upright photo."""
        shapes = [self.sample.shapes[index] for index in self.shapes]
        value: dict[str, Any] = {
            "kind": self.kind.value,
            "photo": self.sample.sha256,
            "name": self.sample.name,
            "source": self.sample.source,
            "split": self.sample.split.value,
            "weight": float(f"{self.weight:.4g}"),
            "what": self.what,
            "shapes": [
                {"index": index, "type": type_name(shape.type), "box": [round(edge, 1) for edge in shape.box.xyxy]}
                for index, shape in zip(self.shapes, shapes, strict=True)
            ],
        }
        if self.found is not None:
            value["found"] = {
                "type": self.found.type.value,
                "score": round(self.found.score, 3),
                "box": [round(edge, 1) for edge in self.found.box.xyxy],
            }
        return value


def ranked(suspicions: Iterable[Suspicion]) -> tuple[Suspicion, ...]:
    """In the order of kinds, the worst of each kind first."""
    place = {kind: number for number, kind in enumerate(SuspicionKind)}
    return tuple(sorted(suspicions, key=lambda one: (place[one.kind], -one.weight, one.sample.sha256, one.shapes)))


def count_by_kind(suspicions: Sequence[Suspicion]) -> dict[SuspicionKind, int]:
    """How many there are of each kind that occurs, in the order of kinds."""
    counts = Counter(one.kind for one in suspicions)
    return {kind: counts[kind] for kind in SuspicionKind if counts[kind]}
