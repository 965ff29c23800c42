import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.evaluation.bootstrap import Figure, cluster_weights, figure


@given(clusters=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=20), seed=st.integers(0, 99))
def test_clusters_are_drawn_whole_and_as_often_as_there_are(clusters: list[str], seed: int) -> None:
    weights = cluster_weights(clusters, resamples=20, seed=seed)
    for name in set(clusters):
        members = weights[:, [i for i, cluster in enumerate(clusters) if cluster == name]]
        assert (members == members[:, :1]).all()
    first = [clusters.index(name) for name in sorted(set(clusters))]
    assert (weights[:, first].sum(axis=1) == len(first)).all()


@given(order=st.permutations(range(8)))
def test_the_draw_does_not_hang_on_the_order(order: list[int]) -> None:
    clusters = [f"car{i // 2}" for i in range(8)]
    weights = cluster_weights(clusters, resamples=10, seed=4)
    shuffled = cluster_weights([clusters[i] for i in order], resamples=10, seed=4)
    np.testing.assert_array_equal(weights[:, order], shuffled)


def test_each_stratum_keeps_its_number() -> None:
    strata = ["damaged"] * 6 + ["clean"] * 2
    weights = cluster_weights([str(i) for i in range(8)], resamples=50, seed=0, strata=strata)
    assert (weights[:, :6].sum(axis=1) == 6).all()
    assert (weights[:, 6:].sum(axis=1) == 2).all()


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """Sixty clusters of three alike photos, 200 experiments: 95 % intervals of the mean must hold the truth in most."""
    rng = np.random.default_rng(0)
    clusters = [str(i // 3) for i in range(180)]
    covered = {"clusters": 0, "photos": 0}
    for seed in range(200):
        values = np.repeat(rng.normal(0.5, 0.2, 60), 3) + rng.normal(0, 0.02, 180)
        for name, ids in (("clusters", clusters), ("photos", [str(i) for i in range(180)])):
            weights = cluster_weights(ids, resamples=300, seed=seed)
            interval = figure(float(values.mean()), (weights @ values) / weights.sum(axis=1))
            assert interval.low is not None
            assert interval.high is not None
            covered[name] += interval.low <= 0.5 <= interval.high
    assert 0.90 <= covered["clusters"] / 200 <= 0.99
    assert covered["photos"] / 200 < 0.85, "drawing photos one by one would promise too much"


@pytest.mark.parametrize("value", [None, float("nan")])
def test_what_cannot_be_measured_has_no_interval(value: float | None) -> None:
    assert figure(value, np.array([0.1, 0.2])) == Figure(value=None)
    assert figure(0.5, np.array([np.nan])) == Figure(value=0.5)
    assert Figure(value=None).to_json() == {"value": None, "low": None, "high": None}
