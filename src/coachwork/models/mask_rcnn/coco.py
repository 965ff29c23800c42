"""How Mask R-CNN is laid out: with small heads, or as torchvision's `maskrcnn_resnet50_fpn` with its COCO weights."""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import URLError

import torch
from torch import Tensor, nn
from torchvision.models.detection import MaskRCNN_ResNet50_FPN_Weights

from coachwork.errors import CoachworkError
from coachwork.models.hub_weights import reachable
from coachwork.models.mask_rcnn.options import COCO_CHANNELS, MaskRcnnOptions

_WEIGHTS = MaskRCNN_ResNet50_FPN_Weights.COCO_V1
_PLACES = {"backbone.body.": "backbone.net.", "backbone.fpn.": "fpn.", "rpn.": "rpn.", "roi_heads.": "heads."}
_OF_CLASSES = ("heads.box_predictor.", "heads.mask_predictor.mask_fcn_logits.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Sizes of the parts.

    Attributes:
        channels: of the pyramid and the mask head.
        hidden: of the box head.
        mask_layers: convolutions of the mask head.
        anchors: side of the anchors of each level, in input pixels.
        aspect_ratios: height to width of the anchors.
    """

    channels: int
    hidden: int
    mask_layers: int
    anchors: tuple[int, ...]
    aspect_ratios: tuple[float, ...]


_LAYOUTS = {
    "imagenet": Layout(
        channels=128, hidden=256, mask_layers=2, anchors=(24, 48, 96, 192, 384), aspect_ratios=(0.4, 1.0, 2.5)
    ),
    "coco": Layout(
        channels=COCO_CHANNELS,
        hidden=1024,
        mask_layers=4,
        anchors=(32, 64, 128, 256, 512),
        aspect_ratios=(0.5, 1.0, 2.0),
    ),
}


def layout_of(options: MaskRcnnOptions) -> Layout:
    """The layout that goes with the weights that a plan names, with its own number of channels where it has one."""
    layout = _LAYOUTS[options.weights]
    return replace(layout, channels=options.channels or layout.channels)


def drop_batch_epsilon(backbone: nn.Module) -> None:
    """Lets the batch statistics count as torchvision counts them with these weights: without an epsilon."""
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 0.0


def load_coco(model: nn.Module) -> None:
    """Loads torchvision's COCO weights into a model of layout `coco`, but for what depends on COCO's 80 classes.

    Raises:
        CoachworkError: neither torch's cache nor the network gives them.
    """
    source = {_renamed(name): value for name, value in _fetched().items()}
    kept = {name: value for name, value in source.items() if _carries_over(name)}
    wanted = {name for name in model.state_dict() if _carries_over(name)}
    if set(kept) != wanted:
        strange = sorted(set(kept) ^ wanted)
        message = f"torchvision's COCO weights do not fit this Mask R-CNN: {', '.join(strange[:3])}"
        raise CoachworkError(message)
    model.load_state_dict(kept, strict=False)


def _carries_over(name: str) -> bool:
    """Whether a weight is the same for any classes; counters of batches say nothing while statistics are kept."""
    return not name.startswith(_OF_CLASSES) and not name.endswith("num_batches_tracked")


def _renamed(name: str) -> str:
    for theirs, ours in _PLACES.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name


def _fetched() -> dict[str, Tensor]:
    place = Path(torch.hub.get_dir()) / "checkpoints" / Path(_WEIGHTS.url).name
    said = "download.pytorch.org cannot be reached"
    if place.is_file() or reachable(_WEIGHTS.url):
        try:
            return dict(_WEIGHTS.get_state_dict(progress=False, check_hash=True, weights_only=True))
        except (URLError, OSError, RuntimeError, EOFError) as failed:
            said = str(failed).partition("\n")[0] or type(failed).__name__
    message = (
        f"torchvision's COCO weights cannot be had ({said}): connect the machine to download.pytorch.org, or put "
        f"{_WEIGHTS.url} at {place}, or leave options.weights out of the plan"
    )
    raise CoachworkError(message)
