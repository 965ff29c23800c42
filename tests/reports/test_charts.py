import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from coachwork.reports.charts import bars, histogram, matrix


def drawn(svg: Markup) -> ET.Element:
    """The drawing as a tree; a text that was not escaped would break it."""
    return ET.fromstring(str(svg))  # noqa: S314  our own text


def heights(svg: Markup) -> list[float]:
    return [float(bar.get("height", "0")) for bar in drawn(svg).iter("rect") if "fill" in bar.get("class", "")]


def test_charts_of_nothing_are_charts() -> None:
    for chart in (bars([], title="t"), histogram([], x_name="x", title="t"), matrix(np.zeros((0, 0), dtype=np.int64), [], rows="r", columns="c", title="t")):  # fmt: skip  # noqa: E501
        drawn(chart)


def test_texts_are_escaped() -> None:
    hostile = '<script>alert("x")</script> & more'
    for chart in (
        bars([(hostile, [1.0])], series=(hostile,), title=hostile),
        histogram([(hostile, 1, np.ones(3))], x_name=hostile, title=hostile, marks=((0.0, hostile),)),
    ):
        assert "<script" not in str(chart)
        drawn(chart)


def test_bars_are_as_long_as_their_values() -> None:
    chart = drawn(bars([("a", [30.0, 10.0]), ("b", [20.0, 0.0])], series=("train", "val"), title="t", width=400))
    lengths = [float(bar.get("width", "0")) for bar in chart.iter("rect") if float(bar.get("y", "0")) > 10]
    assert lengths == [300, 100, 200]
    assert [text.text for text in chart.iter("text")][-1] == "20"


def test_values_beyond_the_edges_go_to_the_outer_bins() -> None:
    chart = histogram(
        [("", 1, np.array([-5.0, 0.5, 9.0]))], x_name="x", title="t", edges=np.array([0.0, 0.4, 0.6, 1.0])
    )
    assert len(heights(chart)) == 3


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_the_tallest_bar_fills_the_plot(values: list[float]) -> None:
    chart = histogram([("", 1, np.array(values))], x_name="x", title="t", size=(200, 100))
    assert max(heights(chart)) == pytest.approx(100)


def test_marks_and_guides_lie_where_their_values_are() -> None:
    edges = np.array([0.01, 0.1, 1.0])
    chart = str(
        histogram([], x_name="x", title="t", edges=edges, marks=((0.1, "10 %"),), guides=(0.1,), size=(200, 100))
    )
    assert re.search(r'<text x="146\.0"[^>]*>10 %', chart)
    assert 'class="guide" d="M146.0' in chart
