"""Reliability diagrams as inline SVG: what came true against what was called probable, with counts and intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_LEFT, _RIGHT, _TOP, _SIDE, _GAP, _COUNTS = 50, 14, 10, 230, 8, 44  # user units
_FOOT = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Things that were called about equally probable.

    Attributes:
        likely: their mean probability, 0..1.
        true: the share of them that came true, 0..1.
        low, high: its interval.
        count: how many they are.
    """

    likely: float
    true: float
    low: float
    high: float
    count: int


def reliability_chart(bins: Sequence[ReliabilityBin], *, x_name: str, y_name: str, title: str) -> Markup:
    """Dots with their intervals against the diagonal; below them, how many each dot stands for.

    Args:
        bins: rising by probability; none draws the empty frame.
        x_name: what lies along x.
        y_name: what lies along y.
        title: what a screen reader says.
    """
    floor = _TOP + _SIDE + _GAP + _COUNTS
    parts = [f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}"/>']
    for tick in range(5):
        share, text = tick / 4, ("0", ".25", ".5", ".75", "1")[tick]
        x, y = _x(share), _y(share)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}h{_SIDE}"/>')
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}v{_SIDE}"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" class="end mark">{text}</text>')
        parts.append(f'<text x="{x:.1f}" y="{floor + 14}" class="middle mark">{text}</text>')
    parts.append(f'<path class="guide" d="M{_LEFT} {_y(0):.1f}L{_x(1):.1f} {_TOP}"/>')
    most = max((one.count for one in bins), default=1)
    for one in bins:
        x, height = _x(one.likely), (_COUNTS - 12) * one.count / most
        said = f"{one.likely:.2f} probable: {one.true:.2f} of {one.count}, {one.low:.2f} to {one.high:.2f}"
        parts.append(f'<path class="line s1" d="M{x:.1f} {_y(one.low):.1f}V{_y(one.high):.1f}"/>')
        parts.append(
            f'<circle class="fill s1" cx="{x:.1f}" cy="{_y(one.true):.1f}" r="4"><title>{said}</title></circle>'
        )
        parts.append(
            f'<rect class="fill s2" x="{x - 3:.1f}" y="{floor - height:.1f}" width="6" height="{height:.1f}">'
            f"<title>{one.count}</title></rect>"
        )
    parts.append(f'<path class="grid" d="M{_LEFT} {floor}h{_SIDE}"/>')
    parts.append(f'<text x="{_LEFT - 5}" y="{floor}" class="end mark">0</text>')
    parts.append(f'<text x="{_LEFT - 5}" y="{floor - _COUNTS + 18}" class="end mark">{most if bins else ""}</text>')
    parts.append(f'<text x="{_LEFT + _SIDE / 2}" y="{floor + 30}" class="middle">{escape(x_name)}</text>')
    parts.append(
        f'<text transform="translate(11 {_TOP + _SIDE / 2}) rotate(-90)" class="middle">{escape(y_name)}</text>'
    )
    width, height = _LEFT + _SIDE + _RIGHT, floor + _FOOT
    head = f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    return Markup(f"{head}<title>{escape(title)}</title>{''.join(parts)}</svg>")  # noqa: S704  texts are escaped above


def _x(share: float) -> float:
    return _LEFT + _SIDE * share


def _y(share: float) -> float:
    return _TOP + _SIDE * (1 - share)
