"""The charts of the page about a dataset."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from coachwork.datasets.looks import PhotoLook
from coachwork.datasets.sample import Split
from coachwork.datasets.statistics import DatasetStatistics, TypeStatistics, log_bins, relative_sides
from coachwork.datasets.understanding import Understanding
from coachwork.photos.quality import MAX_GLARE, MIN_BRIGHTNESS, MIN_CONTRAST, MIN_SHARPNESS
from coachwork.reports.charts import bars, histogram, matrix

_SMALLEST_SIDE = 0.003
_SIDE_MARKS = ((0.003, "0.3 %"), (0.01, "1 %"), (0.03, "3 %"), (0.1, "10 %"), (0.3, "30 %"), (1.0, "100 %"))
_PHOTO_SIZES = 5
_PER_PHOTO = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 9), (10, 19), (20, 10**9))


def dataset_charts(understanding: Understanding) -> dict[str, Any]:
    """Charts by the name that the template calls them; pairs of a caption and the drawing where there are several."""
    statistics = understanding.statistics
    return {
        "types": _types(statistics) if statistics.types else None,
        "per_photo": _shapes_per_photo(statistics),
        "photo_sizes": _photo_sizes(statistics),
        "together": _together(statistics) if len(statistics.types) > 1 else None,
        "sizes": [(f"{kind.words} ({kind.shapes})", _sizes(kind)) for kind in statistics.types],
        "quality": _quality(understanding.looks),
    }


def _types(statistics: DatasetStatistics) -> Markup:
    splits = [split for split in Split if any(source.by_split[split] for source in statistics.sources)]
    rows = [(kind.words, [kind.by_split[split] for split in splits]) for kind in statistics.types]
    return bars(rows, series=[split.value for split in splits], title="shapes of each type, by split")


def _shapes_per_photo(statistics: DatasetStatistics) -> Markup:
    counts = statistics.shapes_per_photo
    rows = [(_range(low, high), [int(((counts >= low) & (counts <= high)).sum())]) for low, high in _PER_PHOTO]
    while len(rows) > 1 and not rows[-1][1][0]:
        rows.pop()
    return bars(rows, title="photos by their number of damages", width=240)


def _range(low: int, high: int) -> str:
    if low == high:
        return "no damage" if low == 0 else "1 damage" if low == 1 else f"{low} damages"
    return f"{low} and more" if high > 10**6 else f"{low} to {high}"


def _photo_sizes(statistics: DatasetStatistics) -> Markup:
    sizes = list(statistics.photo_sizes.items())
    rows = [(f"{size.width} x {size.height}", [count]) for size, count in sizes[:_PHOTO_SIZES]]
    if len(sizes) > _PHOTO_SIZES:
        rest = sizes[_PHOTO_SIZES:]
        rows.append((f"{len(rest)} other sizes", [sum(count for _, count in rest)]))
    return bars(rows, title="photos by width and height", width=240)


def _together(statistics: DatasetStatistics) -> Markup:
    names = [kind.words if kind.type else "damage" for kind in statistics.types]
    totals = np.diag(statistics.together)
    return matrix(
        statistics.together, names, rows="of photos with", columns="so many hold", title="types that occur together",
        totals=totals, series=(4, 1),
    )  # fmt: skip


def _sizes(kind: TypeStatistics) -> Markup:
    return histogram(
        [("", 1, relative_sides(kind.shares))],
        x_name="side, of the photo's",
        title=f"sizes of {kind.words}",
        edges=log_bins(_SMALLEST_SIDE, 1.0, 20),
        marks=_SIDE_MARKS,
        size=(300, 100),
    )


def _quality(looks: Sequence[PhotoLook]) -> list[tuple[str, Markup]]:
    measured = [look.quality for look in looks if look.quality is not None]
    if not measured:
        return []
    shown = []
    for name, guide, high in (
        ("brightness", MIN_BRIGHTNESS, 1.0),
        ("sharpness", MIN_SHARPNESS, 1.0),
        ("contrast", MIN_CONTRAST, 1.0),
        ("glare", MAX_GLARE, 0.5),
    ):
        values = np.array([getattr(quality, name) for quality in measured], dtype=np.float64)
        chart = histogram(
            [("", 1, values)],
            x_name=name,
            title=f"{name} of the photos",
            edges=np.linspace(0, high, 26),
            marks=((0.0, "0"), (high / 2, f"{high / 2:g}"), (high, f"{high:g}")),
            guides=(guide,),
            size=(200, 100),
        )
        shown.append((name.capitalize(), chart))
    return shown
