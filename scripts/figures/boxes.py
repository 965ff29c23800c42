"""Figures of how EfficientDet comes to its boxes."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from coachwork.models.efficientdet.scaling import SCALES
from scripts.figures.drawing import BLUE, GREEN, ORANGE, PALE, SOFT, arrow, canvas, node


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
