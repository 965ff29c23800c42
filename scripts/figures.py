"""Draws the figures of docs/families.md: `python scripts/figures.py [FOLDER]`, by default docs/figures.

What looks like a number is computed here, from the formulas that the losses use or from the table of scales.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from figure_drawing import BLUE, GREEN, INK, ORANGE, PALE, SOFT, arrow, bare, canvas, node
from figures_of_masks import closer_look, components, mask_head, matching, roi_align, unet
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from numpy.typing import NDArray

from coachwork.models.efficientdet.scaling import SCALES

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


def compound_scaling() -> Figure:
    """The published steps of EfficientDet's scale."""
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.0))
    names = list(SCALES)
    rows = {
        "input side, px": [scale.side for scale in SCALES.values()],
        "channels of BiFPN and heads": [scale.channels for scale in SCALES.values()],
        "layers of BiFPN": [scale.repeats for scale in SCALES.values()],
    }
    colours = [GREEN if name.startswith("lite") else BLUE for name in names]
    for axis, (title, values) in zip(axes, rows.items(), strict=True):
        bars = axis.bar(names, values, color=colours)
        axis.bar_label(bars, padding=2)
        axis.set_title(title)
        axis.set(ylim=(0, 1.18 * max(values)), yticks=[])
        axis.spines["left"].set_visible(False)
    return figure


def assignment() -> Figure:
    """Which of a dent's places answer for it: score and overlap together, the ten best."""
    rng = np.random.default_rng(4)
    score, overlap = rng.beta(1.6, 3, 60), rng.beta(2.4, 2, 60)
    aligned = np.sqrt(score) * overlap**4
    best = np.argsort(aligned)[-10:]
    figure, axis = plt.subplots(figsize=(6, 3.8))
    grid_score, grid_overlap = np.meshgrid(np.linspace(0, 1, 100), np.linspace(0, 1, 100))
    drawn = axis.contourf(
        grid_score, grid_overlap, np.sqrt(grid_score) * grid_overlap**4, levels=10, cmap="Blues", alpha=0.75
    )
    figure.colorbar(drawn, label="alignment = √score x IoU⁴")
    axis.scatter(score, overlap, s=16, color=SOFT, label="place inside the box")
    axis.scatter(score[best], overlap[best], s=44, color=ORANGE, edgecolor="white", label="one of the ten that answer")
    axis.set(xlabel="score it gives", ylabel="overlap of its box (IoU)", xlim=(0, 1), ylim=(0, 1.02))
    axis.legend(loc="lower right", framealpha=1)
    return figure


def bifpn() -> Figure:
    """One layer of BiFPN, after figure 2 d of the paper."""
    figure, axis = canvas((9, 4.6), width=9, height=5.4)
    levels = [f"P{level}" for level in range(7, 2, -1)]
    for row, name in enumerate(levels):
        y = 4.9 - row
        axis.text(0.1, y, f"{name}\n1/{2 ** int(name[1])}", va="center", ha="left", color=SOFT, fontsize=9)
        node(axis, (2, y), PALE, "in")
        node(axis, (7.4, y), "#d9efe1", "out")
        if 0 < row < len(levels) - 1:
            node(axis, (4.7, y), "#fbe6da", "+")
            arrow(axis, (2, y), (4.7, y), SOFT)
            arrow(axis, (4.7, y), (7.4, y), SOFT)
            arrow(axis, (2, y), (7.4, y), BLUE, bend=-0.22)
        else:
            arrow(axis, (2, y), (7.4, y), SOFT)
        if row:
            start = (2, y + 1) if row == 1 else (4.7, y + 1)
            arrow(axis, start, (4.7, y) if row < len(levels) - 1 else (7.4, y), ORANGE)
            arrow(axis, (7.4, y), (7.4, y + 1), GREEN)
    for x, text, colour in (
        (0.9, "down: what it is", ORANGE),
        (3.6, "up: where it is", GREEN),
        (6.2, "shortcut", BLUE),
    ):
        axis.plot([x, x + 0.4], [0.15, 0.15], color=colour, lw=2)
        axis.text(x + 0.5, 0.15, text, va="center", fontsize=9)
    return figure


FIGURES: dict[str, Callable[[], Figure]] = {
    "bifpn": bifpn,
    "compound-scaling": compound_scaling,
    "focal-loss": focal_loss,
    "assignment": assignment,
    "roi-align": roi_align,
    "unet": unet,
    "dice": dice,
    "components": components,
    "closer-look": closer_look,
    "mask-head": mask_head,
    "matching": matching,
}


def main(arguments: Sequence[str]) -> None:
    """Writes all figures as SVG."""
    folder = Path(arguments[0] if arguments else Path(__file__).parents[1] / "docs" / "figures")
    folder.mkdir(parents=True, exist_ok=True)
    mpl.use("svg")
    mpl.rcParams |= {
        "svg.hashsalt": "coachwork",
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
    }
    for name, draw in FIGURES.items():
        figure = draw()
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)


if __name__ == "__main__":
    main(sys.argv[1:])
