import io
from pathlib import Path

import pytest
from rich.console import Console

from coachwork.annotations.problems import (
    AnnotationError,
    Problem,
    ProblemCode,
    ProblemLog,
    count_by_code,
    problems_table,
    raise_if_any,
)


def problem(code: ProblemCode, place: str = "annotations[1]") -> Problem:
    return Problem(code=code, file="a.json", place=place, what="is [bold]odd[/bold]", done="left out")


def test_no_problems_raise_nothing_and_count_nothing() -> None:
    raise_if_any([])
    assert count_by_code([]) == {}


def test_a_problem_reads_as_a_sentence_with_its_place() -> None:
    assert str(problem(ProblemCode.LEAK)) == "a.json: annotations[1]: is [bold]odd[/bold] (left out)"
    assert str(problem(ProblemCode.LEAK, place="")) == "a.json: is [bold]odd[/bold] (left out)"


def test_all_problems_come_as_one_group_without_the_notes() -> None:
    problems = [problem(code) for code in ProblemCode]
    with pytest.raises(ExceptionGroup) as caught:
        raise_if_any(problems)
    raised = [error.problem.code for error in caught.value.exceptions if isinstance(error, AnnotationError)]
    assert raised == [code for code in ProblemCode if not code.is_note]
    raise_if_any([problem(code) for code in ProblemCode if code.is_note])


def test_the_table_counts_and_shows_examples_as_they_are() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(problems_table([problem(ProblemCode.OUT_OF_FRAME)] * 7, examples=2))
    shown = console.export_text()
    for words in ("out_of_frame", "7", "is [bold]odd[/bold]", "5 more in problems.json"):
        assert words in shown


def test_an_error_carries_its_problem_back_to_the_log() -> None:
    log = ProblemLog(file="a.json")
    log.take(log.fault(ProblemCode.NUMBER_BAD, "images[0]", "is nan"))
    log.add(ProblemCode.LEAK, "b", "is near c", done="moved")
    assert [one.code for one in log.problems] == [ProblemCode.NUMBER_BAD, ProblemCode.LEAK]
    assert log.problems[0].as_json() == {
        "code": "number_bad",
        "file": "a.json",
        "place": "images[0]",
        "what": "is nan",
        "done": "left out",
    }


@pytest.mark.parametrize("code", ProblemCode)
def test_the_page_explains_each_code(code: ProblemCode) -> None:
    page = Path(__file__).parents[2] / "docs" / "formats.md"
    assert f"`{code}`" in page.read_text(encoding="utf-8")


def test_what_a_broken_file_says_at_length_is_shortened() -> None:
    log = ProblemLog(file="f")
    log.add(ProblemCode.LABEL_UNKNOWN, "p" * 5000, "w" * 5000 + "end", done="left out")
    assert len(str(log.problems[0])) < 1300
    assert log.problems[0].what.endswith("end")
