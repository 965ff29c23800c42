from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.annotations.contract import Reading
from coachwork.annotations.problems import ProblemCode
from coachwork.taxonomy import DamageType
from tests.annotations.golden import ground_truth as golden
from tests.annotations.golden.ground_truth import VERIFIED, box, boxes, metadata
from tests.annotations.ground_truth_lines import boxed, read_folder

Read = Callable[..., Reading]
Codes = Callable[[Reading], list[ProblemCode]]

EVERYTHING = frozenset(DamageType)
LATER = {"creation-date": "2026-12-24T18:00:00.000000"}


def test_adjusted_labels_come_before_those_that_were_adjusted(tmp_path: Path) -> None:
    golden.write_chain(tmp_path)
    reading = read_folder(tmp_path)
    assert reading.problems == ()
    (photo,) = reading.photos
    assert [shape.box.width for shape in photo.shapes] == [10]
    assert photo.tags == ("wet", "left", "front")
    assert photo.annotated == EVERYTHING


def test_an_adjustment_of_another_name_is_known_by_its_status(read_lines: Read) -> None:
    status = {"adjustment-status": "adjusted"} | LATER
    reading = read_lines(boxed(box(width=30), second_look=boxes(box()), second_look_metadata=metadata(0.0) | status))
    assert [shape.box.width for shape in reading.photos[0].shapes] == [10]


def test_an_adjustment_of_an_adjustment_counts(read_lines: Read) -> None:
    sets = {}
    for name, width in (("adjusted-damage", 20), ("adjusted-adjusted-damage", 9)):
        sets[name] = boxes(box(width=width))
        sets[f"{name}-metadata"] = metadata(0.0)
    reading = read_lines(boxed(box(width=30), **sets))
    assert [shape.box.width for shape in reading.photos[0].shapes] == [9]


@pytest.mark.parametrize("verdict", ["bad", "Incorrect", "needs-work", "Rejected - redo", "not acceptable"])
def test_a_rejected_verification_is_honoured(read_lines: Read, codes: Codes, verdict: str) -> None:
    verified = {"verify_damage": "1", "verify_damage_metadata": VERIFIED | {"class-name": verdict}}
    reading = read_lines(boxed(box(), **verified))
    assert codes(reading) == [ProblemCode.REJECTED]
    assert reading.problems[0].place == "line 1.damage"
    (photo,) = reading.photos
    assert (photo.shapes, photo.annotated) == ((), frozenset())


@pytest.mark.parametrize("verdict", ["good", "Correct", "no issues", "not bad", None])
def test_an_accepting_verification_changes_nothing(read_lines: Read, verdict: str | None) -> None:
    verified = {"verify_damage": "0", "verify_damage_metadata": VERIFIED | {"class-name": verdict}}
    reading = read_lines(boxed(box(), **verified))
    assert reading.problems == ()
    assert len(reading.photos[0].shapes) == 1


def test_a_verification_of_another_name_is_about_the_only_labels_that_were_there_before(
    read_lines: Read, codes: Codes
) -> None:
    verified = {"check": 1, "check_metadata": VERIFIED | {"class-name": "bad"}}
    assert codes(read_lines(boxed(box(), **verified))) == [ProblemCode.REJECTED]
    other = {"other": boxes(box(5)), "other_metadata": metadata(0.0)}
    assert codes(read_lines(boxed(box(), **verified, **other))) == []


def test_a_rejected_adjustment_does_not_bring_back_what_was_adjusted(read_lines: Read, codes: Codes) -> None:
    adjusted = {"adjusted_damage": boxes(box()), "adjusted_damage_metadata": metadata(0.0) | LATER}
    verified = {"verify_adjusted_damage": 1, "verify_adjusted_damage_metadata": VERIFIED | {"class-name": "bad"}}
    reading = read_lines(boxed(box(width=30), **adjusted, **verified))
    assert codes(reading) == [ProblemCode.REJECTED]
    assert reading.photos[0].shapes == ()
