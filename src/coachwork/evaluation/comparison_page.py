"""One self-contained HTML page of a comparison: figures, differences, slices, and the photos that models differ on."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.evaluation.average_precision import Extent
from coachwork.evaluation.bootstrap import Figure
from coachwork.evaluation.comparing import Comparison, Row, SliceRows
from coachwork.evaluation.disagreements import Disagreement, disagreements
from coachwork.evaluation.drawn_matches import found_shapes, marked_shapes
from coachwork.evaluation.pairs import HEADLINE_TYPES
from coachwork.photos.reading import read_photo
from coachwork.reports.charts import Line, bars, line_chart
from coachwork.reports.interval_chart import Interval, interval_chart
from coachwork.reports.overlay import draw_shapes
from coachwork.reports.pages import render_page, write_page
from coachwork.reports.pictures import data_uri_of

_TEMPLATE = Path(__file__).with_name("comparison.html.j2")
_LONGEST = 460  # of an embedded picture, pixels
_TILES = ("mask_ap50", "box_ap50", "auroc photos", "auroc crops", "miss_rate photos")
_SLICE_FIGURES = {
    "mask_ap50": "mask AP50",
    "box_ap50": "box AP50",
    "auroc photos": "AUROC, photos",
    "auroc crops": "AUROC, crops",
    "miss_rate photos": "called none",
}


def write_comparison(comparison: Comparison, path: Path, *, pictures: int = 8) -> None:
    """Writes the page.

    Args:
        comparison: what was measured.
        path: the HTML file.
        pictures: how many photos are shown on which the models differ.

    Raises:
        PhotoError: a photo that is to be shown cannot be read.
    """
    shown = disagreements(comparison.looks, limit=pictures)
    page = render_page(
        _TEMPLATE,
        **_head(comparison),
        **_tables(comparison),
        **_charts(comparison),
        disagreements=[_pictures(one, [c.label for c in comparison.contenders]) for one in shown],
    )
    write_page(path, page)


def _head(comparison: Comparison) -> dict[str, Any]:
    models = [
        {
            "label": one.label,
            "series": number,
            "name": one.name,
            "architecture": one.architecture,
            "digest": one.digest[:12],
            "milliseconds": f"{ms:.0f}",
            "megabytes": f"{one.megabytes:.1f}",
        }
        for number, (one, ms) in enumerate(zip(comparison.contenders, comparison.milliseconds, strict=True), start=1)
    ]
    rows = {row.key: row for row in comparison.overall.rows}
    return {
        "title": "Comparison of " + " and ".join(f"{one.name} ({one.label})" for one in comparison.contenders),
        "about": comparison.about,
        "models": models,
        "photos": comparison.overall.photos,
        "undamaged": comparison.overall.undamaged,
        "tiles": [_tile(rows[key], [one.label for one in comparison.contenders]) for key in _TILES if key in rows],
    }


def _tile(row: Row, labels: Sequence[str]) -> dict[str, str]:
    values = "  ".join(f"{label} {_percent(value)}" for label, value in zip(labels, row.values, strict=True))
    return {"name": row.name, "value": values, "note": "; ".join(row.verdicts)}


def _tables(comparison: Comparison) -> dict[str, Any]:
    groups = (
        ("headline", "Over the main types", ""),
        ("type", "By type of damage", "AP50, the precision averaged over recalls at IoU .50."),
        ("verdict", "Damaged or not", "Of a miss rate and of false alarms the lower figure is the better one."),
    )
    rows = comparison.overall.rows
    return {
        "tables": [
            {"name": name, "text": text, "rows": [row for row in rows if row.group == group]}
            for group, name, text in groups
            if any(row.group == group for row in rows)
        ],
        "slices": [_slice(part) for part in (comparison.overall, *comparison.slices)],
        "slice_figures": _SLICE_FIGURES,
    }


def _slice(part: SliceRows) -> dict[str, Any]:
    by_key = {row.key: row for row in part.rows}
    return {"part": part, "rows": {key: by_key.get(key) for key in _SLICE_FIGURES}}


def _charts(comparison: Comparison) -> dict[str, Any]:
    return {
        "difference_charts": list(_difference_charts(comparison)),
        "slice_charts": list(_slice_charts(comparison)),
        "curve_charts": list(_curve_charts(comparison)),
        "cost_charts": _cost_charts(comparison),
    }


def _difference_charts(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for group, name in (("headline", "Main types"), ("type", "Each type"), ("verdict", "Damaged or not")):
        rows = [(row.name, row) for row in comparison.overall.rows if row.group == group]
        chart = _intervals(comparison, rows, name)
        if chart is not None:
            yield {"name": f"{name}: difference in points, with 95 % intervals", "svg": chart}


def _slice_charts(comparison: Comparison) -> Iterator[dict[str, Any]]:
    parts = (comparison.overall, *comparison.slices)
    for key, name in _SLICE_FIGURES.items():
        rows = [(part.slice.name, row) for part in parts for row in part.rows if row.key == key]
        chart = _intervals(comparison, rows, name)
        if chart is not None:
            yield {"name": f"{name}: difference in points, by slice", "svg": chart}


def _intervals(comparison: Comparison, rows: Sequence[tuple[str, Row]], name: str) -> Any:
    """A chart in which what lies right is better than the first model; None where nothing was measured."""
    drawn = [(text, marks) for text, row in rows if (marks := _marks(row))]
    if not drawn:
        return None
    first, *others = (one.label for one in comparison.contenders)
    legend = [(f"{label} against {first}", number) for number, label in enumerate(others, start=2)]
    return interval_chart(
        drawn,
        title=f"differences, {name}",
        left=f"{first} is better",
        right="the other is better" if len(others) > 1 else f"{others[0]} is better",
        legend=legend if len(others) > 1 else (),
    )


def _marks(row: Row) -> list[Interval]:
    """The differences in points, turned so that more is better."""
    marks, sign = [], 100 if row.higher_is_better else -100
    for number, one in enumerate(row.differences, start=2):
        if one.value is not None:
            ends = [None if end is None else sign * end for end in (one.low, one.high)]
            low, high = ends if row.higher_is_better else ends[::-1]
            marks.append(Interval(value=sign * one.value, low=low, high=high, series=number))
    return marks


def _curve_charts(comparison: Comparison) -> Iterator[dict[str, Any]]:
    recalls = np.linspace(0, 1, 101)
    with_masks = all(any(part.extent is Extent.MASK for part in curves) for curves in comparison.curves)
    extent = Extent.MASK if with_masks else Extent.BOX
    chosen = [next(part for part in curves if part.extent is extent) for curves in comparison.curves if curves]
    for k, kind in enumerate(chosen[0].types if chosen else ()):
        if kind not in HEADLINE_TYPES or not chosen[0].truths[k]:
            continue
        lines = [
            Line(x=recalls, y=part.precision[0, :, k, 0], name=one.label, series=number)
            for number, (one, part) in enumerate(zip(comparison.contenders, chosen, strict=True), start=1)
        ]
        title = f"precision and recall of {kind.words}"
        chart = line_chart(lines, x_name="recall", y_name="precision", title=title)
        yield {"name": f"{kind.words}, {extent} at IoU .50", "svg": chart}


def _cost_charts(comparison: Comparison) -> list[dict[str, Any]]:
    models = list(zip(comparison.contenders, comparison.milliseconds, strict=True))
    times = [(f"{one.label} {one.name}", [round(ms, 1)]) for one, ms in models]
    sizes = [(f"{one.label} {one.name}", [round(one.megabytes, 1)]) for one, _ in models]
    return [
        {"name": "Milliseconds a photo, median", "svg": bars(times, title="milliseconds a photo", width=300)},
        {"name": "Size of the model, MB", "svg": bars(sizes, title="megabytes", width=300)},
    ]


def _pictures(one: Disagreement, labels: Sequence[str]) -> dict[str, Any]:
    sample = one.pairs[0].sample
    photo = read_photo(one.path, name=sample.name, min_side=_LONGEST)

    def drawn(shapes: Any) -> str:
        return data_uri_of(draw_shapes(photo.pixels, shapes, size=sample.size, longest=_LONGEST))

    found = [
        {"label": label, "text": text, "picture": drawn(found_shapes(pair, match))}
        for label, text, pair, match in zip(labels, one.texts, one.pairs, one.matches, strict=True)
    ]
    marked = {"label": "", "text": "marked", "picture": drawn(marked_shapes(one.pairs[0]))}
    return {"file": sample.name, "views": [marked, *found]}


def _percent(value: Figure) -> str:
    return "\N{EN DASH}" if value.value is None else f"{100 * value.value:.1f}"
