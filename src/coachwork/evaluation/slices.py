"""Slices of a dataset: kinds of photos and of damages in which models are compared on their own.

Light and focus are measured on the photo (`photos.quality`). How near the camera stood is read off the damages' sizes,
as nothing in a dataset states it: a damage that fills the photo was taken from nearby. Photos without a damage have no
such sizes; they stand against the damaged photos of every slice that is made by size.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from coachwork.evaluation.pairs import Pair
from coachwork.photos.quality import Quality

DARK_BELOW = 0.70
"""Brightness, the level of the photo's brightest tenth; 18 % of the insurance-claim photos lie below."""

BLURRED_BELOW = 0.55
"""Sharpness; 12 % of the insurance-claim photos lie below."""

NEAR_FROM = 0.60
"""Part of the photo's width or height that its largest damage spans; 33 % of the insurance-claim photos reach it."""

FAR_BELOW = 0.25
"""Likewise; 19 % of the insurance-claim photos stay below."""

SMALL_BELOW = 0.01
"""Part of the photo that a damage covers; 37 % of the damages in insurance-claim photos stay below."""

Take = Callable[[Pair, Quality], Pair | None]
"""What of a photo belongs to a slice: the pair, a pair of which some shapes are set aside, or None for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One kind of photos or damages.

    Attributes:
        name: what it is called.
        definition: a sentence's end that says which photos or damages belong to it.
        take: what of a photo belongs to it.
        judges_photos: whether whole photos belong to it, so that verdicts can be measured in it.
    """

    name: str
    definition: str
    take: Take
    judges_photos: bool = True


def largest_span(pair: Pair) -> float:
    """How much of the photo's width or height its largest damage spans, 0..1; 0 without a damage."""
    size = pair.sample.size
    spans = [max(s.box.width / size.width, s.box.height / size.height) for s in pair.sample.shapes]
    return max(spans, default=0.0)


def shape_share(pair: Pair, index: int) -> float:
    """Part of the photo that one shape covers, 0..1: its pixels, or its box where no pixels are known."""
    mask = pair.masks[index]
    area = pair.sample.shapes[index].box.area if mask is None else mask.area
    return float(area) / pair.sample.size.area


def _everything(pair: Pair, _quality: Quality) -> Pair | None:
    return pair


def _dark(pair: Pair, quality: Quality) -> Pair | None:
    return pair if quality.brightness < DARK_BELOW else None


def _blurred(pair: Pair, quality: Quality) -> Pair | None:
    return pair if quality.sharpness < BLURRED_BELOW else None


def _near(pair: Pair, _quality: Quality) -> Pair | None:
    return pair if not pair.sample.shapes or largest_span(pair) >= NEAR_FROM else None


def _far(pair: Pair, _quality: Quality) -> Pair | None:
    return pair if largest_span(pair) < FAR_BELOW else None


def _only_small(pair: Pair, _quality: Quality) -> Pair | None:
    shares = [shape_share(pair, index) for index in range(len(pair.sample.shapes))]
    return pair if max(shares, default=0.0) < SMALL_BELOW else None


def _small_damages(pair: Pair, _quality: Quality) -> Pair | None:
    """Larger damages become crowds, in which detections are neither right nor wrong."""
    shapes = pair.sample.shapes
    small = [shape_share(pair, index) < SMALL_BELOW for index in range(len(shapes))]
    if not any(small):
        return None
    kept = tuple(
        shape if is_small else dataclasses.replace(shape, crowd=True)
        for shape, is_small in zip(shapes, small, strict=True)
    )
    return dataclasses.replace(pair, sample=dataclasses.replace(pair.sample, shapes=kept))


ALL_PHOTOS = Slice(name="all photos", definition="every photo", take=_everything)

SLICES = (
    Slice(
        name="dark",
        definition=f"photos whose brightest tenth stays below {DARK_BELOW:.0%} of full brightness",
        take=_dark,
    ),
    Slice(
        name="blurred",
        definition=f"photos with a sharpness below {BLURRED_BELOW:.2f} (0.43 is too blurred to be assessed)",
        take=_blurred,
    ),
    Slice(
        name="close-up",
        definition=f"photos whose largest damage spans at least {NEAR_FROM:.0%} of the width or height",
        take=_near,
    ),
    Slice(
        name="whole car",
        definition=f"photos in which no damage spans {FAR_BELOW:.0%} of the width or height",
        take=_far,
    ),
    Slice(
        name="small damages",
        definition=f"damages that cover less than {SMALL_BELOW:.0%} of the photo; larger ones are left out",
        take=_small_damages,
        judges_photos=False,
    ),
    Slice(
        name="only small damages",
        definition=f"photos in which no damage covers {SMALL_BELOW:.0%}",
        take=_only_small,
    ),
)
"""The slices that `coachwork compare` measures, in the order of its table."""
