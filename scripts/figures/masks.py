"""Figures of how each family comes to its masks."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from scripts.figures.drawing import BLUE, GREEN, INK, ORANGE, PALE, SOFT, bare, canvas, plain_arrow

Floats = NDArray[np.float64]


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
        bare(axis)
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
    bare(right)
    right.set_title("what the head gets (here 3 x 3)")
    return figure


def unet() -> Figure:
    """The U with the sizes of ours at 512 px on EfficientNet-lite0."""
    figure, axis = canvas((9, 4.3), width=10.4, height=5)
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
        plain_arrow(axis, (x + length / 2, y), (end - other / 2, y), BLUE)
        below_x, below_y, _ = places["way down", 2 * stride]
        plain_arrow(axis, (x + 0.2, y - 0.2), (below_x, below_y + 0.2), ORANGE)
        from_x, from_y, half = places.get(("way up", 2 * stride), places["way down", 32])
        plain_arrow(
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


def mask_head() -> Figure:
    """One window of cells for each type, of which only the true one learns; then it is laid over the photo."""
    cells = np.arange(28) + 0.5
    rows, columns = np.meshgrid(cells, cells, indexing="ij")
    truth = (np.abs(rows - 14 - 4 * np.sin(columns / 5)) < 1.4) & (columns > 2) & (columns < 26)
    near = 1 / (1 + np.exp(2 * (ndimage.distance_transform_edt(~truth) - 1.2)))
    blurred = ndimage.gaussian_filter(truth.astype(float), 5)
    maps = (0.5 * blurred / blurred.max(), near, 0.15 + 0.1 * np.random.default_rng(3).random((28, 28)))
    figure, axes = plt.subplots(1, 5, figsize=(11, 2.5), width_ratios=(1, 1, 1, 1, 1.5))
    for axis, one, name in zip(axes, maps, ("dent", "scratch", "rust"), strict=False):
        axis.imshow(one, cmap="Blues", vmin=0, vmax=1.2)
        axis.set_title(f"cells of {name}", color=INK if name == "scratch" else SOFT)
        bare(axis)
    axes[1].add_patch(Rectangle((-0.5, -0.5), 28, 28, fill=False, color=ORANGE, lw=3))
    axes[3].imshow(truth, cmap="Blues", vmin=0, vmax=1.2)
    axes[3].set_title("what was annotated: a scratch\n(only the framed cells learn from it)", fontsize=8)
    bare(axes[3])
    photo = np.zeros((60, 90))
    top, left, height, width = 18, 12, 26, 70
    photo[top : top + height, left : left + width] = ndimage.zoom(near, (height / 28, width / 28), order=1)
    axes[4].imshow(photo > 0.5, cmap="Blues", vmin=0, vmax=1.4)
    axes[4].add_patch(Rectangle((left, top), width, height, fill=False, color=ORANGE, lw=1.6))
    axes[4].set_title("stretched to the box, cut at 0.5")
    bare(axes[4])
    return figure


def closer_look() -> Figure:
    """Two scratches that one map cannot tell apart, and the window that belongs to one of them."""
    rows, columns = np.mgrid[:64, :96].astype(float)
    first = np.hypot((rows - 27) / 1.2, np.clip(np.abs(columns - 34) - 22, 0, None)) < 1.3
    second = np.hypot((rows - 31) / 1.2, np.clip(np.abs(columns - 62) - 22, 0, None)) < 1.3
    seen = np.clip(1.6 * ndimage.gaussian_filter((first | second).astype(float), 1.8), 0, 1)
    own = ndimage.gaussian_filter(first.astype(float), 0.8)
    figure, axes = plt.subplots(1, 3, figsize=(11, 2.9), width_ratios=(96, 96, 60))
    regions, count = ndimage.label(seen > 0.5)
    loose, tight = (6, 17, 60, 22), (10, 24.5, 48, 5)
    for axis, picture, title in (
        (axes[0], seen, "map of all scratches, and a loose box"),
        (axes[1], np.ma.masked_equal(regions, 0), f"the map alone: {count} region for both"),
    ):
        axis.imshow(picture, cmap="Blues" if axis is axes[0] else "Set2", vmin=0 if axis is axes[0] else 1, vmax=1.4)
        axis.add_patch(Rectangle(loose[:2], *loose[2:], fill=False, color=ORANGE, lw=1.8))
        axis.set_title(title)
        bare(axis)
    left, top, width, height = loose[0], loose[1] - 6, loose[2], loose[3] + 12
    axes[2].imshow(own[top : top + height, left : left + width], cmap="Blues", vmin=0, vmax=1.1)
    corrected = Rectangle((tight[0] - left, tight[1] - top), *tight[2:], fill=False, color=GREEN, lw=1.8)
    axes[2].add_patch(corrected)
    axes[2].set_title("from near: this scratch")
    bare(axes[2])
    return figure


def matching() -> Figure:
    """Three damages and six queries: the set of pairs that costs least, each query taken once at most."""
    cost = np.array(
        [[0.3, 0.4, 1.9, 1.6, 1.5, 1.8], [1.8, 1.5, 1.2, 0.5, 1.7, 1.4], [0.5, 1.6, 1.7, 1.9, 1.4, 1.1]], dtype=float
    )
    damages, queries = linear_sum_assignment(cost)
    figure, (table, drawn) = plt.subplots(1, 2, figsize=(10, 3.0), width_ratios=(6, 5))
    table.imshow(cost, cmap="Blues_r", vmin=-0.5, vmax=2.2)
    for (row, column), value in np.ndenumerate(cost):
        table.text(column, row, f"{value:.1f}", ha="center", va="center")
    for row, column in zip(damages, queries, strict=True):
        table.add_patch(Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, fill=False, color=ORANGE, lw=2.4))
    table.set_xticks(range(6), [f"query {number}" for number in range(1, 7)])
    table.set_yticks(range(3), ["dent", "scratch", "broken lamp"])
    table.tick_params(length=0)
    table.spines[:].set_visible(False)
    table.set_title(f"cost of each pair; the framed ones cost least together ({cost[damages, queries].sum():.1f})")
    _pairs(drawn, damages, queries)
    return figure


def _pairs(axis: Axes, damages: NDArray[np.int_], queries: NDArray[np.int_]) -> None:
    """The pairs as lines; queries without one learn to say nothing."""
    names = ("dent", "scratch", "broken lamp")
    given = dict(zip(queries.tolist(), damages.tolist(), strict=True))
    for query in range(6):
        text = f"query {query + 1}: " + (names[given[query]] if query in given else '"none of these"')
        axis.text(1.3, -query, text, va="center", color=INK if query in given else SOFT)
        if query in given:
            axis.plot([0.62, 1.25], [-2.5 * given[query], -query], color=ORANGE, lw=1.8)
    for place, name in enumerate(names):
        axis.text(0.55, -2.5 * place, name, va="center", ha="right")
    axis.set(xlim=(0, 2.4), ylim=(-5.5, 0.6))
    axis.set_axis_off()
