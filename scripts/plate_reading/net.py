"""A small convolutional network that says of every fourth column of a plate which character stands there."""

import torch
from torch import Tensor, nn

from coachwork.inference.plate_reader import CHARACTERS

_WIDTHS = (32, 64, 96, 128, 160)
_DILATIONS = (1, 2, 4, 1)


class ReaderNet(nn.Module):
    """Five stages down to one row, then convolutions along it."""

    def __init__(self) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        before = 1
        for place, width in enumerate(_WIDTHS):
            stride = (2, 2) if place < 2 else (2, 1)
            stages += [_convolved(before, width, stride), _convolved(width, width, (1, 1))]
            before = width
        self.stages = nn.Sequential(*stages)
        self.along = nn.ModuleList(_along(before, dilation) for dilation in _DILATIONS)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Conv1d(before, 1 + len(CHARACTERS), 1)

    def forward(self, lines: Tensor) -> Tensor:
        """Logits (B, W / 4, 1 + characters) of straightened plates (B, 32, W) uint8."""
        row = self.stages((lines[:, None].float() - 127.5) / 64)[:, :, 0]
        for layer in self.along:
            row = row + layer(row)
        logits: Tensor = self.head(self.drop(row))
        return logits.transpose(1, 2)


class Shipped(nn.Module):
    """The network as it is exported: chances instead of logits."""

    def __init__(self, net: ReaderNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, lines: Tensor) -> Tensor:
        """Chances (B, W / 4, 1 + characters), each row sums to 1."""
        return torch.softmax(self.net(lines), dim=-1)


def _convolved(before: int, width: int, stride: tuple[int, int]) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, width, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
    )


def _along(width: int, dilation: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation, bias=False),
        nn.BatchNorm1d(width),
        nn.ReLU(inplace=True),
    )
