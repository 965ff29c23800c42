"""The simulation of rounds of selecting: its draws, its means and its chart; training itself has tests of its own."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.selection import chart, divided, learned_types, mean_curve, plain, thinned
from coachwork.taxonomy import DamageType
from tests.datasets.conftest import make_sample, make_shape

CURVES: list[dict[str, Any]] = [
    {"seed": seed, "way": way, "points": [{"labelled": n, "box_ap50": n / 1000 + seed / 10} for n in (100, 200)]}
    for seed in (0, 1)
    for way in ("select", "chance")
]


@given(st.integers(0, 5), st.integers(1, 12), st.integers(1, 8))
def test_parts_are_disjoint_hold_all_and_keep_clusters_of_the_calibration_together(
    seed: int, calibration: int, start: int
) -> None:
    samples = [make_sample(str(number), cluster=str(number // 3)) for number in range(30)]
    parts = divided(samples, seed=seed, calibration=calibration, start=start)
    everything = [*parts.calibration, *parts.start, *parts.pool]
    assert sorted(one.sha256 for one in everything) == sorted(one.sha256 for one in samples)
    assert calibration <= len(parts.calibration) < calibration + 3
    assert len(parts.start) == start
    held = {one.cluster for one in parts.calibration}
    assert not held & {one.cluster for one in (*parts.start, *parts.pool)}
    assert divided(samples, seed=seed, calibration=calibration, start=start) == parts


def test_only_types_with_enough_damages_are_learned() -> None:
    dents = [make_sample(str(number), shapes=(make_shape(),)) for number in range(10)]
    rust = make_sample("rust", shapes=(make_shape(kind=DamageType.RUST), make_shape(kind=None)))
    assert learned_types([*dents, rust]) == (DamageType.DENT,)


def test_photos_are_thinned_evenly_and_unlabelled_ones_left_out() -> None:
    samples = [make_sample(str(number)) for number in range(10)]
    unlabelled = make_sample("u", annotated=frozenset())
    assert thinned([*samples, unlabelled], 0) == samples
    assert thinned(samples, 2) == [samples[0], samples[5]]


def test_a_mean_curve_has_means_and_standard_errors() -> None:
    found = mean_curve(CURVES, "select", "box_ap50")
    assert [row[0] for row in found] == [100, 200]
    assert [figure for row in found for figure in row[1:]] == pytest.approx([0.15, 0.05, 0.25, 0.05])
    assert mean_curve([], "select", "box_ap50") == []


def test_a_round_that_one_seed_has_not_reached_is_left_out() -> None:
    shorter = [CURVES[0] | {"points": CURVES[0]["points"][:1]}, *CURVES[1:]]
    assert [row[0] for row in mean_curve(shorter, "select", "box_ap50")] == [100]


def test_the_chart_is_one_svg_with_a_curve_for_each_way() -> None:
    for curves in ([], CURVES):
        points = [{**p, "mask_ap50": None, "all_types_ap50": 0.1} for c in curves for p in c["points"]]
        drawn = ET.fromstring(chart([c | {"points": points} for c in curves]))  # noqa: S314 - it is our own
        assert drawn.tag.endswith("svg")
        assert len(drawn.findall(".//{*}circle")) == (0 if not curves else len(points) * 2 * 2)


def test_what_cannot_be_measured_is_none_in_json() -> None:
    assert plain(float("nan")) is None
    assert plain(0.1234567) == 0.12346
