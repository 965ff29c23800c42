"""Checks on made-up streams: what must be told is told, with its cause, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from coachwork.assessments.verdict import Verdict
from coachwork.monitoring.checking import findings, latest_findings
from coachwork.monitoring.drift import Cause, Dimension, DriftReport, Level, Slice, gravest
from coachwork.monitoring.drift_json import drift_to_json
from coachwork.monitoring.overrides import Handled, HandledCase
from coachwork.monitoring.photo_record import OUTPUTS, PhotoRecord, without_outputs
from coachwork.monitoring.profile import make_profile
from coachwork.monitoring.thresholds import Thresholds, read_thresholds
from coachwork.taxonomy import DamageType
from tests.monitoring.records import DAY, profile, record, records


def signal(report: DriftReport, name: str, place: int = 0) -> Level:
    return next(one.level for one in report.slices[place].signals if one.signal == name)


def test_no_photo_tells_nothing() -> None:
    report = findings(profile(), [])
    assert (report.level, report.photos, report.begun) == (Level.TOO_FEW, 0, None)
    assert latest_findings(profile(), []).level is Level.TOO_FEW
    assert gravest([]) is Level.TOO_FEW


def test_a_steady_world_is_ok() -> None:
    report = findings(profile(), records(400))
    assert report.level is Level.OK
    assert report.slices[0].causes == ()
    assert (report.photos, report.slices[0].cases) == (400, 134)


def test_poor_light_is_told_with_its_figures() -> None:
    report = findings(profile(), records(200, darker=0.45))
    cause = report.slices[0].causes[0]
    assert report.level is Level.BEYOND
    assert cause.cause is Cause.LIGHT
    assert cause.words.startswith("poor light: brightness fell from 11")
    assert {"brightness", "highlights", "contrast"} <= set(cause.signals)
    assert report.slices_with(Cause.LIGHT) == report.slices
    assert report.slices_with(Cause.BLUR) == ()


def test_a_little_less_light_is_drift_and_not_more() -> None:
    assert signal(findings(profile(), records(500, darker=0.12)), "brightness") is Level.DRIFT


def test_a_tiny_shift_of_very_many_photos_is_ok() -> None:
    report = findings(profile(1000), records(3000, darker=0.05))
    found = next(one for one in report.slices[0].signals if one.signal == "brightness")
    assert found.p_value < 1e-3  # it is there, and it does not matter
    assert found.level is Level.OK


def test_blur_without_darkness_is_called_blur() -> None:
    blurred = [replace(one, measures={**one.measures, "sharpness": 0.45}) for one in records(200)]
    causes = findings(profile(), blurred).slices[0].causes
    assert [one.cause for one in causes] == [Cause.BLUR]
    assert causes[0].words == "blurred photos: sharpness fell from 0.65 to 0.45"


def test_verdicts_that_move_alone_are_the_models() -> None:
    changed = [replace(one, verdict=Verdict.UNCERTAIN) for one in records(200)]
    causes = findings(profile(), changed).slices[0].causes
    assert [one.cause for one in causes] == [Cause.MODEL]
    assert "though the photos look as before" in causes[0].words


def test_other_looks_are_another_mix_of_cars() -> None:
    random = np.random.default_rng(5)
    others = [replace(one, embedding=random.normal(1, 1, 32).astype(np.float32)) for one in records(200)]
    assert [one.cause for one in findings(profile(), others).slices[0].causes] == [Cause.MIX]


def test_files_that_cannot_be_read_are_faulty_files() -> None:
    random = np.random.default_rng(6)
    broken = [
        replace(one, readable=False, usable=False, measures={}, embedding=None, verdict=None)
        if random.random() < 0.15
        else one
        for one in records(400)
    ]
    causes = findings(profile(), broken).slices[0].causes
    assert [one.cause for one in causes] == [Cause.DATA]
    assert "files that cannot be read rose from 0 % to 1" in causes[0].words


def test_copies_are_told() -> None:
    copies = [replace(one, sha256="f" * 64) if place % 3 else one for place, one in enumerate(records(300))]
    assert signal(findings(profile(), copies), "duplicates") is Level.BEYOND


def test_fewer_faults_than_before_are_no_drift() -> None:
    poor = profile(usable=False)
    assert signal(findings(poor, records(300)), "unusable") is Level.OK


def test_a_burst_of_one_car_is_no_drift() -> None:
    random = np.random.default_rng(7)
    one_car = record(random)
    dark = {**one_car.measures, "brightness": 60.0, "highlights": 0.45, "contrast": 0.4}
    burst = [replace(record(random, at), measures=dark, case="one") for at in range(60)]
    alone = profile(case="")  # tells nothing of how photos of one case resemble each other
    assert signal(findings(alone, burst), "brightness") is Level.OK
    apart = [replace(one, case=str(place)) for place, one in enumerate(burst)]
    assert signal(findings(alone, apart), "brightness") is Level.BEYOND


def test_a_dark_market_is_told_as_such() -> None:
    north, south = records(150, market="north"), records(150, seed=1, market="south", darker=0.5)
    mixed = [replace(one, case=f"{one.market}-{one.case}") for one in north + south]
    report = findings(profile(market=""), mixed)
    levels = {one.slice: one.level for one in report.slices}
    assert levels[Slice(dimension=Dimension.MARKET, name="north")] is Level.OK
    assert levels[Slice(dimension=Dimension.MARKET, name="south")] is Level.BEYOND
    assert "market north, market south" in report.notes[0]
    assert report.at_least(Level.DRIFT)[0].level is Level.BEYOND


def test_a_market_that_was_always_dark_is_compared_with_itself() -> None:
    known = records(300, market="north") + records(300, seed=1, market="south", darker=0.5)
    known = [replace(one, case=f"{one.market}-{one.case}") for one in known]
    reference = replace(profile(), records=tuple(known))
    now = records(150, seed=2, market="south", darker=0.5) + records(150, seed=3, market="north")
    now = [replace(one, case=f"{one.market}-{one.case}") for one in now]
    assert findings(reference, now).level is Level.OK


def test_another_models_outputs_are_left_out() -> None:
    others = [replace(one, bundle_digest="b" * 64, verdict=Verdict.NONE) for one in records(200)]
    report = findings(profile(), others)
    assert report.level is Level.OK
    assert "verdict" not in {one.signal for one in report.slices[0].signals}
    assert "only the photos were compared" in report.notes[0]


def test_people_who_disagree_are_heard() -> None:
    calm = tuple(HandledCase(at=DAY, shown=4, deleted=place % 10 == 0) for place in range(200))
    cross = tuple(HandledCase(at=DAY, shown=4, deleted=2) for _ in range(80))
    report = findings(profile(), records(200), handled=Handled(before=calm, now=cross))
    assert [one.cause for one in report.slices[0].causes] == [Cause.PEOPLE]
    assert "overruled the model rose from 10 % to 100 %" in report.slices[0].causes[0].words


def test_a_large_shift_is_seen_in_the_shortest_window() -> None:
    stream = records(940) + records(60, seed=1, darker=0.5)
    report = latest_findings(profile(), stream)
    assert report.level is Level.BEYOND
    assert report.photos < 1000


def sure(count: int, seed: int, bonus: float) -> list[PhotoRecord]:
    """Photos of a model that finds dents in all of them, and is surer by a bonus than it usually is."""
    return [
        replace(
            one,
            verdict=Verdict.DAMAGED,
            counts={DamageType.DENT: 1},
            strange=False,
            measures={**one.measures, "best_score": min(one.measures["best_score"] + bonus, 1.0)},
        )
        for one in records(count, seed=seed)
    ]


def test_a_model_that_is_surer_of_what_it_learnt_from_raises_nothing_on_fresh_photos() -> None:
    learnt, held_out = sure(300, 1, 0.7), records(150, seed=2, strange=False)
    fresh = records(120, seed=3, strange=False)
    naive = make_profile([*learnt, *held_out], how="all", made="2026-03-01T00:00:00Z")
    assert latest_findings(naive, fresh).level is Level.BEYOND
    honest = make_profile([*map(without_outputs, learnt), *held_out], how="all", made="2026-03-01T00:00:00Z")
    report = latest_findings(honest, fresh)
    assert report.level is Level.OK
    assert {"best_score", "verdict", "types", "strange"} <= {one.signal for one in report.slices[0].signals}
    assert latest_findings(honest, sure(120, 4, 0.7)).level is Level.BEYOND


def test_outputs_are_left_out_where_all_photos_were_learnt_from() -> None:
    reference = make_profile(list(map(without_outputs, records(200))), how="all", made="2026-03-01T00:00:00Z")
    signals = {one.signal for one in findings(reference, records(100, seed=5, strange=True)).slices[0].signals}
    assert "brightness" in signals
    assert not signals & {*OUTPUTS, "verdict", "types", "strange"}


def test_strangeness_to_one_model_is_not_held_against_another() -> None:
    fresh = records(100, seed=5, strange=True, bundle_digest="b" * 64)
    report = findings(profile(strange=False), fresh)
    assert "strange" not in {one.signal for one in report.slices[0].signals}
    assert report.level is Level.OK


@pytest.mark.parametrize("seed", range(10))
def test_the_rule_stays_quiet_on_steady_streams(seed: int) -> None:
    stream = records(1000, seed=1000 + seed)
    assert latest_findings(profile(450, seed=2000 + seed), stream).level is Level.OK


def test_the_thresholds_bound_the_false_alarms() -> None:
    limits = Thresholds(false_alarms_a_month=1, checks_a_month=100)
    assert limits.alpha * limits.checks_a_month == pytest.approx(1)
    assert findings(profile(), records(100), limits).alpha == limits.alpha
    assert read_thresholds().alpha == pytest.approx(0.5 / 60)


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "a check needs 40 photos, there are none"),
        (1, "a check needs 40 photos, there is 1: 39 more are to come"),
        (39, "a check needs 40 photos, there are 39: 1 more is to come"),
        (40, ""),
    ],
)
def test_a_shortage_of_photos_is_told_with_both_numbers(count: int, told: str) -> None:
    report = latest_findings(profile(), records(count))
    assert report.shortage == told
    assert (report.level is Level.TOO_FEW) == bool(told)
    value = drift_to_json(report)
    assert (value["photos"], value["needed"], value["shortage"]) == (count, 40, told or None)


def test_a_report_is_json() -> None:
    value = drift_to_json(findings(profile(), records(200, darker=0.5)))
    assert value["schema"] == "coachwork.drift/1"
    assert value["level"] == "beyond_threshold"
    assert value["slices"][0]["causes"][0]["cause"] == "light"
    assert value["slices"][0]["signals"][0]["level"] == "beyond_threshold"
