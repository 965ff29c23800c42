"""A part model's figures: the mean is that of the parts, and nothing is said of damaged or not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from coachwork.cli.evaluate import print_evaluation
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.detections import Detections
from coachwork.evaluation.pairs import headline_types
from coachwork.evaluation.report import headline_tiles, write_report
from coachwork.evaluation.run import Evaluation, evaluate
from coachwork.geometry.polygon import as_polygon, polygons_box, rasterise
from coachwork.geometry.size import Size
from coachwork.photos.reading import Photo
from coachwork.taxonomy import CarPart, DamageType, Kind, Task

FRAME = Size(height=60, width=80)
SEEN: tuple[Kind, ...] = (CarPart.BONNET, CarPart.WHEEL)
BONNET, WHEEL = ([5, 5, 45, 5, 45, 30, 5, 30], [10, 40, 25, 40, 25, 55, 10, 55])


def shape(kind: Kind, corners: list[int]) -> DamageShape:
    outline = as_polygon(corners)
    return DamageShape(type=kind, box=polygons_box([outline]), polygons=(outline,))


def finds_bonnets(photo: Photo) -> Detections:
    """Finds the bonnet where it is, and no wheel."""
    mask = rasterise([as_polygon(BONNET)], photo.size)
    return Detections(
        boxes=np.array([mask.box.xyxy], dtype=np.float32),
        labels=np.array([0], dtype=np.int64),
        scores=np.array([0.9], dtype=np.float32),
        masks=(mask,),
        size=photo.size,
        types=SEEN,
    )


@pytest.fixture
def evaluation(tmp_path: Path) -> Evaluation:
    samples = []
    for number in range(3):
        Image.new("RGB", (FRAME.width, FRAME.height), (90, 90, 40 * number)).save(tmp_path / f"{number}.png")
        samples.append(
            Sample(
                photo=f"{number}.png",
                sha256=f"{number}" * 64,
                size=FRAME,
                source="set",
                name=f"{number}.png",
                split=Split.VAL,
                cluster=str(number),
                annotated=frozenset({*SEEN, DamageType.DENT}),
                shapes=(shape(CarPart.BONNET, BONNET), shape(CarPart.WHEEL, WHEEL), shape(DamageType.DENT, WHEEL)),
            )
        )
    return evaluate(finds_bonnets, samples, tmp_path, resamples=5)


def test_the_mean_is_that_of_the_parts(evaluation: Evaluation) -> None:
    assert evaluation.task is Task.PARTS
    assert [facts.type for facts in evaluation.facts] == list(SEEN)  # dents are not asked of a part model
    headline = evaluation.table["headline"]["mask_ap50"].value
    assert headline == evaluation.table["mean"]["mask_ap50"].value == pytest.approx(0.5, abs=0.01)


def test_nothing_is_said_of_damaged_or_not(evaluation: Evaluation) -> None:
    assert evaluation.verdicts == {}
    assert not any("AUROC" in tile["name"] for tile in headline_tiles(evaluation))


def test_tables_and_page_speak_of_parts(evaluation: Evaluation, tmp_path: Path) -> None:
    console = Console(record=True, width=100)
    print_evaluation(evaluation, console)
    printed = console.export_text()
    assert "mean of the parts" in printed
    assert "mask AP50 of all parts" in printed
    write_report(evaluation, tmp_path / "report.html", folder=tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for text in (printed, page):
        assert "bonnet" in text
        assert "main types" not in text
        assert "missing part" not in text
    assert "By part" in page


def test_the_main_types_of_a_damage_model_are_three() -> None:
    assert headline_types(DamageType) == (DamageType.DENT, DamageType.SCRATCH, DamageType.MISSING_OR_BROKEN_PART)
    assert headline_types((DamageType.RUST,)) == ()
    assert headline_types(CarPart) == tuple(CarPart)
