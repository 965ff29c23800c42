import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from coachwork.assessments.severity_features import LENGTH, MEASURES
from coachwork.cli.severity import severity_group
from coachwork.datasets.dataset import read_dataset, write_dataset
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.datasets.source import Source
from coachwork.datasets.version import photo_place
from coachwork.detections import Detections
from coachwork.evaluation.pairs import EvaluationError
from coachwork.evaluation.severity_examples import SeverityExample, examples_of, severity_cases
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.inference.bundle import BundleError
from coachwork.inference.severity_file import read_severity_rule
from coachwork.photos.reading import Photo
from coachwork.taxonomy import DamageType, Severity
from coachwork.training.severity import SeverityError, clusters_needed, fit_severity, level_evidence

MINOR, MODERATE, SEVERE = Severity


def examples(n: int = 300, *, seed: int = 0, severe: int = 0) -> list[SeverityExample]:
    """Dents and scratches; the longer, the worse, with chance; scratches are milder."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(n + severe):
        kind = DamageType.DENT if number % 3 == 0 else DamageType.SCRATCH
        length = random.normal()
        worse = 2.5 * length + random.logistic() - (1.5 if kind is DamageType.SCRATCH else 0) > 1
        level = SEVERE if number >= n else MODERATE if worse else MINOR
        measures = dict.fromkeys(MEASURES, 0.0) | {LENGTH: length + (5 if number >= n else 0)}
        made.append(SeverityExample(kind=kind, level=level, cluster=str(number // 2), measures=measures))
    return made


def test_a_fitted_rule_agrees_with_new_damages_and_keeps_its_promise() -> None:
    rule = fit_severity(examples(600)).rule
    assert rule.levels == (MINOR, MODERATE)
    cases = severity_cases(rule, examples(3000, seed=1))
    for kind in (DamageType.DENT, DamageType.SCRATCH):
        for level in rule.levels:
            mine = [case for case in cases if (case.kind, case.truth) == (kind, level)]
            assert np.mean([case.truth in case.said.levels for case in mine]) > 0.85
    assert np.mean([case.said.level is not None for case in cases]) > 0.4
    more = np.array([case.said.probabilities[MODERATE] for case in cases])
    assert more.mean() == pytest.approx(np.mean([case.truth is MODERATE for case in cases]), abs=0.03)


def test_a_stricter_coverage_states_less() -> None:
    known = examples(400)
    shares = [fit_severity(known, coverage=coverage).figures.abstained.value for coverage in (0.7, 0.95)]
    assert shares[0] is not None
    assert shares[1] is not None
    assert shares[0] < shares[1]


def test_a_level_with_two_examples_is_never_stated_alone() -> None:
    fitted = fit_severity(examples(300, severe=4))
    assert not fitted.rule.evidence[DamageType.DENT][SEVERE].covered
    for length in np.linspace(-5, 30, 40):
        measures = dict.fromkeys(MEASURES, 0.0) | {LENGTH: float(length)}
        assert fitted.rule.severity(DamageType.DENT, measures).level is not SEVERE
    measures = dict.fromkeys(MEASURES, 0.0) | {LENGTH: 30.0}
    assert SEVERE in fitted.rule.severity(DamageType.DENT, measures).levels


def test_the_same_examples_give_the_same_rule() -> None:
    assert fit_severity(examples(120)).rule == fit_severity(examples(120)).rule


def test_too_few_levels_are_refused() -> None:
    alike = [example for example in examples() if example.level is MINOR]
    for few in ([], alike, [*alike, examples()[0]]):
        with pytest.raises(SeverityError, match="needs two levels"):
            fit_severity(few)


@given(st.lists(st.integers(0, 30), min_size=9, max_size=60), st.integers(0, 1000))
def test_bounds_keep_the_share_of_clusters_that_they_promise(groups: list[int], seed: int) -> None:
    clusters = np.array([str(group) for group in groups])
    names = np.unique(clusters)
    if len(names) < clusters_needed(0.8):
        return
    scores = np.random.default_rng(seed).normal(size=len(groups))
    known = level_evidence(scores, clusters, ends=(True, True), coverage=0.8)
    assert known.least is not None
    assert known.greatest is not None
    outside = (scores < known.least) | (scores > known.greatest)
    losses = [outside[clusters == name].mean() for name in names]
    assert (sum(losses) + 2) / (len(names) + 1) <= 0.2 + 1e-9 or not outside.any()


@pytest.fixture
def dents(tmp_path: Path) -> str:
    """A dataset of 24 photos with a dark dent each, large ones moderate; one states no severity, one shows glass."""
    samples, photos = [], {}
    for number in range(24):
        side = 10 + number // 4 if number % 2 else 26 + number // 4
        pixels = np.random.default_rng(number).integers(90, 110, (80, 80, 3), dtype=np.uint8)
        pixels[20 : 20 + side, 20 : 20 + side] = 30
        file = tmp_path / f"{number}.png"
        Image.fromarray(pixels).save(file)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        photos[digest] = file
        shape = DamageShape(
            type=DamageType.BROKEN_GLASS if number == 7 else DamageType.DENT,
            box=Box(x_min=20, y_min=20, x_max=20 + side, y_max=20 + side),
            severity=None if number == 5 else MINOR if number % 2 else MODERATE,
        )
        samples.append(
            Sample(
                photo=photo_place(digest, ".png"),
                sha256=digest,
                size=Size(height=80, width=80),
                source="made",
                name=file.name,
                split=Split.TRAIN,
                cluster=str(number),
                annotated=frozenset({DamageType.DENT}),
                shapes=(shape,),
            )
        )
    source = Source(name="made", licence="CC0-1.0")
    write_dataset(tmp_path / "sets" / "dents", sources=[source], samples=samples, photos=photos)
    return str(tmp_path / "sets" / "dents")


def test_examples_are_the_damages_that_state_a_severity(dents: str) -> None:
    photos = read_dataset(dents)
    told = examples_of(photos.samples, photos.folder)
    assert len(told) == 23
    assert {one.kind for one in told} == {DamageType.DENT, DamageType.BROKEN_GLASS}
    looked: list[None] = []
    examples_of(photos.samples, photos.folder, progress=lambda: looked.append(None))
    assert len(looked) == 24


def test_damages_that_a_model_found_carry_the_severity_of_those_they_found(dents: str) -> None:
    photos = read_dataset(dents)

    def shifted(photo: Photo) -> Detections:
        truth = next(one for one in photos.samples if one.sha256 == photo.sha256).shapes[0].box
        boxes = np.array([truth.xyxy, (60, 60, 79, 79)], dtype=np.float32) + np.float32(1)
        return Detections(
            boxes=np.minimum(boxes, 80),
            labels=np.zeros(2, dtype=np.int64),
            scores=np.array([0.9, 0.4], dtype=np.float32),
            masks=None,
            size=photo.size,
            types=(DamageType.DENT,),
        )

    told = examples_of(photos.samples, photos.folder, found_by=shifted)
    assert len(told) == 22  # neither the dent without a severity, nor the glass that a dent was taken for
    drawn = examples_of(photos.samples[:1], photos.folder)
    assert told[0].level is drawn[0].level
    assert told[0].measures[LENGTH] == pytest.approx(drawn[0].measures[LENGTH], abs=1e-6)


def test_photos_without_severities_are_one_sentence(dents: str) -> None:
    photos = read_dataset(dents)
    silent = [sample for sample in photos.samples if sample.name == "5.png"]
    with pytest.raises(EvaluationError, match="states severities"):
        examples_of(silent, photos.folder)


def test_the_commands_fit_a_rule_and_measure_it(dents: str, tmp_path: Path) -> None:
    rule, figures = tmp_path / "rule.json", tmp_path / "figures.json"
    fitted = CliRunner().invoke(severity_group, ["fit", dents, "--out", str(rule), "--name", "mine"])
    assert fitted.exit_code == 0, fitted.output
    assert "weighted" in fitted.stdout
    assert "says nothing of scratch" in fitted.stdout
    known, about = read_severity_rule(rule), json.loads(rule.read_text(encoding="utf-8"))
    assert (known.name, known.levels) == ("mine", (MINOR, MODERATE))
    assert about["dataset"]["sources"][0] == {
        "name": "made",
        "title": "",
        "licence": "CC0-1.0",
        "attribution": "",
        "url": "",
        "photos": 24,
    }
    measured = CliRunner().invoke(
        severity_group, ["evaluate", dents, "--split", "train", "--rule", str(rule), "--json", str(figures)]
    )
    assert measured.exit_code == 0, measured.output
    told = json.loads(figures.read_text(encoding="utf-8"))
    assert told["rule"] == known.digest
    assert told["figures"]["as people drew them"]["all types"]["quadratic_kappa"]["value"] == 1


def test_a_model_of_another_task_is_refused(dents: str, colour_bundle: Path) -> None:
    refused = CliRunner().invoke(severity_group, ["evaluate", dents, "--split", "train", "--parts", str(colour_bundle)])
    assert isinstance(refused.exception, BundleError)
    assert "one whose task is parts" in str(refused.exception)
