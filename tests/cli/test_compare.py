import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coachwork.cli.compare import compare_command
from coachwork.inference.bundle import BundleError, shipped_bundle_folder
from coachwork.inference.contending import bundle_at
from coachwork.inference.runtimes import VariantError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(compare_command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_two_bundles_are_compared_on_the_terminal_and_on_a_page(
    colour_bundle: Path, confused_bundle: Path, damaged: Path, undamaged: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    result = run(
        colour_bundle, confused_bundle, "--on", damaged, "--undamaged", undamaged, "--resamples", 20, "--report", page
    )
    assert result.exit_code == 0, result.output
    assert "A  colours, a graph that reads colours" in result.stdout
    assert "B  confused" in result.stdout
    assert "on tiles, " in result.stdout
    assert "3 photos with damages, 2 without" in result.stdout
    assert "too few photos to tell (3)" in " ".join(result.stdout.split())
    assert "close-up: photos whose largest damage spans" in result.stdout
    assert "Comparison of colours (A) and confused (B)" in page.read_text(encoding="utf-8")


def test_json_is_one_object(colour_bundle: Path, confused_bundle: Path, damaged: Path) -> None:
    result = run(colour_bundle, confused_bundle, "--on", damaged, "--resamples", 20, "--json", "--no-crops")
    read = json.loads(result.stdout)
    assert [model["name"] for model in read["models"]] == ["colours", "confused"]
    dent = read["all"]["figures"]["mask_ap50 dent"]
    assert [value["value"] for value in dent["values"]] == [1.0, 0.0]
    assert dent["differences"][0]["value"] == -1.0
    assert "auroc crops" not in read["all"]["figures"]
    assert read["about"]["split"] == "val"


def test_bundles_of_one_name_are_told_apart_by_their_folders(
    colour_bundle: Path, damaged: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(colour_bundle, tmp_path / "colours")
    result = run(colour_bundle, other, "--on", damaged, "--resamples", 20, "--json", "--no-crops")
    names = [model["name"] for model in json.loads(result.stdout)["models"]]
    assert all(name.startswith("colours in ") for name in names)


@pytest.mark.parametrize("count", [1, 5])
def test_too_few_or_too_many_bundles_are_refused(colour_bundle: Path, damaged: Path, count: int) -> None:
    result = run(*[colour_bundle] * count, "--on", damaged)
    assert result.exit_code == 2
    assert f"give two to 4 bundles, got {count}" in result.stderr


def test_a_missing_bundle_is_named(colour_bundle: Path, damaged: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="nowhere"):
        run(colour_bundle, tmp_path / "nowhere", "--on", damaged)


def test_variants_of_one_bundle_are_compared(bundle_with_variants: Path, damaged: Path) -> None:
    quick = f"{bundle_with_variants}:fast"
    result = run(bundle_with_variants, quick, "--on", damaged, "--resamples", 20, "--json", "--no-crops")
    names = [model["name"] for model in json.loads(result.stdout)["models"]]
    assert names == ["colours fp32-onnxruntime", "colours int8-onnxruntime"]


def test_a_variant_that_is_not_there_is_said(bundle_with_variants: Path, damaged: Path) -> None:
    with pytest.raises(VariantError, match="bf16-openvino"):
        run(bundle_with_variants, f"{bundle_with_variants}:bf16-openvino", "--on", damaged)


def test_a_model_is_not_compared_with_itself_alone(bundle_with_variants: Path, damaged: Path) -> None:
    alike = [bundle_with_variants, f"{bundle_with_variants}:best"]
    result = run(*alike, "--on", damaged)
    assert result.exit_code == 2
    assert f"{alike[0]} and {alike[1]} are one and the same model, fp32-onnxruntime" in result.stderr


def test_places_that_mean_one_model_are_named_beside_others(bundle_with_variants: Path, damaged: Path) -> None:
    places = [bundle_with_variants, f"{bundle_with_variants}:fast", f"{bundle_with_variants}:best"]
    result = run(*places, "--on", damaged, "--resamples", 20, "--json", "--no-crops")
    assert result.exit_code == 0
    assert f"{places[0]} and {places[2]} are one and the same model" in result.stderr
    assert len(json.loads(result.stdout)["models"]) == 3


def test_the_shipped_model_and_its_variants_are_named_by_a_word() -> None:
    assert bundle_at("shipped").folder == shipped_bundle_folder()
    assert bundle_at("shipped:int8-onnxruntime").variant.name == "int8-onnxruntime"
