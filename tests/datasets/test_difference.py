from dataclasses import replace

import numpy as np
from hypothesis import given

from coachwork.datasets.difference import difference
from coachwork.datasets.sample import Split
from coachwork.datasets.version import Version
from coachwork.taxonomy import DamageType
from tests.datasets.conftest import make_sample, make_shape, make_version
from tests.datasets.test_merging import versions

NOTHING = make_version()


def counted(earlier: Version, later: Version) -> dict[str, tuple[int, int, int]]:
    found = difference(earlier, later)
    return {kind: (one.added, one.removed, one.changed) for kind, one in found.shapes.items()}


def test_between_empty_versions_nothing_changed() -> None:
    assert not difference(NOTHING, NOTHING)
    assert difference(NOTHING, NOTHING).as_json()["added"] == []


@given(versions())
def test_a_version_does_not_differ_from_itself(version: Version) -> None:
    assert not difference(version, version)
    assert difference(version, version).shapes == {}


@given(versions(), versions())
def test_there_and_back_are_mirror_images(one: Version, other: Version) -> None:
    there, back = difference(one, other), difference(other, one)
    assert [s.sha256 for s in there.added] == [s.sha256 for s in back.removed]
    assert {s.sha256 for _, s in there.moved} == {s.sha256 for _, s in back.moved}
    assert {s.sha256 for _, s in there.edited} == {s.sha256 for _, s in back.edited}
    for kind, changes in there.shapes.items():
        mirrored = back.shapes[kind]
        assert (changes.added, changes.removed, changes.changed) == (
            mirrored.removed,
            mirrored.added,
            mirrored.changed,
        )


@given(versions(), versions())
def test_shapes_add_up(one: Version, other: Version) -> None:
    balance = sum(changes.added - changes.removed for changes in difference(one, other).shapes.values())
    assert balance == sum(other.counts["shapes"].values()) - sum(one.counts["shapes"].values())


def test_photos_bring_and_take_their_shapes() -> None:
    full = make_version(make_sample("a", shapes=(make_shape(), make_shape(10, DamageType.RUST))))
    assert counted(NOTHING, full) == {"dent": (1, 0, 0), "rust": (1, 0, 0)}
    assert counted(full, NOTHING) == {"dent": (0, 1, 0), "rust": (0, 1, 0)}


def test_a_shape_that_moved_a_little_is_changed_and_one_that_moved_away_is_another() -> None:
    before = make_version(make_sample("a", shapes=(make_shape(1), make_shape(1, DamageType.RUST))))
    after = make_version(make_sample("a", shapes=(make_shape(2), make_shape(15, DamageType.RUST))))
    assert counted(before, after) == {"dent": (0, 0, 1), "rust": (1, 1, 0)}


def test_a_shape_whose_outline_alone_changed_is_changed() -> None:
    outline = np.array([[1.0, 1.0], [6.0, 1.0], [6.0, 6.0]])
    before = make_version(make_sample("a", shapes=(make_shape(1),)))
    after = make_version(make_sample("a", shapes=(make_shape(1, polygons=(outline,)),)))
    assert counted(before, after) == {"dent": (0, 0, 1)}


def test_a_shape_of_another_type_is_told_with_both_types() -> None:
    before = make_version(make_sample("a", shapes=(make_shape(1, None),)))
    after = make_version(make_sample("a", shapes=(make_shape(1, DamageType.RUST),)))
    assert difference(before, after).retyped == {("damage", "rust"): 1}
    assert counted(before, after) == {"rust": (0, 0, 1)}


def test_one_of_two_equal_shapes_that_goes_is_removed() -> None:
    before = make_version(make_sample("a", shapes=(make_shape(), make_shape())))
    after = make_version(make_sample("a", shapes=(make_shape(),)))
    assert counted(before, after) == {"dent": (0, 1, 0)}


def test_a_split_that_moved_is_no_edit() -> None:
    sample = make_sample("a")
    found = difference(make_version(sample), make_version(replace(sample, split=Split.VAL, cluster="other")))
    assert (len(found.moved), len(found.edited)) == (1, 0)
    assert found.as_json()["moved"][0]["to"] == "val"
