from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.verdict import Verdict, VerdictCalibration, judge, verdict_features
from coachwork.detections import Detections
from coachwork.geometry.size import Size
from coachwork.photos.quality import Quality
from coachwork.taxonomy import DamageType

TYPES = (DamageType.DENT, DamageType.SCRATCH)
THRESHOLDS = (0.5, 0.4)
CALIBRATION = VerdictCalibration(
    coefficients={"intercept": 0.0, "best_score": 1.0}, none_below=0.1, damaged_above=0.5, promised_miss_rate=0.02
)
GOOD = Quality(brightness=0.5, contrast=0.2, sharpness=0.5, glare=0.0, short_side_px=480, usable=True, reasons=())
DARK = Quality(
    brightness=0.01,
    contrast=0.2,
    sharpness=0.5,
    glare=0.0,
    short_side_px=480,
    usable=False,
    reasons=("The photo is too dark.",),
)


def ranking(scores: Sequence[float], *, label: int = 0, photo_score: float | None = None) -> Detections:
    count = len(scores)
    return Detections(
        boxes=np.tile(np.array([10, 300, 60, 380], dtype=np.float32), (count, 1)),
        labels=np.full(count, label, dtype=np.int64),
        scores=np.array(sorted(scores, reverse=True), dtype=np.float32),
        masks=None,
        size=Size(height=400, width=600),
        types=TYPES,
        photo_score=photo_score,
    )


def verdict(
    scores: Sequence[float], quality: Quality = GOOD, calibration: VerdictCalibration | None = CALIBRATION
) -> Verdict:
    return judge(ranking(scores), quality, calibration=calibration, thresholds=THRESHOLDS).verdict


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], Verdict.NONE),
        ([0.05], Verdict.NONE),
        ([0.2], Verdict.UNCERTAIN),
        ([0.49], Verdict.UNCERTAIN),
        ([0.9, 0.3], Verdict.DAMAGED),
    ],
)
def test_verdict_of_a_usable_photo(scores: list[float], expected: Verdict) -> None:
    assert verdict(scores) is expected


def test_none_is_never_claimed_of_an_unusable_photo() -> None:
    judged = judge(ranking([]), DARK, calibration=CALIBRATION, thresholds=THRESHOLDS)
    assert judged.verdict is Verdict.UNCERTAIN
    assert judged.advice == ("Take this photo again. The photo is too dark.",)


def test_damage_on_a_poor_photo_is_damage_and_a_better_photo_is_asked_for() -> None:
    judged = judge(ranking([0.9]), DARK, calibration=CALIBRATION, thresholds=THRESHOLDS)
    assert judged.verdict is Verdict.DAMAGED
    assert "too dark" in judged.advice[0]


def test_a_model_without_calibration_never_claims_none() -> None:
    assert verdict([], calibration=None) is Verdict.UNCERTAIN
    assert verdict([0.01], calibration=None) is Verdict.UNCERTAIN
    assert verdict([0.8], calibration=None) is Verdict.DAMAGED


def test_doubt_names_the_place_and_the_type() -> None:
    judged = judge(ranking([0.3], label=1), GOOD, calibration=CALIBRATION, thresholds=THRESHOLDS)
    assert judged.verdict is Verdict.UNCERTAIN
    assert "lower left" in judged.advice[0]
    assert "scratch" in judged.advice[0]


@given(st.lists(st.floats(0.0, 1.0), max_size=6), st.booleans())
def test_claims_never_contradict_what_is_reported(scores: list[float], usable: bool) -> None:  # noqa: FBT001
    found = ranking(scores)
    judged = judge(found, GOOD if usable else DARK, calibration=CALIBRATION, thresholds=THRESHOLDS)
    reported = len(found.above(np.array(THRESHOLDS)))
    assert 0 <= judged.damage_probability <= 1
    if judged.verdict is Verdict.NONE:
        assert usable
        assert reported == 0
        assert judged.damage_probability < CALIBRATION.none_below
    if judged.verdict is Verdict.DAMAGED:
        assert reported > 0
    if judged.verdict is Verdict.UNCERTAIN:
        assert judged.advice


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_better_detection_never_lowers_the_probability(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert CALIBRATION.probability(ranking([low])) <= CALIBRATION.probability(ranking([high]))


def test_detections_below_the_floor_do_not_count() -> None:
    assert verdict_features(ranking([0.005])) == verdict_features(ranking([]))


def test_many_faint_detections_say_more_than_one() -> None:
    one, many = (verdict_features(ranking([0.1] * count)) for count in (1, 12))
    assert one["best_score"] == many["best_score"]
    assert one["total_score"] < many["total_score"]


def test_the_score_of_the_whole_photo_counts_where_the_model_gives_one() -> None:
    low, high = (verdict_features(ranking([0.3], photo_score=score))["photo_score"] for score in (0.2, 0.8))
    assert low < 0 < high
    assert verdict_features(ranking([0.3]))["photo_score"] == 0
    both = VerdictCalibration(
        coefficients={"photo_score": 1.0}, none_below=0.1, damaged_above=0.5, promised_miss_rate=0.02
    )
    assert both.probability(ranking([], photo_score=0.8)) == pytest.approx(0.8)
    assert ranking([0.3, 0.9], photo_score=0.4).above(0.5).photo_score == 0.4


@pytest.mark.parametrize(
    "wrong",
    [
        {"coefficients": {"moon_phase": 1.0}},
        {"coefficients": {"best_score": float("nan")}},
        {"none_below": 0.7, "damaged_above": 0.6},
        {"promised_miss_rate": 1.5},
    ],
)
def test_a_calibration_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {
        "coefficients": {"best_score": 1.0},
        "none_below": 0.1,
        "damaged_above": 0.6,
        "promised_miss_rate": 0.02,
    }
    with pytest.raises(ValueError, match=r"need|coefficients|miss rate"):
        VerdictCalibration(**right | wrong)  # type: ignore[arg-type]
