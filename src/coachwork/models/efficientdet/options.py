"""Options of EfficientDet in a plan."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from coachwork.models.efficientdet.scaling import SCALES, Scale
from coachwork.models.family_options import FamilyOptions, below_one

_USUAL = replace(SCALES["lite0"], repeats=2)
"""What a plan without a scale gets: lite0 with one layer of BiFPN less, since a decoder lies below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EfficientDetOptions(FamilyOptions):
    """How EfficientDet is made.

    Attributes:
        scale: step of compound scaling, see `scaling.py`; "" for the usual small detector on any backbone.
        channels: of BiFPN and heads; by default those of the scale, 64 without one.
        repeats: layers of BiFPN; by default those of the scale, 2 without one.
        head_repeats: convolutions of each head before its last; by default those of the scale, 3 without one.
        decoder: channels of the pixel decoder at strides 4, 8, 16 and 32.
        roi_head: whether each box is looked at closely, see `roi_head.py`.
        frozen_detector: whether that head alone learns.
    """

    scale: str = ""
    channels: int | None = None
    repeats: int | None = None
    head_repeats: int | None = None
    decoder: tuple[int, int, int, int] = (32, 64, 96, 128)
    roi_head: bool = False
    frozen_detector: bool = False

    @property
    def step(self) -> Scale:
        """The step of compound scaling, with the sizes that the options name."""
        step = SCALES[self.scale] if self.scale else _USUAL
        return replace(
            step,
            channels=self.channels or step.channels,
            repeats=self.repeats or step.repeats,
            head_repeats=self.head_repeats or step.head_repeats,
        )

    def faults(self, backbone: str) -> Iterator[str]:
        """See `FamilyOptions.faults`."""
        yield from below_one(self, "channels", "repeats", "head_repeats", "decoder")
        if self.scale and self.scale not in SCALES:
            yield f"scale: there is no {self.scale!r}; choose one of {', '.join(SCALES)}, or leave scale out"
        elif self.scale and backbone != SCALES[self.scale].backbone:
            own = SCALES[self.scale].backbone
            yield f"scale {self.scale!r} stands on {own}, not on {backbone}: name it, or no backbone"
        if self.frozen_detector and not self.roi_head:
            yield "frozen_detector = true leaves nothing to learn without roi_head = true: set both, or neither"
