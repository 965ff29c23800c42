import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coachwork.inference.bundle import BundleError, load_bundle, write_variants
from coachwork.inference.engines import OnnxRuntimeEngine
from coachwork.inference.parity import parity, write_reference
from coachwork.inference.variant import REFERENCE_FILE, Precision, Runtime
from coachwork.registry.cost_gates import speed_findings
from coachwork.registry.gate import Finding, GateError, GateReport, Outcome, report_from_json
from coachwork.registry.gate_limits import GateLimits, LicenceLimits, SmokeSet, SpeedLimits
from coachwork.registry.gate_page import write_gate_page
from coachwork.registry.gate_reports import GateReports
from coachwork.registry.gate_toml import read_gates
from coachwork.registry.gating import GatePhotos, run_gates, to_time
from coachwork.registry.registry import NotPromoted, Registry
from coachwork.registry.timing import Span, Timing, median_span

_VERDICT = {
    "coefficients": {"intercept": 1.0, "best_score": 2.0}, "none_below": 0.05, "damaged_above": 0.6,
    "promised_miss_rate": 0.02, "how": "chosen by hand",
}  # fmt: skip


@pytest.fixture
def limits(colour_photos: GatePhotos) -> GateLimits:
    """The gates that ship, with a smoke set of colours; the time of a model that takes no time says nothing."""
    smoke = SmokeSet(folder=colour_photos.folder, expects={"00.png": ("damaged",), "50.png": ("none", "uncertain")})
    return dataclasses.replace(read_gates(), smoke=smoke, speed=None)


def gates(candidate: Path, champion: Path | None, limits: GateLimits, photos: GatePhotos) -> GateReport:
    return run_gates(candidate, champion, limits, photos, with_crops=False, resamples=60).report


def named(report: GateReport, name: str) -> Finding:
    return next(one for one in report.findings if one.name == name)


def test_the_same_model_passes_but_for_what_few_photos_cannot_tell(
    colour_bundle: Path, bundles: Any, limits: GateLimits, colour_photos: GatePhotos
) -> None:
    report = gates(bundles.with_thresholds("alike", 0.41), colour_bundle, limits, colour_photos)
    assert {one.outcome for one in report.findings if one.gate in ("headline", "types")} == {Outcome.PASSED}
    assert named(report, "dent, AP50").difference is not None
    assert named(report, "market north, AP50").outcome is Outcome.PASSED
    assert named(report, "photos with known verdicts").outcome is Outcome.PASSED
    missed = named(report, "damaged photos called none")
    assert missed.outcome is Outcome.UNDECIDED  # forty cars cannot show a miss rate of two percent
    assert "about " in missed.sentence
    assert not report.passed
    assert "damaged photos called none" in report.summary
    assert report.left_out == ("speed",)


def test_a_threshold_that_is_too_high_fails_though_its_precision_is_the_same(
    colour_bundle: Path, bundles: Any, limits: GateLimits, colour_photos: GatePhotos
) -> None:
    report = gates(bundles.with_thresholds("blind", 0.99), colour_bundle, limits, colour_photos)
    assert named(report, "dent, AP50").outcome is Outcome.PASSED
    found = named(report, "dent, F1 at the threshold")
    assert (found.outcome, found.blocks) == (Outcome.FAILED, True)
    assert found.figure.startswith("100.0")
    assert named(report, "scratch, F1 at the threshold").outcome is Outcome.PASSED


def test_a_promise_that_is_broken_fails(
    colour_bundle: Path, bundles: Any, limits: GateLimits, colour_photos: GatePhotos
) -> None:
    generous = bundles.like(
        "generous", verdict={**_VERDICT, "none_below": 1.0, "damaged_above": 1.0}, thresholds={"dent": 1, "scratch": 1}
    )
    report = gates(generous, colour_bundle, limits, colour_photos)
    assert named(report, "damaged photos called none").outcome is Outcome.FAILED
    silent = gates(bundles.like("silent", verdict=None), colour_bundle, limits, colour_photos)
    assert named(silent, "called none").outcome is Outcome.PASSED


