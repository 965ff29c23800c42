from pathlib import Path

import numpy as np

from coachwork.monitoring.checking import findings
from coachwork.monitoring.course import blocks, course, usual_range
from coachwork.monitoring.page import write_drift_page
from tests.monitoring.records import profile, records


def test_a_page_of_nothing_says_so(tmp_path: Path) -> None:
    write_drift_page(findings(profile(), []), profile(), [], tmp_path / "drift.html")
    told = (tmp_path / "drift.html").read_text(encoding="utf-8")
    assert "Too few photos to tell: a check needs 40 photos, there are none." in told


def test_a_page_of_a_few_photos_says_how_many_are_missing(tmp_path: Path) -> None:
    few = records(39)
    write_drift_page(findings(profile(), few), profile(), few, tmp_path / "drift.html")
    told = (tmp_path / "drift.html").read_text(encoding="utf-8")
    assert "a check needs 40 photos, there are 39: 1 more is to come." in told


def test_a_quiet_page_says_so(tmp_path: Path) -> None:
    write_drift_page(findings(profile(), records(200)), profile(), records(200), tmp_path / "drift.html")
    assert "Nothing moved by more" in (tmp_path / "drift.html").read_text(encoding="utf-8")


def test_a_page_names_the_cause_and_escapes_what_comes_from_files(tmp_path: Path) -> None:
    dark = records(200, darker=0.5, market="<b>north")
    dark += records(60, seed=1, market="south")
    page = tmp_path / "drift.html"
    write_drift_page(findings(profile(), dark), profile(), dark, page)
    text = page.read_text(encoding="utf-8")
    assert "poor light: brightness fell from 11" in text
    assert "&lt;b&gt;north" in text
    assert "<b>north" not in text
    assert "http" not in text.replace("http://www.w3.org", "")


def test_a_course_has_no_part_of_fewer_than_five_photos() -> None:
    assert course([], "brightness").size == 0
    assert course(records(4), "brightness").size == 0
    assert course(records(23), "brightness").size == 4
    assert course(records(500), "brightness").size == 12
    assert course(records(50), "verdict").size == 0


def test_a_course_is_drawn_between_its_bounds() -> None:
    assert blocks(np.zeros(0), low=0, high=1) == ""
    assert blocks(np.array([-9.0, 9.0]), low=0, high=1) == "▁█"
    assert blocks(np.array([1.0]), low=1, high=1) == "▁"
    assert usual_range([], "brightness") is None
