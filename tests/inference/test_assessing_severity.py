import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from coachwork import assess
from coachwork.assessments.assessment import Assessment, Damage
from coachwork.assessments.assessment_json import assessment_to_json
from coachwork.assessments.severity import DamageSeverity
from coachwork.cli.assess import assess_command
from coachwork.inference.severity_file import SeverityFileError, read_severity_rule
from coachwork.reports.assessment_report import AssessmentReport
from coachwork.reports.pictures import draw_damages
from coachwork.taxonomy import Severity
from tests.inference.test_assessing import picture, png


@pytest.fixture
def told(colour_bundle: Path) -> Assessment:
    (assessment,) = assess(png(picture()), bundle=colour_bundle, min_score=0.01, parts=None)
    assert assessment.damages
    return assessment


def with_severity(told: Assessment, severity: DamageSeverity | None) -> Assessment:
    return replace(told, damages=tuple(replace(damage, severity=severity) for damage in told.damages))


def test_damages_have_a_severity_unless_it_is_left_out(told: Assessment, colour_bundle: Path) -> None:
    rule = read_severity_rule()
    assert told.severity_model is not None
    assert told.severity_model.digest == rule.digest
    assert all(damage.severity and damage.severity.levels for damage in told.damages)
    (untold,) = assess(png(picture()), bundle=colour_bundle, min_score=0.01, parts=None, severity=None)
    assert untold.severity_model is None
    assert [replace(damage, severity=None) for damage in told.damages] == list(untold.damages)


def test_json_carries_level_range_and_reason(told: Assessment) -> None:
    odds = {Severity.MINOR: 0.61234, Severity.MODERATE: 0.38766}
    said = DamageSeverity(levels=(Severity.MINOR, Severity.MODERATE), guess=Severity.MINOR, probabilities=odds)
    value = assessment_to_json(with_severity(told, said))
    assert value["damages"][0]["severity"] == {
        "level": None,
        "levels": ["minor", "moderate"],
        "guess": "minor",
        "probabilities": {"minor": 0.6123, "moderate": 0.3877},
        "reason": "",
    }
    assert value["severity_model"]["coverage"] == 0.9
    unknown = assessment_to_json(with_severity(told, DamageSeverity(reason="no examples")))["damages"][0]["severity"]
    assert (unknown["levels"], unknown["guess"], unknown["reason"]) == ([], None, "no examples")
    assert assessment_to_json(with_severity(told, None))["damages"][0]["severity"] is None


@pytest.mark.parametrize(
    ("levels", "odds", "words"),
    [
        ((Severity.MODERATE,), (0.1, 0.9, 0.0), "moderate<small>probability 90%"),
        ((Severity.MINOR, Severity.MODERATE), (0.6, 0.4, 0.0), "minor to moderate<small>minor 60%, moderate 40%"),
        ((Severity.MODERATE, Severity.SEVERE), (0.0, 0.99, 0.01), "moderate to severe<small>beyond most moderate ones"),
        ((), (), 'severity">unknown<'),
    ],
)
def test_the_report_says_the_level_or_the_range(
    levels: tuple[Severity, ...], odds: tuple[float, ...], words: str, told: Assessment, tmp_path: Path
) -> None:
    probabilities = dict(zip(Severity, odds, strict=True)) if odds else {}
    said = DamageSeverity(levels=levels, guess=levels[0] if levels else None, probabilities=probabilities)
    one = with_severity(told, said)
    page = tmp_path / "report.html"
    with AssessmentReport(page, one.model, severity_model=one.severity_model) as report:
        report.add(one, picture(), picture())
    text = page.read_text(encoding="utf-8")
    assert words in text
    assert "severe missing or broken part (2)" in text


def test_a_stated_level_is_written_on_the_overlay(told: Assessment) -> None:
    damage = told.damages[0]

    def drawn(severity: DamageSeverity | None) -> np.ndarray:
        one: Damage = replace(damage, severity=severity)
        return draw_damages(np.zeros((300, 300, 3), np.uint8), [one], size=told.size)

    stated = DamageSeverity(levels=(Severity.MINOR,), guess=Severity.MINOR, probabilities={Severity.MINOR: 1.0})
    assert not np.array_equal(drawn(stated), drawn(None))
    assert np.array_equal(drawn(DamageSeverity(reason="none")), drawn(None))


def test_the_command_tells_severities_and_leaves_them_out(colour_bundle: Path, tmp_path: Path) -> None:
    photo, lines = tmp_path / "car.png", tmp_path / "lines.jsonl"
    photo.write_bytes(png(picture()))
    common = [str(photo), "--bundle", str(colour_bundle), "--parts", "none", "--min-score", "0.01"]
    result = CliRunner().invoke(assess_command, [*common, "--json", str(lines)])
    assert result.exit_code == 0, result.output
    levels = json.loads(lines.read_text(encoding="utf-8"))["damages"][0]["severity"]["levels"]
    assert levels[-1] in result.stdout
    without = CliRunner().invoke(assess_command, [*common, "--severity", "none"])
    assert not any(level in without.stdout for level in Severity)
    missing = CliRunner().invoke(assess_command, [*common, "--severity", str(tmp_path / "none.json")])
    assert isinstance(missing.exception, SeverityFileError)
