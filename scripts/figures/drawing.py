"""Colours and shapes that the figures of docs/families.md share."""

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

INK, SOFT, BLUE, ORANGE, GREEN, PALE = "#1c1d1f", "#62646a", "#1f5fbf", "#c2410c", "#2f7d4f", "#e8eef8"


def bare(axis: Axes) -> None:
    """A picture without axes."""
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)


def canvas(inches: tuple[float, float], *, width: float, height: float) -> tuple[Figure, Axes]:
    """A figure with one plane from (0, 0) to (width, height) and no axes."""
    figure, axis = plt.subplots(figsize=inches)
    axis.set(xlim=(0, width), ylim=(0, height))
    axis.set_axis_off()
    return figure, axis


def node(axis: Axes, at: tuple[float, float], colour: str, text: str) -> None:
    """A box with a word in it."""
    x, y = at
    axis.add_patch(
        FancyBboxPatch((x - 0.22, y - 0.15), 0.44, 0.3, boxstyle="round,pad=0.08", fc=colour, ec=INK, zorder=3)
    )
    axis.text(x, y, text, ha="center", va="center", fontsize=9, zorder=4)


def arrow(axis: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, *, bend: float = 0.0) -> None:
    """An arrow between two nodes that ends at their rims."""
    style = {
        "arrowstyle": "->",
        "color": colour,
        "lw": 1.6,
        "shrinkA": 17,
        "shrinkB": 18,
        "connectionstyle": f"arc3,rad={bend}",
    }
    axis.annotate("", end, start, arrowprops=style)


def plain_arrow(axis: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    """An arrow from point to point."""
    axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": colour, "lw": 1.6})
