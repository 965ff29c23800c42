"""Figures of what losses weigh, computed from the formulas that training uses."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scripts.figures.drawing import BLUE, GREEN, INK, ORANGE, bare

Floats = NDArray[np.float64]


def focal_loss() -> Figure:
    """Cross-entropy and focal loss of a pixel or a place, against the probability given to the truth."""
    sure = np.linspace(0.01, 1, 200)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=(3, 2))
    for gamma, colour in ((0, INK), (1, GREEN), (2, BLUE), (5, ORANGE)):
        label = "cross-entropy (gamma = 0)" if gamma == 0 else f"focal, gamma = {gamma}"
        left.plot(sure, -((1 - sure) ** gamma) * np.log(sure), color=colour, label=label)
    left.set(xlabel="probability given to what is true", ylabel="loss", ylim=(0, 4), xlim=(0, 1))
    left.legend()
    shares = {gamma: _share_of_easy(gamma) for gamma in (0, 1, 2, 5)}
    bars = right.bar([str(gamma) for gamma in shares], list(shares.values()), color=[INK, GREEN, BLUE, ORANGE])
    right.bar_label(bars, fmt="%.1f %%", padding=2)
    right.set(xlabel="gamma", ylabel="share of the loss, %", ylim=(0, 112))
    right.set_title("what 10,000 easy places (sure by 0.98)\nweigh beside 20 hard ones (0.3)", fontsize=9)
    return figure


def _share_of_easy(
    gamma: float, *, easy: float = 0.98, hard: float = 0.3, counts: tuple[int, int] = (10_000, 20)
) -> float:
    """Percent of the summed loss that comes from the easy places."""
    losses = [count * -((1 - p) ** gamma) * np.log(p) for p, count in zip((easy, hard), counts, strict=True)]
    return float(100 * losses[0] / sum(losses))


def dice() -> Figure:
    """What missing a thin scratch, or a large dent, costs in cross-entropy and in Dice."""
    scratch, dent = np.zeros((64, 64)), np.zeros((64, 64))
    steps = np.arange(6, 58)
    scratch[(steps * 0.55 + 12).astype(int), steps] = 1
    scratch[(steps * 0.55 + 13).astype(int), steps] = 1
    rows, columns = np.mgrid[:64, :64]
    dent[(rows - 34) ** 2 / 1.6 + (columns - 30) ** 2 < 20**2] = 1
    figure, axes = plt.subplots(1, 4, figsize=(11, 2.9), width_ratios=(1, 1, 1.5, 1.5))
    for axis, truth, name in zip(axes, (scratch, dent), ("a scratch", "a dent"), strict=False):
        axis.imshow(truth, cmap="Blues", vmax=1.4, interpolation="nearest")
        axis.set_title(f"{name}: {truth.mean():.1%} of the pixels", fontsize=9)
        bare(axis)
    for truth, name, colour in ((scratch, "scratch", ORANGE), (dent, "dent", BLUE)):
        columns = int(truth.any(axis=0).sum())
        found = np.arange(columns + 1) / columns
        entropy, overlap = zip(*(_pixel_losses(truth, share) for share in found), strict=True)
        axes[2].plot(100 * found, entropy, color=colour, label=name)
        axes[3].plot(100 * found, overlap, color=colour, label=name)
    axes[2].set(title="mean cross-entropy", xlabel="found of it, %", ylim=(0, None))
    axes[3].set(title="Dice loss", xlabel="found of it, %", ylim=(0, 1.05))
    axes[2].legend()
    return figure


def _pixel_losses(truth: Floats, share: float, *, sure: float = 0.95) -> tuple[float, float]:
    """Mean cross-entropy and Dice loss when a share of the columns of a damage is found and the rest called sound."""
    columns = np.flatnonzero(truth.any(axis=0))
    seen = np.zeros_like(truth)
    seen[:, columns[: round(share * len(columns))]] = 1
    given = np.where((truth == 1) & (seen == 1), sure, 1 - sure)
    entropy = -(truth * np.log(given) + (1 - truth) * np.log(1 - given)).mean()
    return float(entropy), float(1 - 2 * (given * truth).sum() / ((given**2).sum() + truth.sum()))
