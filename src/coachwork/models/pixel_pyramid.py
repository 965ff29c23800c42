"""What families put between backbone and heads: a pyramid of decoded features, and a score of the whole photo."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class PixelPyramid(nn.Module):
    """U-Net's way back up (Ronneberger et al., 2015): coarse features, widened and joined with finer ones, to stride 4.

    Args:
        inputs: channels of the backbone at strides 4, 8, 16, 32.
        widths: channels of the decoded features at the same strides.
    """

    def __init__(self, inputs: Sequence[int], *, widths: Sequence[int]) -> None:
        super().__init__()
        self.top = conv_block(inputs[3], widths[3], kernel=1)
        self.laterals = nn.ModuleList(conv_block(inputs[i], widths[i], kernel=1) for i in (2, 1, 0))
        self.blocks = nn.ModuleList(
            nn.Sequential(conv_block(widths[i + 1] + widths[i], widths[i]), conv_block(widths[i], widths[i]))
            for i in (2, 1, 0)
        )

    def readers(self) -> dict[str, nn.Sequential]:
        """The blocks that read the backbone at strides 4, 8, 16 and 32, by name, each begun by a 1 x 1 convolution."""
        found = {name: self.get_submodule(name) for name in ("laterals.2", "laterals.1", "laterals.0", "top")}
        return {name: block for name, block in found.items() if isinstance(block, nn.Sequential)}

    def joined_inputs(self) -> dict[str, tuple[str, str]]:
        """Weights that read the level above and the backbone side by side, and those whose rows give the two."""
        above = ("top.0.weight", "blocks.0.1.0.weight", "blocks.1.1.0.weight")
        return {f"blocks.{i}.0.0.weight": (above[i], f"laterals.{i}.0.weight") for i in range(3)}

    def decoded(self, features: Sequence[Tensor]) -> list[Tensor]:
        """Decoded features (B, widths[i], H / s, W / s) at strides s = 4, 8, 16, 32 of the backbone's features."""
        levels = [self.top(features[3])]
        for level, (lateral, block) in zip((2, 1, 0), zip(self.laterals, self.blocks, strict=True), strict=True):
            above = functional.interpolate(levels[-1], scale_factor=2.0, mode="nearest")
            levels.append(block(torch.cat((above, lateral(features[level])), dim=1)))
        return levels[::-1]


class PhotoHead(nn.Module):
    """Whether a photo shows any damage.

    Args:
        inputs: length of the embedding.
        hidden: channels between its two layers.
    """

    def __init__(self, inputs: int, *, hidden: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(inputs, hidden), nn.ReLU(inplace=True), nn.Dropout(0.2), nn.Linear(hidden, 1)
        )

    def forward(self, embedding: Tensor) -> Tensor:
        """Logits (B, 1) of embeddings (B, E)."""
        logits: Tensor = self.layers(embedding)
        return logits


def pooled(levels: Sequence[Tensor]) -> Tensor:
    """Mean and maximum over the photo of feature maps (B, K, h, w), side by side: (B, 2 * sum of K)."""
    return torch.cat([part for level in levels for part in (level.mean(dim=(2, 3)), level.amax(dim=(2, 3)))], dim=1)


def conv_block(inputs: int, outputs: int, *, kernel: int = 3) -> nn.Sequential:
    """A convolution that keeps the size, batch normalisation, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs, momentum=0.03),
        nn.ReLU(inplace=True),
    )
