"""The verdict tried on cars that its calibration has not seen."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coachwork.assessments.held_out import HeldOut
from coachwork.evaluation.held_out import held_out
from coachwork.evaluation.verdict import VerdictCase, fit_verdict
from coachwork.taxonomy import DamageType, Kind

NOTHING_REPORTED: dict[Kind, float] = {DamageType.DENT: 1.0}
BOX = (0, 0, 20, 20)


def cases(made: Any, *, damaged: float = 0.6, count: int = 300, group: str = "photos") -> list[VerdictCase]:
    """As many damaged as undamaged pictures, each of another car, with overlapping scores."""
    rng = np.random.default_rng(2)
    return [
        VerdictCase(
            detections=made.detections([(DamageType.DENT, float(np.clip(rng.normal(mean, 0.15), 0.02, 0.98)), BOX)]),
            damaged=truth,
            cluster=f"{group} {truth} {number}",
            group=group,
        )
        for truth, mean in ((True, damaged), (False, 0.3))
        for number in range(count)
    ]


def test_every_picture_is_judged_once_at_each_rate(made: Any) -> None:
    found = held_out([*cases(made), *cases(made, group="crops", count=50)], NOTHING_REPORTED)
    assert [(one.miss_rate, one.group) for one in found] == [
        (rate, group) for rate in (0.02, 0.05, 0.1) for group in ("crops", "photos")
    ]
    assert {(one.group, one.damaged, one.undamaged) for one in found} == {("photos", 300, 300), ("crops", 50, 50)}


def test_the_rate_is_kept_on_cars_that_were_not_seen(made: Any) -> None:
    for one in held_out(cases(made, count=600), NOTHING_REPORTED):
        assert 0 < one.missed / one.damaged <= one.miss_rate + 0.02
    missed = [one.missed for one in held_out(cases(made, count=600), NOTHING_REPORTED)]
    assert missed == sorted(missed)
    assert missed[0] < missed[-1]


def test_what_was_seen_flatters_where_cars_are_few(made: Any) -> None:
    few = cases(made, count=30)
    (one,) = [one for one in held_out(few, NOTHING_REPORTED) if one.miss_rate == 0.1]
    fitted = fit_verdict(few).at_miss_rate(0.1)
    seen = sum(case.damaged and fitted.probability(case.detections) < fitted.none_below for case in few)
    assert one.missed >= seen


def test_a_reported_damage_is_never_called_none(made: Any) -> None:
    low: dict[Kind, float] = {DamageType.DENT: 0.01}
    found = held_out(cases(made), low)
    assert sum(one.missed + one.called_none for one in found) == 0
    assert any(one.called_damaged for one in found)
    assert not any(one.called_damaged for one in held_out(cases(made), NOTHING_REPORTED))


def test_photos_of_one_car_are_never_on_both_sides(made: Any) -> None:
    one_car = [replace(case, cluster="the same") for case in cases(made)]
    assert held_out(one_car, NOTHING_REPORTED) == (), "without that car there is nothing to fit on"


def test_a_rate_that_too_few_cars_support_is_left_out(made: Any) -> None:
    assert [one.miss_rate for one in held_out(cases(made, count=30), NOTHING_REPORTED)] == [0.05, 0.1]


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be called so often"):
        HeldOut(miss_rate=0.05, group="x", damaged=3, missed=0, undamaged=2, called_none=2, called_damaged=1)
    with pytest.raises(ValueError, match="at most as many missed"):
        HeldOut(miss_rate=0.05, group="x", damaged=3, missed=4, undamaged=2, called_none=0, called_damaged=1)
