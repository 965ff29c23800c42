import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from coachwork.cli.evaluate import evaluate_command
from coachwork.datasets.dataset import write_dataset
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.datasets.source import Source
from coachwork.datasets.version import photo_place
from coachwork.evaluation.pairs import EvaluationError
from coachwork.geometry.box import Box
from coachwork.geometry.polygon import as_polygon
from coachwork.geometry.size import Size
from coachwork.inference.bundle import BundleError
from coachwork.taxonomy import DamageType

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
COLOURS = {DENT: (255, 0, 0), SCRATCH: (0, 0, 255)}
FRAME = Size(height=64, width=64)

Cells = dict[tuple[int, int], DamageType]
"""Column and row of a 16x16 cell -> the damage that fills it; the colour model answers cell by cell."""


def sample_of(folder: Path, name: str, cells: Cells) -> Sample:
    pixels = np.full((64, 64, 3), 120, dtype=np.uint8)
    shapes = []
    for (column, row), kind in cells.items():
        x, y = 16 * column, 16 * row
        pixels[y : y + 16, x : x + 16] = COLOURS[kind]
        outline = as_polygon([x, y, x + 16, y, x + 16, y + 16, x, y + 16])
        box = Box(x_min=x, y_min=y, x_max=x + 16, y_max=y + 16)
        shapes.append(DamageShape(type=kind, box=box, polygons=(outline,)))
    pixels[0, 0] = len(name), len(cells), 1  # no two photos alike
    Image.fromarray(pixels).save(folder / f"{name}.png")
    digest = hashlib.sha256((folder / f"{name}.png").read_bytes()).hexdigest()
    return Sample(
        photo=photo_place(digest, ".png"),
        sha256=digest,
        size=FRAME,
        source="made" if cells else "clean",
        name=f"{name}.png",
        split=Split.VAL,
        cluster=name,
        annotated=frozenset({DENT, SCRATCH}),
        shapes=tuple(shapes),
    )


def dataset_of(folder: Path, photos: dict[str, Cells]) -> Path:
    loose = folder / "loose"
    loose.mkdir(parents=True)
    samples = [sample_of(loose, name, cells) for name, cells in photos.items()]
    files = {sample.sha256: loose / sample.name for sample in samples}
    sources = [Source(name="made"), Source(name="clean")]
    write_dataset(folder / "tiles", sources=sources, samples=samples, photos=files)
    return folder / "tiles"


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    return dataset_of(
        tmp_path / "damaged", {"a": {(0, 0): DENT, (2, 1): SCRATCH}, "bb": {(3, 3): DENT}, "ccc": {(1, 2): SCRATCH}}
    )


@pytest.fixture
def undamaged(tmp_path: Path) -> Path:
    return dataset_of(tmp_path / "undamaged", {"d": {}, "ee": {}})


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