def test_the_first_of_all_is_compared_with_nothing(
    colour_bundle: Path, limits: GateLimits, colour_photos: GatePhotos
) -> None:
    report = gates(colour_bundle, None, limits, colour_photos)
    assert report.champion == ""
    assert all("no champion" in one.figure for one in report.findings if one.gate in ("headline", "types", "slices"))


def test_a_licence_that_is_not_allowed_fails(
    colour_bundle: Path, limits: GateLimits, colour_photos: GatePhotos
) -> None:
    strict = dataclasses.replace(limits, licences=LicenceLimits(allowed=("MIT",)))
    found = named(gates(colour_bundle, None, strict, colour_photos), "licences of the photos")
    assert (found.outcome, found.blocks) == (Outcome.FAILED, True)
    assert "none: CC0" in found.sentence
    by_card = dataclasses.replace(limits, licences=LicenceLimits(allowed=("MIT",), may_ship=True))
    assert named(gates(colour_bundle, None, by_card, colour_photos), "licences of the photos").outcome is Outcome.PASSED


def test_a_verdict_that_was_not_expected_fails(
    colour_bundle: Path, limits: GateLimits, colour_photos: GatePhotos
) -> None:
    smoke = SmokeSet(folder=colour_photos.folder, expects={"00.png": ("none",), "lost.png": ("none",)})
    found = named(
        gates(colour_bundle, None, dataclasses.replace(limits, smoke=smoke), colour_photos),
        "photos with known verdicts",
    )
    assert found.outcome is Outcome.FAILED
    assert "00.png is called" in found.sentence
    assert "lost.png" in found.sentence


def test_models_of_different_work_are_not_compared(
    colour_bundle: Path, bundles: Any, limits: GateLimits, colour_photos: GatePhotos
) -> None:
    parts = bundles.like(
        "parts", task="parts", types=["bonnet", "roof"], thresholds={"bonnet": 0.4, "roof": 0.3}, verdict=None
    )
    with pytest.raises(GateError, match="looks for"):
        gates(parts, colour_bundle, limits, colour_photos)


def test_what_passed_may_be_promoted_and_nothing_else(
    registry: Registry, colour_bundle: Path, bundles: Any, limits: GateLimits, colour_photos: GatePhotos
) -> None:
    lenient = dataclasses.replace(limits, miss_rate=None)
    first = registry.add(colour_bundle, by="me")
    assert registry.gate(first, lenient, colour_photos, with_crops=False, resamples=40).report.passed
    registry.promote(first, by="me")
    blind = registry.add(bundles.with_thresholds("blind", 0.99), by="me")
    alike = registry.add(bundles.with_thresholds("alike", 0.41), by="me")
    for model in (blind, alike):
        registry.gate(model, lenient, colour_photos, with_crops=False, resamples=40)
    with pytest.raises(NotPromoted, match="F1 at the threshold"):
        registry.promote(blind, by="me")
    assert registry.promote(alike, by="me").champion == registry.bundle_version(alike)


def test_a_model_agrees_with_its_reference_and_not_with_another(colour_bundle: Path, bundles: Any) -> None:
    bundle = load_bundle(bundles.like("with-reference"))
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    outputs = OnnxRuntimeEngine(bundle.model_path, threads=1).run(image[None])
    write_reference(bundle.folder, image, outputs)
    found = parity(bundle, np.zeros_like(image))
    assert found.difference == 0
    assert "reference" in found.against
    write_reference(
        bundle.folder, image, {name: np.multiply(value, 1.01, dtype=np.float32) for name, value in outputs.items()}
    )
    assert parity(bundle, image).difference == pytest.approx(0.01 / 1.01, rel=1e-3)
    write_reference(bundle.folder, image, {"other": outputs["boxes"]})
    with pytest.raises(BundleError, match="are others"):
        parity(bundle, image)
    (bundle.folder / REFERENCE_FILE).write_bytes(b"no archive")
    with pytest.raises(BundleError, match="export the bundle again"):
        parity(bundle, image)
    assert parity(load_bundle(colour_bundle), image).difference < 1e-4  # on OpenVINO


