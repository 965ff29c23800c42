import dataclasses
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coachwork.datasets.dataset import write_dataset
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.datasets.source import Source
from coachwork.datasets.version import photo_place
from coachwork.geometry.box import Box
from coachwork.geometry.polygon import as_polygon
from coachwork.geometry.size import Size
from coachwork.inference.bundle import load_bundle, write_bundle, write_variants
from coachwork.inference.variant import Precision
from coachwork.taxonomy import DamageType

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
COLOURS = {DENT: (255, 0, 0), SCRATCH: (0, 0, 255)}
FRAME = Size(height=64, width=64)

Cells = dict[tuple[int, int], DamageType]
"""Column and row of a 16x16 cell -> the damage that fills it; the colour model answers cell by cell."""

TileDataset = Callable[[Path, dict[str, Cells]], Path]


def _sample_of(folder: Path, name: str, cells: Cells) -> Sample:
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


def _dataset_of(folder: Path, photos: dict[str, Cells]) -> Path:
    loose = folder / "loose"
    loose.mkdir(parents=True)
    samples = [_sample_of(loose, name, cells) for name, cells in photos.items()]
    files = {sample.sha256: loose / sample.name for sample in samples}
    sources = [Source(name="made"), Source(name="clean")]
    write_dataset(folder / "tiles", sources=sources, samples=samples, photos=files)
    return folder / "tiles"


@pytest.fixture
def tile_dataset() -> TileDataset:
    """Makes a dataset of photos of 4 x 4 tiles, some of them damages that the colour model finds."""
    return _dataset_of


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    photos: dict[str, Cells] = {
        "a": {(0, 0): DENT, (2, 1): SCRATCH},
        "bb": {(3, 3): DENT},
        "ccc": {(1, 2): SCRATCH},
    }
    return _dataset_of(tmp_path / "damaged", photos)


@pytest.fixture
def undamaged(tmp_path: Path) -> Path:
    return _dataset_of(tmp_path / "undamaged", {"d": {}, "ee": {}})


@pytest.fixture
def confused_bundle(colour_bundle: Path, tmp_path: Path) -> Path:
    """The colour model with its types exchanged: it takes dents for scratches and scratches for dents."""
    bundle = load_bundle(colour_bundle)
    card = dataclasses.replace(bundle.card, name="confused", types=(SCRATCH, DENT))
    write_bundle(tmp_path / "confused", card, bundle.model_path.read_bytes())
    return tmp_path / "confused"


@pytest.fixture
def bundle_with_variants(colour_bundle: Path, tmp_path: Path) -> Path:
    """The colour model twice, as int8 with other thresholds too; both run on ONNX Runtime."""
    folder = Path(shutil.copytree(colour_bundle, tmp_path / "both"))
    one = load_bundle(folder)
    plain = dataclasses.replace(one.variant, measured={"ap50": 0.5, "cpu_ms": 9.0})
    quick = dataclasses.replace(
        plain,
        precision=Precision.INT8,
        file="model-int8.onnx",
        calibrated={"thresholds": {"dent": 0.99, "scratch": 0.99}, "thresholds_how": "anew"},
        measured={"ap50": 0.4, "cpu_ms": 3.0},
    )
    write_variants(folder, (plain, quick), {"model-int8.onnx": one.model_path.read_bytes()})
    return folder
