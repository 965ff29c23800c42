"""Small charts as inline SVG; colours come from the page's style sheet, so that they follow light and dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 20, 24, 34  # margins around the plot, user units
_UNIT = ("0", ".5", "1")  # marks of an axis from 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One curve.

    Attributes:
        x, y: (N,) in 0..1; points with NaN are left out.
        name: in the legend; empty for none.
        series: 1, 2, 3 ..., which colour of the style sheet.
        dashed: drawn in dashes.
        dots: a dot on each point.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    name: str = ""
    series: int = 1
    dashed: bool = False
    dots: bool = False


def line_chart(
    lines: Sequence[Line], *, x_name: str, y_name: str, title: str, diagonal: bool = False, side: int = 220
) -> Markup:
    """Curves in the unit square.

    Args:
        lines: what is drawn.
        x_name: what lies along x.
        y_name: what lies along y.
        title: what a screen reader says.
        diagonal: draws the line from (0, 0) to (1, 1).
        side: of the plot, user units.
    """
    x_marks = [(_LEFT + side * i / 2, mark) for i, mark in enumerate(_UNIT)]
    parts = [_axes(side, side, x_name=x_name, y_name=y_name, x_marks=x_marks, y_marks=_UNIT)]
    if diagonal:
        parts.append(f'<path class="guide" d="M{_LEFT} {_TOP + side}L{_LEFT + side} {_TOP}"/>')
    for line in lines:
        known = np.isfinite(line.x) & np.isfinite(line.y)
        places = [(_LEFT + side * x, _TOP + side * (1 - y)) for x, y in zip(line.x[known], line.y[known], strict=True)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        if path:
            dash = ' stroke-dasharray="5 4"' if line.dashed else ""
            parts.append(f'<path class="line s{line.series}"{dash} d="M{path}"/>')
        if line.dots:
            parts += [f'<circle class="fill s{line.series}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places]
    named = [line for line in lines if line.name]
    for place, line in enumerate(named):
        x, y = _LEFT + side / max(2, len(named)) * place, _TOP - 9
        dash = ' stroke-dasharray="5 4"' if line.dashed else ""
        parts.append(f'<path class="line s{line.series}"{dash} d="M{x} {y - 4}h18"/>')
        parts.append(f'<text x="{x + 24}" y="{y}">{escape(line.name)}</text>')
    return _svg(side, side, title, parts)


def histogram(
    groups: Sequence[tuple[str, int, NDArray[np.float64]]],
    *,
    x_name: str,
    title: str,
    edges: NDArray[np.float64] | None = None,
    marks: Sequence[tuple[float, str]] = ((0.0, "0"), (0.5, ".5"), (1.0, "1")),
    guides: Sequence[float] = (),
    size: tuple[int, int] = (340, 160),
) -> Markup:
    """Shares of values in bins, each group's bars beside the others'; every bin is drawn equally wide.

    Args:
        groups: name (empty for no legend), colour series and values (N,) of each.
        x_name: what the values are.
        title: what a screen reader says.
        edges: (B + 1,) rising edges of the bins, by default 20 bins from 0 to 1. Values beyond go to the last bin of
            their side.
        marks: values that are written below the axis, with their text.
        guides: values at which a dashed line stands.
        size: width and height of the plot, user units.
    """
    width, height = size
    limits = np.linspace(0, 1, 21) if edges is None else edges
    counts = [np.histogram(np.clip(values, limits[0], limits[-1]), bins=limits)[0] for _, _, values in groups]
    shares = [count / max(1, count.sum()) for count in counts]
    top = max((float(share.max()) for share in shares), default=0.0) or 1.0
    step = width / (len(limits) - 1)
    place_of = np.interp([value for value, _ in marks] + list(guides), limits, _LEFT + step * np.arange(len(limits)))
    x_marks = [(float(x), text) for x, (_, text) in zip(place_of, marks, strict=False)]
    y_marks = ("0", f"{top / 2:.0%}", f"{top:.0%}")
    parts = [_axes(width, height, x_name=x_name, y_name="share", x_marks=x_marks, y_marks=y_marks)]
    bar = (step - 1) / max(1, len(groups))
    for place, ((_, series, _), share) in enumerate(zip(groups, shares, strict=True)):
        for i, value in enumerate(share):
            if value:
                x, h = _LEFT + step * i + 0.5 + bar * place, height * value / top
                parts.append(
                    f'<rect class="fill s{series}" x="{x:.1f}" y="{_TOP + height - h:.1f}" '
                    f'width="{bar:.1f}" height="{h:.1f}"/>'
                )
    parts += [f'<path class="guide" d="M{x:.1f} {_TOP}v{height}"/>' for x in place_of[len(marks) :]]
    for place, (name, series, values) in enumerate(groups):
        if name:
            x, y = _LEFT + width / max(2, len(groups)) * place, _TOP - 9
            parts.append(f'<rect class="fill s{series}" x="{x}" y="{y - 9}" width="10" height="10"/>')
            parts.append(f'<text x="{x + 16}" y="{y}">{escape(name)} ({len(values)})</text>')
    return _svg(width, height, title, parts)


def bars(
    rows: Sequence[tuple[str, Sequence[float]]], *, series: Sequence[str] = ("",), title: str, width: int = 340
) -> Markup:
    """Lying bars, each with its name above and its total beside it, in parts for each series.

    Args:
        rows: name and one value, not negative, for each series.
        series: names of the parts, at most four; one empty name for no legend.
        title: what a screen reader says.
        width: of the longest bar, user units.
    """
    legend = 22 if any(series) else 0
    most = max((sum(values) for _, values in rows), default=0) or 1
    parts, x = [], 0.0
    for place, name in enumerate(series, start=1):
        if name:
            parts.append(f'<rect class="fill s{place}" x="{x}" y="2" width="10" height="10"/>')
            parts.append(f'<text x="{x + 16}" y="11">{escape(name)}</text>')
            x += 36 + 7 * len(name)
    for row, (name, values) in enumerate(rows):
        x, y = 0.0, legend + 34 * row
        parts.append(f'<text x="0" y="{y + 12}">{escape(name)}</text>')
        for place, value in enumerate(values, start=1):
            if value:
                length = width * value / most
                parts.append(f'<rect class="fill s{place}" x="{x:.1f}" y="{y + 17}" width="{length:.1f}" height="10"/>')
                x += length
        parts.append(f'<text x="{x + 6:.1f}" y="{y + 26}" class="mark">{sum(values):g}</text>')
    return _wrapped(width + 50, legend + 34 * len(rows) + 2, title, parts)


def matrix(
    counts: NDArray[np.int64],
    names: Sequence[str],
    *,
    rows: str,
    columns: str,
    title: str,
    totals: NDArray[np.int64] | None = None,
    series: tuple[int, int] = (2, 3),
) -> Markup:
    """Counts as shaded cells, each row shaded by its share.

    Args:
        counts: (N, N) int64.
        names: of rows and columns.
        rows: what they are.
        columns: what they are.
        title: what a screen reader says.
        totals: (N,) int64, what the counts of each row are a share of; by default the row's sum.
        series: colours of the diagonal and of the other cells.
    """
    whole = counts.sum(axis=1) if totals is None else totals
    cell, left, top = 46, 156, 118
    parts = [
        f'<text x="{left - 8}" y="{top - 8}" class="strong end">{escape(rows)} \N{DOWNWARDS ARROW}</text>',
        f'<text x="{left - 8}" y="{top - 26}" class="strong end">{escape(columns)} \N{RIGHTWARDS ARROW}</text>',
    ]
    for i, name in enumerate(names):
        x, y = left + cell * i + cell / 2, top + cell * i + cell / 2
        parts.append(f'<text x="{left - 8}" y="{y + 4}" class="end">{escape(name)}</text>')
        parts.append(f'<text transform="translate({x + 4} {top - 8}) rotate(-45)">{escape(name)}</text>')
    for i, row in enumerate(counts):
        for j, count in enumerate(row):
            share = count / max(1, whole[i])
            colour = series[i != j]
            x, y = left + cell * j, top + cell * i
            box = f'x="{x + 1}" y="{y + 1}" width="{cell - 2}" height="{cell - 2}" rx="3"'
            parts.append(f'<rect class="cell" {box}/>')
            parts.append(f'<rect class="fill s{colour}" {box} fill-opacity="{0.75 * math.sqrt(share):.3f}"/>')
            if count:
                parts.append(f'<text x="{x + cell / 2}" y="{y + cell / 2 + 4}" class="middle">{count}</text>')
    width, height = left + cell * len(names) + 70, top + cell * len(names) + 8
    return _wrapped(width, height, title, parts)


def _axes(
    width: int, height: int, *, x_name: str, y_name: str, x_marks: Sequence[tuple[float, str]], y_marks: Sequence[str]
) -> str:
    """Frame, grid and texts; marks of x with their place in user units, those of y evenly spaced from below."""
    parts = [f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{width}" height="{height}"/>']
    for x, mark in x_marks:
        parts.append(f'<text x="{x:.1f}" y="{_TOP + height + 14}" class="middle mark">{escape(mark)}</text>')
    for i, mark in enumerate(y_marks):
        y = _TOP + height * (1 - i / (len(y_marks) - 1))
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}h{width}"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" class="end mark">{escape(mark)}</text>')
    parts.append(f'<text x="{_LEFT + width / 2}" y="{_TOP + height + 29}" class="middle">{escape(x_name)}</text>')
    parts.append(
        f'<text transform="translate(11 {_TOP + height / 2}) rotate(-90)" class="middle">{escape(y_name)}</text>'
    )
    return "".join(parts)


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> Markup:
    return _wrapped(_LEFT + width + _RIGHT, _TOP + height + _BOTTOM, title, parts)


def _wrapped(width: float, height: float, title: str, parts: Sequence[str]) -> Markup:
    head = f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    return Markup(f"{head}<title>{escape(title)}</title>{''.join(parts)}</svg>")  # noqa: S704  texts are escaped above
