import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coachwork.datasets.sample import Split
from coachwork.datasets.statistics import dataset_statistics, log_bins, quantiles, shape_area
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType
from tests.datasets.made_samples import box_shape, outline_shape, sample


def test_a_dataset_without_photos_has_figures_too() -> None:
    statistics = dataset_statistics([])
    assert (statistics.photos, statistics.shapes, statistics.clusters, statistics.types) == (0, 0, 0, ())
    assert statistics.as_json()["shapes_per_photo"] is None
    json.dumps(statistics.as_json())


def test_photos_are_damaged_reviewed_or_unlabelled() -> None:
    (source,) = dataset_statistics(
        [
            sample(box_shape(0, 0, 9, 9), name="a"),
            sample(name="b"),
            sample(name="c", annotated=frozenset()),
            sample(box_shape(0, 0, 9, 9, kind=None), name="d", annotated=frozenset()),
        ]
    ).sources
    assert (source.damaged, source.reviewed, source.unlabelled, source.photos) == (2, 1, 1, 4)


def test_types_are_counted_with_their_sizes_and_splits() -> None:
    statistics = dataset_statistics(
        [
            sample(box_shape(0, 0, 10, 10), box_shape(0, 0, 100, 100), name="a"),
            sample(box_shape(0, 0, 40, 40), name="b", split=Split.VAL),
            sample(box_shape(0, 0, 40, 40, kind=DamageType.SCRATCH), name="c", annotated=frozenset()),
        ]
    )
    dent, scratch = statistics.types
    assert (dent.type, dent.shapes, dent.photos, dent.judged) == (DamageType.DENT, 3, 2, 2)
    assert dent.by_size == {"small": 1, "medium": 1, "large": 1}
    assert dent.by_split == {Split.TRAIN: 2, Split.VAL: 1, Split.TEST: 0}
    assert dent.shares.tolist() == [100 / 120000, 10000 / 120000, 1600 / 120000]
    assert (scratch.shapes, scratch.judged, scratch.masks) == (1, 2, 0)


def test_photos_with_both_types_are_counted_once_each() -> None:
    both = sample(box_shape(0, 0, 9, 9), box_shape(5, 5, 9, 9), box_shape(0, 0, 9, 9, kind=DamageType.RUST), name="a")
    statistics = dataset_statistics([both, sample(box_shape(0, 0, 9, 9), name="b")])
    assert statistics.together.tolist() == [[2, 1], [1, 1]]


def test_photo_sizes_come_with_the_most_frequent_first() -> None:
    wide = Size(height=10, width=90)
    statistics = dataset_statistics([sample(name="a", size=wide), sample(name="b"), sample(name="c")])
    assert list(statistics.photo_sizes.values()) == [2, 1]


def test_the_area_of_an_outline_is_not_that_of_its_box() -> None:
    assert shape_area(outline_shape(0, 0, 10, 0, 0, 10)) == 50
    assert shape_area(box_shape(0, 0, 10, 10)) == 100


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_quantiles_rise_from_the_least_to_the_greatest(values: list[float]) -> None:
    found = list((quantiles(np.array(values)) or {}).values())
    assert found == sorted(found)


def test_bins_of_equal_ratio() -> None:
    assert np.allclose(log_bins(0.01, 1.0, 2), [0.01, 0.1, 1.0])
