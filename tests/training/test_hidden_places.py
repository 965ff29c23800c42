from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.sample import Split
from coachwork.geometry.size import Size
from coachwork.training.augmentation import Outline, Pixels
from coachwork.training.hidden_places import hide_places
from coachwork.training.starting import entries_of
from coachwork.training.views import view_of
from tests.training.made import small_dataset, small_plan


def noise(height: int = 96, width: int = 128) -> Pixels:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def outline(x_min: float, y_min: float, x_max: float, y_max: float) -> Outline:
    corners = np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]])
    return Outline(label=0, parts=(corners,), has_mask=True)


@given(st.integers(0, 2**32 - 1), st.floats(0, 90), st.floats(0, 60), st.floats(4, 38), st.floats(4, 36))
def test_no_pixel_of_a_damage_is_hidden(seed: int, left: float, top: float, width: float, height: float) -> None:
    before = noise()
    kept = before.copy()
    hidden = hide_places(before, [outline(left, top, left + width, top + height)], np.random.default_rng(seed))
    np.testing.assert_array_equal(before, kept, "the picture that was given stays as it is")
    rows, columns = slice(int(np.ceil(top)), int(top + height)), slice(int(np.ceil(left)), int(left + width))
    np.testing.assert_array_equal(hidden[rows, columns], before[rows, columns])


def test_a_few_places_lose_their_detail_and_the_rest_stays() -> None:
    changed, least = [], []
    for seed in range(60):
        before = noise()
        hidden = hide_places(before, [], np.random.default_rng(seed))
        differs = (hidden != before).any(axis=2)
        changed.append(differs.mean())
        least.append(hidden[differs].std() / before[differs].std())
    assert all(0 < share < 0.25 for share in changed), changed
    assert np.median(least) < 0.8


def test_where_damages_leave_no_room_nothing_is_hidden() -> None:
    before = noise()
    hidden = hide_places(before, [outline(0, 0, 128, 96)], np.random.default_rng(0))
    np.testing.assert_array_equal(hidden, before)


@pytest.mark.parametrize("size", [(3, 3), (4, 200), (200, 4)])
def test_small_pictures_are_no_trouble(size: tuple[int, int]) -> None:
    for seed in range(20):
        assert hide_places(noise(*size), [], np.random.default_rng(seed)).shape == (*size, 3)


@pytest.mark.usefixtures("tiny_family")
def test_views_are_hidden_by_the_plan(tmp_path: Path) -> None:
    plan = small_plan(small_dataset(tmp_path / "data"), epochs=1)
    entry = entries_of([read_dataset(place) for place in plan.data.datasets], Split.TRAIN)[0]
    still = replace(plan.augmentation, flip=0.0, scale=(1.0, 1.0), rotation=0.0, stretch=0.0)
    views = [
        view_of(
            entry,
            replace(plan, augmentation=replace(still, hidden=hidden)),
            Size(height=64, width=64),
            np.random.default_rng(3),
        )
        for hidden in (0.0, 1.0)
    ]
    assert (views[0].pixels != views[1].pixels).any()
    assert [one.label for one in views[0].outlines] == [one.label for one in views[1].outlines]
