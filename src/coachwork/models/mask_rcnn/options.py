"""Options of Mask R-CNN in a plan."""

from collections.abc import Iterator
from dataclasses import dataclass

from coachwork.models.family_options import FamilyOptions, below_one

COCO_BACKBONE = "timm/resnet50"
COCO_CHANNELS = 256
_WEIGHTS = ("imagenet", "coco")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRcnnOptions(FamilyOptions):
    """How Mask R-CNN is made.

    Attributes:
        weights: `imagenet` for a pretrained backbone under small fresh heads, or `coco` for torchvision's whole
            `maskrcnn_resnet50_fpn` on `timm/resnet50`, trained on COCO; its heads are larger.
        channels: of the pyramid and the heads; 128, or with COCO weights 256.
    """

    weights: str = "imagenet"
    channels: int | None = None

    def faults(self, backbone: str) -> Iterator[str]:
        """See `FamilyOptions.faults`."""
        yield from below_one(self, "channels")
        if self.weights not in _WEIGHTS:
            yield f"weights: expected one of {', '.join(_WEIGHTS)}, got {self.weights!r}"
        elif self.weights == "coco" and (backbone != COCO_BACKBONE or self.channels not in {None, COCO_CHANNELS}):
            yield (
                f"weights: COCO weights go with {COCO_BACKBONE} with {COCO_CHANNELS} channels: set these, or no weights"
            )
