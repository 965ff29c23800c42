"""Small charts as inline SVG; colours come from the page's style sheet, so that they follow light and dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 24, 34  # margins around the plot, user units
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
    parts = [_axes(side, side, x_name=x_name, y_name=y_name, x_marks=_UNIT, y_marks=_UNIT)]
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
    bins: int = 20,
    size: tuple[int, int] = (340, 160),
) -> Markup:
    """Shares of values in 0..1, each group's bars beside the others'.

    Args:
        groups: name, colour series and values (N,) of each.
        x_name: what the values are.
        title: what a screen reader says.
        bins: how many bars a group has.
        size: width and height of the plot, user units.
    """
    width, height = size
    counts = [np.histogram(values, bins=bins, range=(0, 1))[0] for _, _, values in groups]
    shares = [count / max(1, count.sum()) for count in counts]
    top = max((float(share.max()) for share in shares), default=0.0) or 1.0
    parts = [
        _axes(
            width, height, x_name=x_name, y_name="share", x_marks=_UNIT, y_marks=("0", f"{top / 2:.0%}", f"{top:.0%}")
        )
    ]
    step = width / bins
    for place, ((_, series, _), share) in enumerate(zip(groups, shares, strict=True)):
        bar = (step - 1) / len(groups)
        for i, value in enumerate(share):
            if value:
                x, h = _LEFT + step * i + 0.5 + bar * place, height * value / top
                parts.append(
                    f'<rect class="fill s{series}" x="{x:.1f}" y="{_TOP + height - h:.1f}" '
                    f'width="{bar:.1f}" height="{h:.1f}"/>'
                )
    for place, (name, series, values) in enumerate(groups):
        x, y = _LEFT + width / max(2, len(groups)) * place, _TOP - 9
        parts.append(f'<rect class="fill s{series}" x="{x}" y="{y - 9}" width="10" height="10"/>')
        parts.append(f'<text x="{x + 16}" y="{y}">{escape(name)} ({len(values)})</text>')
    return _svg(width, height, title, parts)


def matrix(counts: NDArray[np.int64], names: Sequence[str], *, rows: str, columns: str, title: str) -> Markup:
    """Counts as shaded cells, each row shaded by its share.

    Args:
        counts: (N, N) int64.
        names: of rows and columns.
        rows: what they are.
        columns: what they are.
        title: what a screen reader says.
    """
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
            share = count / max(1, row.sum())
            series = 2 if i == j else 3
            x, y = left + cell * j, top + cell * i
            box = f'x="{x + 1}" y="{y + 1}" width="{cell - 2}" height="{cell - 2}" rx="3"'
            parts.append(f'<rect class="cell" {box}/>')
            parts.append(f'<rect class="fill s{series}" {box} fill-opacity="{0.75 * math.sqrt(share):.3f}"/>')
            if count:
                parts.append(f'<text x="{x + cell / 2}" y="{y + cell / 2 + 4}" class="middle">{count}</text>')
    width, height = left + cell * len(names) + 70, top + cell * len(names) + 8
    return _wrapped(width, height, title, parts)


def _axes(width: int, height: int, *, x_name: str, y_name: str, x_marks: Sequence[str], y_marks: Sequence[str]) -> str:
    parts = [f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{width}" height="{height}"/>']
    for i, mark in enumerate(x_marks):
        x = _LEFT + width * i / (len(x_marks) - 1)
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
