import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.models.efficientdet.assignment import assign
from coachwork.models.efficientdet.net import pyramid_points

POINTS, STRIDES = pyramid_points(128, 128)


def boxes_around_points() -> torch.Tensor:
    reach = 2 * STRIDES[:, None]
    return torch.cat((POINTS - reach, POINTS + reach), dim=1)


def test_no_damage_gives_no_places() -> None:
    nothing = assign(
        torch.rand(len(POINTS), 2), boxes_around_points(), POINTS, torch.zeros(0, 4), torch.zeros(0).long()
    )
    assert len(nothing.places) == len(nothing.damages) == len(nothing.quality) == 0


@given(st.integers(0, 10_000), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_every_damage_has_a_place_and_no_place_two(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    corners = torch.tensor(rng.uniform(0, 100, (count, 2)), dtype=torch.float32)
    sides = torch.tensor(rng.uniform(8, 28, (count, 2)), dtype=torch.float32)
    truth = torch.cat((corners, corners + sides), dim=1)
    labels = torch.tensor(rng.integers(0, 2, count))
    found = assign(torch.rand(len(POINTS), 2), boxes_around_points(), POINTS, truth, labels)
    assert len(set(found.places.tolist())) == len(found.places)
    assert found.quality.min() >= 0
    assert found.quality.max() <= 1 + 1e-6
    assert found.damages.max() < count


def test_a_lone_damage_is_given_to_its_best_boxes() -> None:
    predicted = boxes_around_points()
    truth = predicted[100:101].clone()
    found = assign(torch.full((len(POINTS), 1), 0.5), predicted, POINTS, truth, torch.zeros(1).long())
    assert int(found.places[found.quality.argmax()]) == 100
    assert float(found.quality.max()) == 1.0


def test_points_cover_the_input_from_fine_to_coarse() -> None:
    points, strides = pyramid_points(128, 256)
    assert len(points) == 16 * 32 + 8 * 16 + 4 * 8 + 2 * 4 + 1 * 2
    assert points[0].tolist() == [4.0, 4.0]
    assert points[-1].tolist() == [192.0, 64.0]
    assert bool((strides.diff() >= 0).all())
