"""Sets that mark parts of cars: what they become, and what they do not say."""

import json
from pathlib import Path

import numpy as np
import pytest

from coachwork.annotations.importing import ImportPlan, ImportReport, import_source
from coachwork.datasets.dataset import read_dataset
from coachwork.detections import Detections
from coachwork.evaluation.pairs import Pair
from coachwork.evaluation.verdict import verdict_cases
from coachwork.taxonomy import CarPart, DamageType
from tests.annotations.photo_files import write_photo


def square(x: float, y: float, side: float) -> list[float]:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


@pytest.fixture
def imported(tmp_path: Path) -> ImportReport:
    write_photo(tmp_path / "set" / "car.png")
    names = ["hood", "wheel", "left_mirror"]
    outlines = {1: [square(2, 2, 6)], 2: [square(10, 2, 5), square(20, 2, 6)], 3: [square(2, 20, 5), square(10, 20, 5)]}
    coco = {
        "images": [{"id": 7, "file_name": "car.png", "width": 40, "height": 30}],
        "categories": [{"id": number, "name": name} for number, name in enumerate(names, 1)],
        "annotations": [
            {"id": label, "image_id": 7, "category_id": label, "segmentation": parts, "iscrowd": 0}
            for label, parts in outlines.items()
        ],
    }
    (tmp_path / "set" / "parts.json").write_text(json.dumps(coco))
    return import_source(ImportPlan(source=tmp_path / "set", to=tmp_path / "store" / "parts", label_map="parts"))


def test_parts_are_shapes_and_joined_wheels_come_apart(imported: ImportReport) -> None:
    (sample,) = imported.dataset.samples
    found = [(shape.type, len(shape.polygons), shape.box.xyxy) for shape in sample.shapes]
    assert found == [
        (CarPart.BONNET, 1, (2, 2, 8, 8)),
        (CarPart.WHEEL, 1, (10, 2, 15, 7)),
        (CarPart.WHEEL, 1, (20, 2, 26, 8)),
        (CarPart.LEFT_MIRROR, 2, (2, 20, 15, 25)),
    ]
    assert CarPart.BOOT_LID in sample.annotated
    assert CarPart.ROOF not in sample.annotated
    assert not sample.annotated & set(DamageType)


def test_a_dataset_of_parts_is_read_back(imported: ImportReport) -> None:
    (written,), (read,) = imported.dataset.samples, read_dataset(str(imported.place)).samples
    assert read.annotated == written.annotated
    assert [shape.type for shape in read.shapes] == [shape.type for shape in written.shapes]


def test_parts_are_no_damages_and_say_nothing_of_them(imported: ImportReport) -> None:
    (sample,) = imported.dataset.samples
    assert not sample.damages
    for types in ((DamageType.DENT,), (CarPart.BONNET,), (DamageType.DENT, CarPart.BONNET)):
        found = Detections(
            boxes=np.zeros((0, 4), dtype=np.float32),
            labels=np.zeros(0, dtype=np.int64),
            scores=np.zeros(0, dtype=np.float32),
            masks=(),
            size=sample.size,
            types=types,
        )
        assert not verdict_cases([Pair.of(sample, found)])
