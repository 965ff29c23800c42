from pathlib import Path

import pytest

from coachwork.annotations.contract import AnnotatedPhoto
from coachwork.annotations.photo_lookup import PhotoFile
from coachwork.annotations.problems import Problem, ProblemCode
from coachwork.annotations.shape_findings import shape_findings
from coachwork.datasets.sample import DamageShape, Sample
from coachwork.taxonomy import DamageType
from tests.datasets.made_samples import ALL_TYPES, FRAME, box_shape, outline_shape, sample

Entry = tuple[AnnotatedPhoto, Sample, str]


def entry(
    *shapes: DamageShape,
    name: str = "a.jpg",
    origin: str = "via.json",
    annotated: frozenset[DamageType] = ALL_TYPES,
) -> Entry:
    made = sample(*shapes, name=name, annotated=annotated)
    file = PhotoFile(
        path=Path("photos") / name,
        sha256=made.sha256,
        size=FRAME,
        stored=FRAME,
        orientation=1,
        fingerprint=0,
        format="jpeg",
    )
    photo = AnnotatedPhoto(name=name, file=file, split=None, annotated=annotated, shapes=shapes)
    return photo, made, origin


def codes(problems: list[Problem]) -> list[ProblemCode]:
    return [problem.code for problem in problems]


def test_nothing_gives_nothing() -> None:
    assert shape_findings([]) == []
    assert shape_findings([entry(box_shape(10, 10, 60, 60))]) == []


@pytest.mark.parametrize(
    ("shapes", "code"),
    [
        ([box_shape(10, 10, 60, 60), box_shape(10, 10, 60, 60)], ProblemCode.DUPLICATE_SHAPE),
        ([box_shape(10, 10, 60, 60), box_shape(340, 10, 390, 60)], ProblemCode.MIRRORED_SHAPE),
        ([box_shape(10, 10, 12, 12)], ProblemCode.TINY_SHAPE),
    ],
)
def test_doubtful_shapes_are_notes_with_a_place_in_the_photo(shapes: list[DamageShape], code: ProblemCode) -> None:
    (problem,) = shape_findings([entry(*shapes)])
    assert (problem.code, problem.file, problem.place, problem.done) == (code, "via.json", "a.jpg", "kept")
    assert code.is_note
    assert problem.seen is not None
    assert problem.seen.photo == Path("photos/a.jpg")
    assert len(problem.seen.outlines) == len(shapes)


def test_outlines_are_shown_where_they_are_known() -> None:
    shape = outline_shape(10, 10, 60, 10, 60, 60)
    (problem,) = shape_findings([entry(shape, shape)])
    assert problem.seen is not None
    assert [len(outline) for outline in problem.seen.outlines] == [3, 3]


def test_unlabelled_is_told_from_looked_through() -> None:
    photos = [
        entry(box_shape(10, 10, 60, 60)),
        entry(name="b.jpg"),
        entry(name="c.jpg", annotated=frozenset()),
        entry(name="d.jpg", annotated=frozenset()),
    ]
    unlabelled, reviewed = shape_findings(photos)
    assert "2 of 4 photos have no shape, such as 'c.jpg'" in unlabelled.what
    assert "unlabelled" in unlabelled.done
    assert "1 of 4" in reviewed.what
    assert codes([unlabelled, reviewed]) == [ProblemCode.NO_SHAPES] * 2


def test_a_folder_of_photos_lists_nothing_and_lacks_nothing(tmp_path: Path) -> None:
    assert shape_findings([entry(origin=str(tmp_path))]) == []