def test_a_report_survives_json_and_is_kept_for_good(
    colour_bundle: Path, bundles: Any, limits: GateLimits, colour_photos: GatePhotos, tmp_path: Path
) -> None:
    report = gates(bundles.with_thresholds("alike", 0.41), colour_bundle, limits, colour_photos)
    again = report_from_json(json.loads(json.dumps(report.to_json())))
    assert again.to_json() == report.to_json()
    assert again.digest == report.digest
    kept = GateReports(str(tmp_path / "gates"))
    assert kept.of(report.candidate) == ()
    later = dataclasses.replace(again, at="2027-01-01T00:00:00+00:00")
    for one in (again, later):
        kept.keep(one)
    assert kept.of(report.candidate) == (later, again)
    assert kept.latest(report.candidate, report.champion) == later
    assert kept.latest(report.candidate, "0" * 64) is None
    (tmp_path / "gates" / report.candidate / "000003.json").write_text("{}")
    with pytest.raises(GateError, match="run the gates again"):
        kept.of(report.candidate)


def test_the_page_shows_every_finding_and_loads_nothing(
    colour_bundle: Path, bundles: Any, limits: GateLimits, colour_photos: GatePhotos, tmp_path: Path
) -> None:
    report = gates(bundles.with_thresholds("blind", 0.99), colour_bundle, limits, colour_photos)
    write_gate_page(report, tmp_path / "gates.html", name="damage <2>")
    page = (tmp_path / "gates.html").read_text(encoding="utf-8")
    assert "May not become champion" in page
    assert "damage &lt;2&gt;" in page
    assert all(one.name in page for one in report.findings)
    assert "http" not in page
    assert "speed" in page


def test_the_interval_of_a_median_holds_it() -> None:
    hits = 0
    for seed in range(300):
        span = median_span(np.random.default_rng(seed).lognormal(0, 0.5, 20).tolist())
        hits += span.low <= 1 <= span.high
    assert 0.92 < hits / 300 < 1


def test_a_champion_with_a_quicker_variant_is_timed_as_the_candidate_is_run(colour_bundle: Path, bundles: Any) -> None:
    candidate = load_bundle(colour_bundle)
    assert to_time(candidate, None) == (candidate, None)
    assert to_time(candidate, candidate) == (candidate, candidate)
    folder = bundles.with_thresholds("quick", 0.41)
    plain = load_bundle(folder).variant
    quick = dataclasses.replace(
        plain, runtime=Runtime.OPENVINO, precision=Precision.BF16, measured={"ap50": 0.5, "cpu_ms": 1.0}
    )
    write_variants(folder, (dataclasses.replace(plain, measured={"ap50": 0.5, "cpu_ms": 3.0}), quick), {})
    champion = load_bundle(folder, variant=quick.name)
    own, beside = to_time(candidate, champion)
    assert own is candidate
    assert beside is not None
    assert (beside.folder, beside.variant.name) == (folder, candidate.variant.name)
    own, beside = to_time(champion, candidate)  # the other way round: a quick candidate, a champion without variants
    assert (own.folder, own.variant.name) == (folder, candidate.variant.name)
    assert beside is candidate
    write_variants(folder, (quick,), {})
    only_quick = load_bundle(folder, variant=quick.name)
    assert to_time(candidate, only_quick) == (candidate, only_quick)


def test_what_the_ratio_of_speed_compares_is_told() -> None:
    limits = SpeedLimits(cores=1, milliseconds=None, ratio=1.5, rounds=20, undecided_blocks=False)
    one = Span(value=1.0, low=0.9, high=1.1)
    (found,) = speed_findings(
        Timing(milliseconds=one, ratio=one, rounds=20), limits, alike="fp32 on ONNX Runtime", quicker="bf16 on OpenVINO"
    )
    assert found.outcome is Outcome.PASSED
    assert "both by fp32 on ONNX Runtime, while the champion answers by bf16 on OpenVINO" in found.sentence
    assert "coachwork variants" in found.sentence
    (alone,) = speed_findings(Timing(milliseconds=one, ratio=one, rounds=20), limits)
    assert "variants" not in alone.sentence
    (other,) = speed_findings(
        Timing(milliseconds=one, ratio=one, rounds=20), limits, alike="fp32 on ONNX Runtime", answers="bf16 on OpenVINO"
    )
    assert "both by fp32 on ONNX Runtime, as the champion has no variant bf16 on OpenVINO" in other.sentence
