from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coachwork.assessments.score_calibration import ScoreCalibration, ScoreMethod
from coachwork.assessments.verdict import VerdictCalibration
from coachwork.evaluation.bootstrap import wilson_interval
from coachwork.evaluation.reliability import reliability_bins, score_diagrams, verdict_diagrams
from coachwork.evaluation.report import write_report
from coachwork.evaluation.run import OperatingPoint, measure
from coachwork.reports.reliability_chart import reliability_chart
from coachwork.taxonomy import DamageType

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
BOX, AWAY = (0, 0, 20, 20), (40, 40, 60, 60)
VERDICT = VerdictCalibration(
    coefficients={"intercept": 0.0, "best_score": 1.0}, none_below=0.1, damaged_above=0.5, promised_miss_rate=0.05
)


def evaluation(made: Any, **point: Any) -> Any:
    rng = np.random.default_rng(1)
    pairs = [
        made.pair(f"{n}", [(DENT, BOX if rng.uniform() < 0.5 else AWAY)], [(DENT, rng.uniform(0.5, 1), BOX)])
        for n in range(60)
    ]
    pairs += [made.pair(f"clean {n}", [], [(SCRATCH, 0.2, AWAY)]) for n in range(20)]
    return measure(pairs, point=OperatingPoint(verdict=VERDICT, **point), about={}, resamples=3)


def test_bins_hold_all_and_their_intervals_hold_their_shares() -> None:
    likely = np.linspace(0, 1, 95)
    true = np.random.default_rng(0).uniform(size=95) < likely
    bins = reliability_bins(likely, true)
    assert sum(one.count for one in bins) == 95
    assert all(one.low <= one.true <= one.high for one in bins)
    assert [one.likely for one in bins] == sorted(one.likely for one in bins)
    assert reliability_bins(np.zeros(0), np.zeros(0, dtype=np.bool_)) == ()


@pytest.mark.parametrize(("true", "count"), [(0, 1), (1, 1), (3, 7), (50, 100)])
def test_wilson_is_symmetric(true: int, count: int) -> None:
    low, high = wilson_interval(true / count, count)
    assert 0 <= low < high <= 1
    assert wilson_interval((count - true) / count, count) == pytest.approx((1 - high, 1 - low))


def test_a_diagram_shows_scores_where_the_card_has_no_probabilities(made: Any) -> None:
    (dent,) = score_diagrams(evaluation(made))
    assert dent.name == "dent"
    assert dent.note.startswith("60 reported")
    assert "probabilities" not in dent.note
    assert ">score<" in dent.svg


def test_a_diagram_shows_the_probabilities_of_the_card(made: Any) -> None:
    half = ScoreCalibration(method=ScoreMethod.ISOTONIC, knots=((0.1, 0.5), (0.9, 0.5001)))
    (dent,) = score_diagrams(evaluation(made, score_calibration={DENT: half}))
    assert ">probability<" in dent.svg
    assert "of probabilities" in dent.note


def test_the_damage_probability_is_drawn_evenly(made: Any) -> None:
    (photos,) = verdict_diagrams(evaluation(made))
    assert photos.note.startswith("20 damaged and 20 undamaged")


def test_the_page_shows_them(made: Any, tmp_path: Path) -> None:
    write_report(evaluation(made), tmp_path / "report.html", folder=tmp_path, pictures=0)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Are scores right as often as they say?" in page
    assert "Does the damage probability come true?" in page


def test_an_empty_diagram_is_a_frame() -> None:
    picture = reliability_chart([], x_name="a < b", y_name="y", title="nothing")
    assert "<circle" not in picture
    assert "a &lt; b" in picture
