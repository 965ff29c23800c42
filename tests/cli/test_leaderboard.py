import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from coachwork.cli import leaderboard
from coachwork.cli.leaderboard import leaderboard_command, print_leaderboard
from coachwork.evaluation.leaderboard import Cell, Leaderboard, Line, Standing, columns_of
from coachwork.inference.bundle import load_bundle, write_variants
from coachwork.training.finished_run import RunFolderError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(leaderboard_command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_bundles_stand_in_one_table_everywhere(
    colour_bundle: Path, confused_bundle: Path, damaged: Path, undamaged: Path, tmp_path: Path
) -> None:
    options = ("--on", damaged, "--undamaged", undamaged, "--resamples", 20, "--to", tmp_path / "kept")
    markdown, table = tmp_path / "table.md", tmp_path / "deep" / "table.csv"
    result = run(confused_bundle, colour_bundle, *options, "--markdown", markdown, "--csv", table)
    assert result.exit_code == 0, result.output
    assert "three main types" in result.stdout
    assert "dataset tiles, split val, undamaged tiles; figures in percent" in result.stdout
    rows = markdown.read_text(encoding="utf-8").splitlines()
    assert rows[2].startswith("| colours | a graph that reads colours |  | 100.0 |")
    assert rows[3].startswith("| confused |")
    assert len(table.read_text(encoding="utf-8").splitlines()) == 3


def test_what_was_measured_is_not_measured_again(
    colour_bundle: Path, damaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--on", damaged, "--resamples", 20, "--to", tmp_path, "--json")
    first = run(colour_bundle, *options)
    monkeypatch.setattr(leaderboard, "_measure", None)
    again = run(colour_bundle, *options)
    assert json.loads(again.stdout) == json.loads(first.stdout)
    (kept,) = tmp_path.glob("*.json")
    kept.write_text("{broken", encoding="utf-8")
    with pytest.raises(TypeError):
        run(colour_bundle, *options)


def test_bundles_of_one_name_are_told_apart(colour_bundle: Path, damaged: Path, tmp_path: Path) -> None:
    result = run(colour_bundle, colour_bundle, "--on", damaged, "--resamples", 20, "--to", tmp_path, "--json")
    read = json.loads(result.stdout)
    assert read["schema"] == "coachwork.leaderboard/1"
    assert all(line["name"].startswith("colours in ") for line in read["lines"])
    figures = read["lines"][0]["figures"]
    assert figures["mask_ap50"]["value"] == 1
    assert figures["milliseconds"]["value"] > 0
    assert "training_s" not in figures


def test_a_run_without_weights_is_said(damaged: Path, tmp_path: Path) -> None:
    plan = {"name": "a", "seed": 1, "model": {"family": "unet", "backbone": "lite0"}}
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"best\.pt"):
        run(tmp_path, "--on", damaged)


def test_every_variant_gets_a_line_where_that_is_wanted(
    bundle_with_variants: Path, damaged: Path, tmp_path: Path
) -> None:
    options = ("--on", damaged, "--resamples", 20, "--to", tmp_path / "kept", "--json")
    (alone,) = json.loads(run(bundle_with_variants, *options).stdout)["lines"]
    assert alone["name"] == "colours"
    assert "ms int8-onnxruntime" not in alone["figures"], "nobody timed it"
    lines = json.loads(run(bundle_with_variants, *options, "--variants").stdout)["lines"]
    assert {line["name"] for line in lines} == {"colours fp32-onnxruntime", "colours int8-onnxruntime"}
    assert len(list((tmp_path / "kept").glob("*.json"))) == 2, "equal files, but each variant is measured"


def test_what_variants_cost_stands_beside_the_model_in_full_precision(
    bundle_with_variants: Path, damaged: Path, tmp_path: Path
) -> None:
    bundle = load_bundle(bundle_with_variants)
    timed = [replace(one, measured={**one.measured, "ms_2_threads": 12.5}) for one in bundle.variants]
    timed[1] = replace(timed[1], measured={**timed[1].measured, "ms_2_threads": 4.25})
    write_variants(bundle_with_variants, timed, {"model-int8.onnx": bundle.model_path.read_bytes()})
    options = ("--on", damaged, "--resamples", 20, "--to", tmp_path / "kept")
    (line,) = json.loads(run(bundle_with_variants, *options, "--json").stdout)["lines"]
    figures = {key: figure["value"] for key, figure in line["figures"].items()}
    assert (figures["ms fp32-onnxruntime"], figures["ms int8-onnxruntime"]) == (12.5, 4.25)
    assert figures["MB int8-onnxruntime"] == pytest.approx(figures["megabytes"], abs=1e-5)
    assert figures["box_ar dent"] == figures["mask_ap dent"] == 1
    shown = run(bundle_with_variants, *options).stdout
    rows = [line.split()[1:] for line in shown.split("by precision")[1].splitlines() if line.startswith("colours")]
    assert [row[:2] for row in rows] == [["fp32-onnxruntime", "12.5"], ["int8-onnxruntime", "4.2"]]
    assert "AR by type" not in shown, "on terminals only what people compare first"


_TYPES = (
    "dent",
    "scratch",
    "broken_glass",
    "broken_lamp",
    "missing_or_broken_part",
    "exposed_primer",
    "deployed_airbag",
)
_PRECISIONS = ("fp32-onnxruntime", "int8-onnxruntime", "fp32-openvino", "bf16-openvino", "int8-openvino")


def test_no_figure_is_lost_on_a_terminal_of_80_columns() -> None:
    """Seven types, five precisions, a mean over seeds and long names."""
    every = {
        row: {key: {"value": 0.5, "low": 0.4, "high": 0.6} for key in ("mask_ap50", "box_ap50", "pixel_iou")}
        for row in (*_TYPES, "headline")
    }
    shares = {"value": 0.0, "low": 0.0, "high": 0.0}
    verdict = {"calibrated": True, "damaged": 270, "auroc": shares, "miss_rate": shares}
    evaluation: Any = {"types": _TYPES, "figures": every, "verdicts": {"photos": verdict, "crops": verdict}}
    costs = {f"{unit} {name}": 0.0 for name in _PRECISIONS for unit in ("ms", "MB")}
    costs = {"parameters": 3.6e6, **costs}
    columns = columns_of([Standing(name="", architecture="", digest="", evaluation=evaluation, costs=costs)])
    numbers = iter(range(1001, 9999))
    lines = [
        Line(
            name=name,
            architecture="efficientdet (efficientnet_lite0)",
            seeds=(7,),
            is_mean=name.startswith("mean"),
            cells={
                one.key: Cell(
                    value=next(numbers) / (1 if one.key[:3] in {"ms ", "MB "} else 1e4),
                    low=0.001,
                    high=0.987,
                    spread=0.123 if name.startswith("mean") else None,
                )
                for one in columns
            },
        )
        for name in ("mean of 3 seeds", "no-average-of-efficientdet-seed8")
    ]
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        print_leaderboard(Leaderboard(about={}, columns=columns, lines=tuple(lines)), console)
    text = captured.get()
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert all(name in text for name in _PRECISIONS)
    shown = text.replace("\n", " ").split()
    for line in lines:
        for one in columns:
            assert one.text(line.cells[one.key].value or 0.0).split()[0] in shown, one.key
    assert text.count("(0.1 to 98.7)") == 4
    assert text.count("\N{PLUS-MINUS SIGN} 12.3") == sum(one.block not in {"cost", "by precision"} for one in columns)
