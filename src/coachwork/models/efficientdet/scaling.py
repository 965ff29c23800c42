"""Compound scaling (Tan et al., CVPR 2020, section 4.2): input, backbone, BiFPN and heads grow together."""

from dataclasses import dataclass

_MULTIPLE = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One step of EfficientDet's scale.

    Attributes:
        name: `d0` to `d2` as in the paper, `lite0` to `lite2` as in google/automl.
        backbone: name of its backbone in a plan.
        side: input side in pixels that was published for it.
        channels: of BiFPN and heads.
        repeats: layers of BiFPN.
        head_repeats: convolutions of each head before its last one.
        configuration: effdet's name of it.
    """

    name: str
    backbone: str
    side: int
    channels: int
    repeats: int
    head_repeats: int
    configuration: str

    @property
    def input_side(self) -> int:
        """The published side, rounded up to a multiple of 128 as plans need it."""
        return -(-self.side // _MULTIPLE) * _MULTIPLE


def _scale(name: str, backbone: str, side: int, *, channels: int, repeats: int) -> Scale:
    return Scale(
        name=name,
        backbone=backbone,
        side=side,
        channels=channels,
        repeats=repeats,
        head_repeats=3,
        configuration=f"tf_efficientdet_{name}",
    )


SCALES: dict[str, Scale] = {
    scale.name: scale
    for scale in (
        _scale("lite0", "efficientnet_lite0", 320, channels=64, repeats=3),
        _scale("lite1", "efficientnet_lite1", 384, channels=88, repeats=4),
        _scale("lite2", "efficientnet_lite2", 448, channels=112, repeats=5),
        _scale("d0", "timm/tf_efficientnet_b0", 512, channels=64, repeats=3),
        _scale("d1", "timm/tf_efficientnet_b1", 640, channels=88, repeats=4),
        _scale("d2", "timm/tf_efficientnet_b2", 768, channels=112, repeats=5),
    )
}
"""By name; the values of effdet 0.4.1, whose authors took them from google/automl. A test compares the two."""
