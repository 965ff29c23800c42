"""Label Studio's own converter reads the tasks that Coachwork wrote, and Coachwork what it exports and imports."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coachwork.annotations.outlines import bridged
from coachwork.geometry.size import Size
from tests.oracles.known_shapes import FORMS, ring, write_known
from tests.oracles.reading import read_foreign
from tests.oracles.told import overlap, same_corners, same_outlines

pytestmark = pytest.mark.slow

FRAME = Size(height=30, width=40)
Ask = Callable[..., Any]
Note = Callable[[str], None]


def exported(ask: Ask, name: str, tmp_path: Path, forms: tuple[str, ...]) -> Path:
    """What Label Studio exports of our tasks in a format, our photos among it."""
    folder = write_known("label_studio", tmp_path, forms)
    out = tmp_path / "exported"
    (out / "images").mkdir(parents=True)
    for split in ("train", "val"):
        (out / split).mkdir()
        ask(
            "label_studio_converts",
            folder / f"{split}.label_studio.json",
            folder / "label_config.xml",
            name,
            out / split,
        )
        (out / split / "images").mkdir(exist_ok=True)
        for photo in (folder / split).iterdir():
            (out / split / "images" / photo.name).hardlink_to(photo)
    return out


def test_its_coco_export_has_the_same_boxes_and_outlines(ask: Ask, tmp_path: Path, note: Note) -> None:
    forms = ("box", "outline", "parts")
    photos, problems = read_foreign(exported(ask, "COCO", tmp_path, forms), "coco")
    assert problems == ()
    assert photos.keys() == {*forms, "empty"}
    assert photos["empty"].shapes == ()
    for form in forms:
        known = FORMS[form][1]
        (shape,) = photos[form].shapes
        assert shape.type is known.type
        assert shape.box.xyxy == pytest.approx(known.box.xyxy, abs=0.01)
        outline = (bridged(known.polygons),) if known.polygons else ()
        assert same_outlines(shape.polygons, outline)
    note(f"label_studio: its converter made COCO of {', '.join(forms)} and an empty photo")


def test_its_export_of_turned_boxes_has_the_same_corners(ask: Ask, tmp_path: Path, note: Note) -> None:
    out = exported(ask, "YOLO_OBB", tmp_path, ("box", "turned"))
    (row,) = (out / "val" / "labels" / "turned.txt").read_text().splitlines()
    corners = np.array(row.split()[1:], dtype=float).reshape(4, 2) * (FRAME.width, FRAME.height)
    turned = FORMS["turned"][1].rotated
    assert turned is not None
    assert same_corners(corners, turned.corners)
    names = (out / "val" / "classes.txt").read_text().splitlines()
    assert names[int(row.split()[0])] == "broken_glass"
    note("label_studio: its converter made YOLO OBB of a turned box with the same corners")


def test_its_brush_masks_have_the_same_pixels(ask: Ask, tmp_path: Path, note: Note) -> None:
    out = exported(ask, "BRUSH_TO_NUMPY", tmp_path, ("pixels",))
    (path,) = out.rglob("*.npy")
    assert "dent" in path.name
    assert overlap(np.load(path) > 0, ring().full()) == 1
    note("label_studio: its converter made a mask of the brush with the same pixels, hole included")


def test_its_voc_export_has_the_same_boxes(ask: Ask, tmp_path: Path, note: Note) -> None:
    """It cuts off fractions of a pixel, and counts from 0, which VOC does not: 3.5 becomes 3, which is read as 2."""
    photos, problems = read_foreign(exported(ask, "VOC", tmp_path, ("box",)), "voc")
    assert problems == ()
    (shape,) = photos["box"].shapes
    assert shape.type is FORMS["box"][1].type
    assert shape.box.xyxy == pytest.approx(FORMS["box"][1].box.xyxy, abs=1.51)
    note("voc: read from Label Studio's converter: box")


def test_its_yolo_export_has_the_same_shapes(ask: Ask, tmp_path: Path, note: Note) -> None:
    out = exported(ask, "YOLO", tmp_path, ("box", "outline"))
    for form, split in (("box", "train"), ("outline", "val")):
        photos, problems = read_foreign(out / split, "yolo_folder")
        assert problems == ()
        (shape,) = photos[form].shapes
        known = FORMS[form][1]
        assert shape.type is known.type
        assert shape.box.xyxy == pytest.approx(known.box.xyxy, abs=0.01)
        assert same_outlines(shape.polygons, known.polygons)
    note("yolo_folder: read from Label Studio's converter: box, outline")


def test_the_tasks_that_it_makes_of_our_coco_are_read(ask: Ask, tmp_path: Path, note: Note) -> None:
    forms = ("box", "outline")
    coco = write_known("coco", tmp_path, forms)
    for split, form in (("train", "box"), ("val", "outline")):
        out = tmp_path / f"tasks-{split}"
        (out / "photos").mkdir(parents=True)
        for photo in (coco / split).iterdir():
            (out / "photos" / photo.name).hardlink_to(photo)
        ask("label_studio_imports", coco / f"{split}.coco.json", out / "tasks.json")
        photos, problems = read_foreign(out, "label_studio")
        assert problems == ()
        known = FORMS[form][1]
        # an outline with a box becomes two regions of its tasks
        shapes = {shape.has_mask: shape for shape in photos[form].shapes}
        assert shapes.keys() == {known.has_mask, False}
        shape = shapes[known.has_mask]
        assert shape.type is known.type
        assert shape.box.xyxy == pytest.approx(known.box.xyxy, abs=0.01)
        assert same_outlines(shape.polygons, known.polygons)
    note("label_studio: read from Label Studio's own import of COCO: box, outline")
