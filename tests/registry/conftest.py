import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.polygon import as_polygon
from coachwork.geometry.size import Size
from coachwork.photos.reading import read_photo
from coachwork.registry.gating import GatePhotos
from coachwork.registry.model_versions import ModelVersions
from coachwork.registry.registry import Registry
from coachwork.taxonomy import DamageType

_DENT_COLOUR, _SCRATCH_COLOUR, _GREY = (230, 10, 10), (10, 10, 230), (110, 110, 110)


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of MLflow's with its tables and nothing in them; making one takes seconds."""
    place = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    ModelVersions(f"sqlite:///{place}", "damage").all()
    return place


@pytest.fixture
def tracking(empty_mlflow: Path, tmp_path: Path) -> str:
    """The URI of an MLflow store of the test's own."""
    return f"sqlite:///{shutil.copy(empty_mlflow, tmp_path / 'mlflow.db')}"


@pytest.fixture
def registry(tracking: str, tmp_path: Path) -> Registry:
    return Registry.at(str(tmp_path / "registry"), tracking=tracking, name="damage")


class Bundles:
    """Makes bundles that differ from `colour_bundle` in some fields of the card."""

    def __init__(self, folder: Path, original: Path) -> None:
        self.folder, self.original = folder, original

    def like(self, name: str, **fields: object) -> Path:
        place = self.folder / name
        shutil.copytree(self.original, place)
        card = json.loads((place / "card.json").read_text())
        card.update(fields)
        (place / "card.json").write_text(json.dumps(card))
        return place

    def with_thresholds(self, name: str, dent: float, scratch: float = 0.3) -> Path:
        return self.like(name, thresholds={"dent": dent, "scratch": scratch})


@pytest.fixture
def bundles(colour_bundle: Path, tmp_path: Path) -> Bundles:
    return Bundles(tmp_path, colour_bundle)


@pytest.fixture(scope="session")
def colour_photos(tmp_path_factory: pytest.TempPathFactory) -> GatePhotos:
    """Forty photos, of two sources, with one dent or one scratch each; and twenty of undamaged cars."""
    folder = tmp_path_factory.mktemp("photos")
    marked = [_marked(folder, number) for number in range(40)]
    return GatePhotos(
        samples=marked, folder=folder, undamaged=[_marked(folder, number) for number in range(40, 60)], about="colours"
    )


def _marked(folder: Path, number: int) -> Sample:
    """A photo whose square of 16 pixels lies in one of the cells that the colour model looks at."""
    noise = np.random.default_rng(number).integers(-6, 6, (64, 64, 3))
    pixels = np.clip(np.array(_GREY) + noise, 0, 255).astype(np.uint8)
    x, y, kind = 16 * (number % 4), 16 * (number // 4 % 4), number % 2
    shapes = []
    if number < 40:
        pixels[y : y + 16, x : x + 16] = _SCRATCH_COLOUR if kind else _DENT_COLOUR
        outline = as_polygon([x, y, x + 16, y, x + 16, y + 16, x, y + 16])
        box = Box(x_min=x, y_min=y, x_max=x + 16, y_max=y + 16)
        shapes = [DamageShape(type=DamageType.SCRATCH if kind else DamageType.DENT, box=box, polygons=(outline,))]
    path = folder / f"{number:02}.png"
    Image.fromarray(pixels).save(path)
    return Sample(
        photo=path.name,
        sha256=read_photo(path).sha256,
        size=Size(height=64, width=64),
        source="north" if number % 4 < 2 else "south",
        name=path.name,
        split=Split.VAL,
        cluster=f"car{number}",
        annotated=frozenset((DamageType.DENT, DamageType.SCRATCH)),
        shapes=tuple(shapes),
    )
