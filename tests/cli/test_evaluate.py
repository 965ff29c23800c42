import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coachwork.cli.evaluate import evaluate_command
from coachwork.evaluation.pairs import EvaluationError
from coachwork.inference.bundle import BundleError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(evaluate_command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_the_whole_way_from_bundle_and_dataset_to_tables_page_and_json(
    colour_bundle: Path, damaged: Path, undamaged: Path, tmp_path: Path
) -> None:
    out, figures = tmp_path / "out", tmp_path / "figures.json"
    result = run(colour_bundle, damaged, "--undamaged", undamaged, "--out", out, "--json", figures, "--resamples", 20)
    assert result.exit_code == 0, result.output
    read = json.loads(figures.read_text(encoding="utf-8"))
    assert json.loads((out / "evaluation.json").read_text(encoding="utf-8")) == read
    assert read["about"]["model"] == "colours"
    assert re.fullmatch(r"[0-9a-f]{64}", read["about"]["model digest"])
    assert read["about"]["variant"] == "fp32-onnxruntime"
    assert (read["photos"], read["undamaged_photos"]) == (3, 2)
    assert read["types"]["dent"]["threshold"] == 0.4
    for kind in ("dent", "scratch", "mean"):
        assert read["figures"][kind]["box_ap50"]["value"] == pytest.approx(1)
        assert read["figures"][kind]["recall"]["value"] == 1
    assert read["verdicts"]["photos"]["auroc"]["value"] == 1
    assert "<!doctype html>" in (out / "report.html").read_text(encoding="utf-8")
    assert "colours on tiles val: 3 photos" in result.stdout
    assert "report.html" in result.stdout
    row = next(line for line in result.stdout.splitlines() if line.strip().startswith("dent "))
    assert "100.0" in row


def test_lines_fit_a_narrow_terminal(colour_bundle: Path, damaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = run(colour_bundle, damaged, "--resamples", 5)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "missing or broken part" not in result.stdout, "a type that nobody knows of has no row"
    assert "\N{HORIZONTAL ELLIPSIS}" not in result.stdout


def test_limit_and_source_choose_photos(colour_bundle: Path, damaged: Path) -> None:
    assert "2 photos" in run(colour_bundle, damaged, "--limit", 2, "--resamples", 5).stdout
    with pytest.raises(EvaluationError, match=r"no photo of clean/val; it has made/val"):
        run(colour_bundle, damaged, "--source", "clean")
    with pytest.raises(EvaluationError, match="no photo of any source/test"):
        run(colour_bundle, damaged, "--split", "test")


def test_a_missing_bundle_is_named(damaged: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="nowhere"):
        run(tmp_path / "nowhere", damaged)


def test_a_run_that_is_not_tracked_is_told_where_it_was_named(
    colour_bundle: Path, damaged: Path, tmp_path: Path
) -> None:
    result = run(colour_bundle, damaged, "--resamples", 5, "--run", tmp_path)
    assert result.exit_code == 0
    assert "holds no run that MLflow tracks" in result.stderr
    assert "MLflow" not in run(colour_bundle, damaged, "--resamples", 5).stderr
