import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coachwork.annotations.contract import Reading
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import ProblemCode
from coachwork.annotations.via import VIA
from coachwork.taxonomy import DamageType, identity_label_map
from tests.annotations.golden.via import write_third_version


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    """Reads the golden after a change to its document."""

    def read_changed(change: Callable[[dict[str, Any]], None] = lambda _: None) -> Reading:
        write_third_version(tmp_path)
        document = json.loads((tmp_path / "via3.json").read_text())
        change(document)
        (tmp_path / "via3.json").write_text(json.dumps(document))
        assert VIA.detect(tmp_path / "via3.json") == 1
        return VIA.read(tmp_path / "via3.json", PhotoLookup(tmp_path), identity_label_map())

    return read_changed


def told(reading: Reading) -> list[tuple[ProblemCode, str]]:
    return [(problem.code, problem.place) for problem in reading.problems]


USUAL = [
    (ProblemCode.SHAPE_UNSUPPORTED, "file.3"),
    (ProblemCode.SHAPE_UNSUPPORTED, "metadata.1_6.xy"),
]
"""The video, and the point."""


def test_every_kind_of_shape_is_read(read: Callable[..., Reading]) -> None:
    reading = read()
    boxes = [[round(edge, 1) for edge in shape.box.xyxy] for shape in reading.photos[0].shapes]
    assert boxes[0] == [3, 4, 13, 9]
    assert boxes[3] == [2, 2, 12, 12]
    assert boxes[4] == [5, 4, 17, 16]
    assert boxes[5] == pytest.approx([5, 5, 15, 15], abs=0.1)
    assert len(boxes) == 6
    assert told(reading) == USUAL


def test_options_and_attribute_names_are_what_people_see(read: Callable[..., Reading], tmp_path: Path) -> None:
    reading = read()
    assert [shape.label for shape in reading.photos[0].shapes] == ["scratch"] + ["dent"] * 5
    assert {"dent", "scratch", "near", "far"} == VIA.labels(tmp_path / "via3.json")


def test_a_photo_without_regions_is_unlabelled(read: Callable[..., Reading]) -> None:
    first, second = read().photos
    assert (first.name, second.name) == ("a.jpg", "b.jpg")
    assert first.annotated == frozenset(DamageType) - {DamageType.DENT}  # the point that was left out
    assert second.shapes == ()
    assert second.annotated == frozenset()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda one: one["metadata"]["1_0"].update(vid="9"), (ProblemCode.IMAGE_UNKNOWN, "metadata.1_0.vid")),
        (lambda one: one["view"]["1"]["fid_list"].append("2"), (ProblemCode.IMAGE_UNKNOWN, "metadata.1_0.vid")),
        (lambda one: one["metadata"]["1_0"].update(xy=[2, 1, 1]), (ProblemCode.WRONG_TYPE, "metadata.1_0.xy")),
        (lambda one: one["metadata"]["1_0"].update(xy=[7, 1, 1, 2]), (ProblemCode.WRONG_TYPE, "metadata.1_0.xy")),
        (lambda one: one["metadata"]["1_0"].update(xy=[77, 1]), (ProblemCode.SHAPE_UNSUPPORTED, "metadata.1_0.xy")),
        (lambda one: one["metadata"]["1_0"].update(xy=["a"]), (ProblemCode.NUMBER_BAD, "metadata.1_0.xy[0]")),
        (lambda one: one["metadata"]["1_0"].update(z=[3]), (ProblemCode.SHAPE_UNSUPPORTED, "metadata.1_0.z")),
        (lambda one: one["metadata"].update({"1_0": None}), (ProblemCode.WRONG_TYPE, "metadata.1_0")),
        (lambda one: one["metadata"]["1_0"].update(av=[1]), (ProblemCode.WRONG_TYPE, "metadata.1_0.av")),
        (
            lambda one: one["metadata"]["1_0"].update(xy=[9, 1, 1, 2, 2, 3, 3]),
            (ProblemCode.SHAPE_EMPTY, "metadata.1_0.xy"),
        ),
        (lambda one: one["file"]["1"].update(fname=[1]), (ProblemCode.WRONG_TYPE, "file.1.fname")),
    ],
)
def test_what_is_wrong_is_located(
    read: Callable[..., Reading], change: Callable[[dict[str, Any]], None], problem: tuple[ProblemCode, str]
) -> None:
    assert problem in told(read(change))
