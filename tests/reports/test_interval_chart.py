import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.reports.interval_chart import Interval, interval_chart

POINTS = st.floats(-100, 100)


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    low, value, high = sorted(draw(st.tuples(POINTS, POINTS, POINTS)))
    known = draw(st.booleans())
    return Interval(
        value=value, low=low if known else None, high=high if known else None, series=draw(st.integers(1, 4))
    )


@given(rows=st.lists(st.tuples(st.text("ab<&\"' ", max_size=40), st.lists(intervals(), max_size=3)), max_size=6))
def test_every_value_lies_inside_the_picture(rows: list[tuple[str, list[Interval]]]) -> None:
    chart = interval_chart(rows, title="a < b", left="A & co", right="B", legend=[("B against A", 2)])
    drawing = ET.fromstring(chart)  # noqa: S314 - our own, and it must be well-formed
    width, height = (float(drawing.attrib[name]) for name in ("width", "height"))
    dots = [node for node in drawing.iter("circle") if node.attrib["r"] == "4"]
    assert len(dots) == sum(len(marks) for _, marks in rows) + 1
    for dot in dots:
        assert 0 <= float(dot.attrib["cx"]) <= width
        assert 0 <= float(dot.attrib["cy"]) <= height
    assert sum(node.text == name for name, _ in rows for node in drawing.iter("text") if name) >= sum(
        bool(n) for n, _ in rows
    )


def test_zero_stands_in_the_middle_and_better_lies_right() -> None:
    marks = [Interval(value=2.0, low=1.0, high=3.0), Interval(value=-2.0, low=None, high=None)]
    chart = interval_chart([("both", marks)], title="t", left="worse", right="better")
    right, left = (float(x) for x in re.findall(r'<circle class="fill s1" cx="([\d.]+)"', chart))
    zero = float(re.findall(r'<path class="guide" d="M([\d.]+)', chart)[0])
    assert left < zero < right
    assert zero - left == pytest.approx(right - zero, abs=0.2)
