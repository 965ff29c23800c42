"""Draws the figures of docs/families.md: `python -m scripts.figures [FOLDER]`, by default docs/figures.

What looks like a number is computed here, from the formulas that the losses use or from the table of scales.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from scripts.figures.boxes import assignment, bifpn, compound_scaling
from scripts.figures.losses import dice, focal_loss
from scripts.figures.masks import closer_look, components, mask_head, matching, roi_align, unet

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
    folder = Path(arguments[0] if arguments else Path(__file__).parents[2] / "docs" / "figures")
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
