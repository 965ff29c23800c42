import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from coachwork.reports.month_chart import MonthPoint, month_chart


def drawn(*values: float | None) -> str:
    points = [MonthPoint(name=f"m{n}", value=value) for n, value in enumerate(values)]
    return str(month_chart(points, title="a <b>", words=lambda value: f"{value:.1f} & more"))


def test_nothing_known_draws_nothing() -> None:
    assert drawn() == ""
    assert drawn(None, None) == ""


def test_lines_leave_gaps_where_nothing_is_known() -> None:
    assert drawn(1, 2, None, 3).count('class="line"') == 1
    assert drawn(1, 2, None, 3).count('class="dot"') == 3


def test_texts_are_escaped_and_dots_say_their_value() -> None:
    found = drawn(1.5)
    assert "<title>a &lt;b&gt;</title>" in found
    assert "<title>m0: 1.5 &amp; more</title>" in found


@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=24))
def test_every_dot_lies_within_the_picture(values: list[float | None]) -> None:
    found = drawn(*values)
    if not found:
        return
    width, height = map(float, re.findall(r'viewBox="0 0 (\S+) (\S+)"', found)[0])
    ET.fromstring(found)  # noqa: S314  our own
    for x, y in re.findall(r'cx="(\S+)" cy="(\S+)"', found):
        assert 0 <= float(x) <= width
        assert 0 <= float(y) <= height
