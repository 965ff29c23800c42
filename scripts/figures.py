"""Draws the figures of docs/families.md: `python scripts/figures.py [FOLDER]`, by default docs/figures.

What looks like a number is computed here, from the formulas that the losses use or from the table of scales.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from numpy.typing import NDArray
from scipy import ndimage

from coachwork.models.efficientdet.scaling import SCALES

INK, SOFT, BLUE, ORANGE, GREEN, PALE = "#1c1d1f", "#62646a", "#1f5fbf", "#c2410c", "#2f7d4f", "#e8eef8"
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
        _bare(axis)
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


def components() -> Figure:
    """Probabilities, a threshold, connected regions: two touching dents become one."""
    rows, columns = np.mgrid[:48, :72]
    places = ((13, 14, 7), (34, 38, 8), (33, 52, 8))
    likely = np.max(
        [0.98 * np.exp(-((((rows - y) ** 2 + (columns - x) ** 2) / (1.25 * r**2)) ** 2)) for y, x, r in places], axis=0
    )
    regions, count = ndimage.label(likely > 0.5)
    figure, axes = plt.subplots(1, 3, figsize=(10, 2.8))
    axes[0].imshow(likely, cmap="Blues")
    axes[0].set_title("1  probability of a dent")
    axes[1].imshow(likely > 0.5, cmap="Blues", vmax=1.4)
    axes[1].set_title("2  above 0.5")
    axes[2].imshow(np.ma.masked_equal(regions, 0), cmap="Set2", vmin=1, vmax=8)
    for place in ndimage.find_objects(regions):
        (top, bottom), (left, right) = ((part.start - 0.5, part.stop - 0.5) for part in place)
        axes[2].add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, color=ORANGE, lw=1.8))
    axes[2].set_title(f"3  {count} regions, though there are {len(places)} dents")
    for axis in axes:
        _bare(axis)
    return figure


def roi_align() -> Figure:
    """A box that does not fit the grid of features: cut into bins, each the mean of four interpolated points."""
    features = np.random.default_rng(1).random((7, 9))
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.3), width_ratios=(9, 6))
    left.imshow(features, cmap="Blues", vmin=0, vmax=1.6, extent=(0, 9, 7, 0))
    x, y, width, height = 1.35, 1.6, 5.4, 3.6
    across, down = (np.arange(6) + 0.5) / 6 * width + x, (np.arange(6) + 0.5) / 6 * height + y
    for line in range(4):
        left.plot([x + line * width / 3] * 2, [y, y + height], color=ORANGE, lw=1.6)
        left.plot([x, x + width], [y + line * height / 3] * 2, color=ORANGE, lw=1.6)
    left.scatter(*np.meshgrid(across, down), s=12, color=INK, zorder=3)
    left.set(xticks=range(10), yticks=range(8), xticklabels=[], yticklabels=[])
    left.grid(color="white", lw=1)
    left.tick_params(length=0)
    left.spines[:].set_visible(False)
    left.set_title("cells of a feature map, a box, four points a bin")
    points = ndimage.map_coordinates(features, np.meshgrid(down - 0.5, across - 0.5, indexing="ij"), order=1)
    bins = points.reshape(3, 2, 3, 2).mean(axis=(1, 3))
    right.imshow(bins, cmap="Blues", vmin=0, vmax=1.6)
    for (row, column), value in np.ndenumerate(bins):
        right.text(column, row, f"{value:.2f}", ha="center", va="center")
    _bare(right)
    right.set_title("what the head gets (here 3 x 3)")
    return figure


def bifpn() -> Figure:
    """One layer of BiFPN, after figure 2 d of the paper."""
    figure, axis = _canvas((9, 4.6), width=9, height=5.4)
    levels = [f"P{level}" for level in range(7, 2, -1)]
    for row, name in enumerate(levels):
        y = 4.9 - row
        axis.text(0.1, y, f"{name}\n1/{2 ** int(name[1])}", va="center", ha="left", color=SOFT, fontsize=9)
        _node(axis, (2, y), PALE, "in")
        _node(axis, (7.4, y), "#d9efe1", "out")
        if 0 < row < len(levels) - 1:
            _node(axis, (4.7, y), "#fbe6da", "+")
            _arrow(axis, (2, y), (4.7, y), SOFT)
            _arrow(axis, (4.7, y), (7.4, y), SOFT)
            _arrow(axis, (2, y), (7.4, y), BLUE, bend=-0.22)
        else:
            _arrow(axis, (2, y), (7.4, y), SOFT)
        if row:
            start = (2, y + 1) if row == 1 else (4.7, y + 1)
            _arrow(axis, start, (4.7, y) if row < len(levels) - 1 else (7.4, y), ORANGE)
            _arrow(axis, (7.4, y), (7.4, y + 1), GREEN)
    for x, text, colour in (
        (0.9, "down: what it is", ORANGE),
        (3.6, "up: where it is", GREEN),
        (6.2, "shortcut", BLUE),
    ):
        axis.plot([x, x + 0.4], [0.15, 0.15], color=colour, lw=2)
        axis.text(x + 0.5, 0.15, text, va="center", fontsize=9)
    return figure


def unet() -> Figure:
    """The U with the sizes of ours at 512 px on EfficientNet-lite0."""
    figure, axis = _canvas((9, 4.3), width=10.4, height=5)
    encoder, decoder = (("24", 4), ("40", 8), ("112", 16), ("320", 32)), (("64", 4), ("128", 8), ("256", 16))
    places = {}
    for side, steps in (("way down", encoder), ("way up", decoder)):
        for row, (channels, stride) in enumerate(steps):
            x = 1.7 + row * 0.75 if side == "way down" else 8.7 - row * 0.75
            y, length = 4.1 - row * 1.1, 1.5 - row * 0.17
            places[side, stride] = x, y, length
            axis.add_patch(
                Rectangle((x - length / 2, y - 0.2), length, 0.4, fc=PALE if side == "way down" else "#d9efe1", ec=INK)
            )
            axis.text(x, y, f"{channels} x {512 // stride}²", ha="center", va="center", fontsize=8.5)
    for stride in (4, 8, 16):
        (x, y, length), (end, _, other) = places["way down", stride], places["way up", stride]
        _plain_arrow(axis, (x + length / 2, y), (end - other / 2, y), BLUE)
        below_x, below_y, _ = places["way down", 2 * stride]
        _plain_arrow(axis, (x + 0.2, y - 0.2), (below_x, below_y + 0.2), ORANGE)
        from_x, from_y, half = places.get(("way up", 2 * stride), places["way down", 32])
        _plain_arrow(
            axis,
            (from_x + (half / 2 if stride == 16 else 0), from_y + (0.0 if stride == 16 else 0.2)),
            (end - 0.1, y - 0.2),
            GREEN,
        )
    axis.text(
        5.2, 4.25, "skip connections: fine features, as they were on the way down", ha="center", color=BLUE, fontsize=9
    )
    axis.text(0.25, 2.2, "halve:\nwider view", color=ORANGE, fontsize=9)
    axis.text(8.6, 2.1, "double:\nback to place", color=GREEN, fontsize=9)
    axis.text(1.7, 4.5, "photo 512²", ha="center", fontsize=9)
    axis.text(8.7, 4.5, "maps of each type", ha="center", fontsize=9)
    return figure


def _bare(axis: Axes) -> None:
    """A picture without axes."""
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)


def _canvas(inches: tuple[float, float], *, width: float, height: float) -> tuple[Figure, Axes]:
    figure, axis = plt.subplots(figsize=inches)
    axis.set(xlim=(0, width), ylim=(0, height))
    axis.set_axis_off()
    return figure, axis


def _node(axis: Axes, at: tuple[float, float], colour: str, text: str) -> None:
    x, y = at
    axis.add_patch(
        FancyBboxPatch((x - 0.22, y - 0.15), 0.44, 0.3, boxstyle="round,pad=0.08", fc=colour, ec=INK, zorder=3)
    )
    axis.text(x, y, text, ha="center", va="center", fontsize=9, zorder=4)


def _arrow(axis: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, *, bend: float = 0.0) -> None:
    """An arrow between two nodes that ends at their rims."""
    arrow = {
        "arrowstyle": "->",
        "color": colour,
        "lw": 1.6,
        "shrinkA": 17,
        "shrinkB": 18,
        "connectionstyle": f"arc3,rad={bend}",
    }
    axis.annotate("", end, start, arrowprops=arrow)


def _plain_arrow(axis: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": colour, "lw": 1.6})


FIGURES: dict[str, Callable[[], Figure]] = {
    "bifpn": bifpn,
    "compound-scaling": compound_scaling,
    "focal-loss": focal_loss,
    "assignment": assignment,
    "roi-align": roi_align,
    "unet": unet,
    "dice": dice,
    "components": components,
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
