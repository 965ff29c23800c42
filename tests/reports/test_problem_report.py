from pathlib import Path

import pytest
from PIL import Image

from coachwork.annotations.problems import Problem, ProblemCode, Sighting
from coachwork.geometry.polygon import as_polygon
from coachwork.reports.problem_meanings import MEANINGS
from coachwork.reports.problem_report import write_problem_report
from tests.datasets.made_samples import picture

HOSTILE = "<script>alert(1)</script>"


def problem(photo: Path | None = None, *, code: ProblemCode = ProblemCode.OUT_OF_FRAME) -> Problem:
    outline = as_polygon([-20, 10, 50, 10, 50, 60])
    seen = None if photo is None else Sighting(photo=photo, outlines=(outline,))
    return Problem(code=code, file="via.json", place="a.jpg", what=f"leaves {HOSTILE}", done="cut", seen=seen)


def page(problems: list[Problem], folder: Path, **limits: int) -> str:
    path = folder / "new" / "problems.html"
    write_problem_report(problems, path, title="Problems", about={"source": HOSTILE}, **limits)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.fromarray(picture(1)).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_no_problems_are_said_to_be_none(tmp_path: Path) -> None:
    assert "Nothing is wrong" in page([], tmp_path)


def test_a_shape_is_shown_in_its_photo(tmp_path: Path, photo: Path) -> None:
    text = page([problem(photo)], tmp_path)
    assert text.count("data:image/jpeg") == 2
    assert "Out of frame" in text
    assert HOSTILE not in text
    assert "http" not in text


def test_what_cannot_be_shown_is_listed(tmp_path: Path, photo: Path) -> None:
    text = page([problem(tmp_path / "gone.jpg"), problem(), problem(photo, code=ProblemCode.LEAK)], tmp_path)
    assert text.count("data:image/jpeg") == 2
    assert text.count('<td class="done">cut</td>') == 2


def test_the_page_stays_small_and_says_what_it_leaves_out(tmp_path: Path, photo: Path) -> None:
    text = page([problem(photo)] * 5, tmp_path, crops=1, rows=2)
    assert text.count("data:image/jpeg") == 2
    assert text.count('<td class="done">cut</td>') == 2
    assert "2 more are in the dataset" in text


def test_notes_are_told_from_problems(tmp_path: Path) -> None:
    text = page([problem(), problem(code=ProblemCode.LEAK)], tmp_path)
    assert 'badge bad">problem' in text
    assert 'badge">note' in text


@pytest.mark.parametrize("code", ProblemCode)
def test_each_kind_has_its_meaning(code: ProblemCode) -> None:
    assert MEANINGS[code].endswith(".")
