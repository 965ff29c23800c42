"""datumaro reads what Coachwork wrote, and Coachwork what datumaro wrote."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coachwork.datasets.sample import DamageShape
from coachwork.geometry.size import Size
from tests.oracles.known_shapes import FORMS, known_samples, write_known
from tests.oracles.reading import read_foreign
from tests.oracles.told import Told, overlap, read_told, same_corners, same_outlines, tell

pytestmark = pytest.mark.slow

FRAME = Size(height=30, width=40)
ALL = ("box", "outline", "parts", "turned", "pixels")
SPLITS = {form: "val" if number % 2 else "train" for number, form in enumerate([*ALL, "empty"])}
Ask = Callable[..., Any]
Note = Callable[[str], None]


def cocos_own_folders(folder: Path) -> Path:
    """Moves a COCO export to where datumaro looks for it: `annotations/instances_*.json` and `images/*/`."""
    (folder / "annotations").mkdir()
    (folder / "images").mkdir()
    for file in sorted(folder.glob("*.coco.json")):
        split = file.name.split(".")[0]
        file.rename(folder / "annotations" / f"instances_{split}.json")
        (folder / split).rename(folder / "images" / split)
    return folder


def told_of(answer: dict[str, Any]) -> dict[str, list[Told]]:
    assert all(tuple(photo["size"]) == (FRAME.height, FRAME.width) for photo in answer["photos"])
    return {photo["photo"]: read_told(photo["shapes"]) for photo in answer["photos"]}


def only(told: list[Told], form: str) -> Told:
    assert [one.label for one in told] == [FORMS[form][1].type]
    return told[0]


class TestDatumaroReads:
    def test_every_shape_of_cvat(self, ask: Ask, tmp_path: Path) -> None:
        answer = ask("datumaro_reads", "cvat", write_known("cvat", tmp_path, ALL), tmp_path / "told.json")
        assert {photo["photo"]: photo["split"] for photo in answer["photos"]} == SPLITS
        told = told_of(answer)
        assert told["empty"] == []
        assert only(told["box"], "box").box == pytest.approx(FORMS["box"][1].box.xyxy)
        for form in ("outline", "parts"):
            assert same_outlines(only(told[form], form).parts, FORMS[form][1].polygons)
        corners, turned = only(told["turned"], "turned").corners, FORMS["turned"][1].rotated
        assert corners is not None
        assert turned is not None
        assert same_corners(corners, turned.corners)
        assert_pixels(only(told["pixels"], "pixels"), FORMS["pixels"][1])

    def test_every_shape_of_coco_turned_boxes_as_upright_ones(self, ask: Ask, tmp_path: Path) -> None:
        folder = cocos_own_folders(write_known("coco", tmp_path, ALL))
        answer = ask("datumaro_reads", "coco", folder, tmp_path / "told.json")
        assert {photo["photo"]: photo["split"] for photo in answer["photos"]} == SPLITS
        told = told_of(answer)
        assert told["empty"] == []
        for form in ALL:
            assert {one.label for one in told[form]} == {FORMS[form][1].type}
            (box,) = (one.box for one in told[form] if one.box)
            assert box == pytest.approx(FORMS[form][1].box.xyxy, abs=0.01)
        for form in ("outline", "parts"):
            (parts,) = (one.parts for one in told[form] if one.parts)
            assert same_outlines(parts, FORMS[form][1].polygons)
        assert_pixels(next(one for one in told["pixels"] if one.pixels is not None), FORMS["pixels"][1])

    def test_boxes_and_pixels_of_voc(self, ask: Ask, tmp_path: Path) -> None:
        """It takes VOC's pixels, which count from 1, as they are, so left and top edges come one pixel later."""
        answer = ask("datumaro_reads", "voc", write_known("voc", tmp_path, ALL), tmp_path / "told.json")
        assert {photo["photo"]: photo["split"] for photo in answer["photos"]} == SPLITS
        told = told_of(answer)
        assert told["empty"] == []
        for form in ALL:
            x_min, y_min, x_max, y_max = FORMS[form][1].box.xyxy
            grown = (np.floor(x_min) + 1, np.floor(y_min) + 1, np.ceil(x_max), np.ceil(y_max))
            assert [one.box for one in told[form] if one.box] == [pytest.approx(grown)]
            drawn = [one for one in told[form] if one.pixels is not None]
            assert len(drawn) == (form in {"outline", "parts", "pixels"})
            for one in drawn:
                assert_pixels(one, FORMS[form][1])

    def test_boxes_of_yolo(self, ask: Ask, tmp_path: Path) -> None:
        folder = write_known("yolo", tmp_path, ("box", "turned"))
        told = told_of(ask("datumaro_reads", "yolo", folder, tmp_path / "told.json"))
        assert told["empty"] == []
        for form in ("box", "turned"):
            assert only(told[form], form).box == pytest.approx(FORMS[form][1].box.xyxy, abs=0.01)

    def test_no_outlines_of_yolo_which_it_does_not_know(self, ask: Ask, tmp_path: Path) -> None:
        """Its YOLO reader passes over every label file whose rows do not have five fields; Ultralytics' do not."""
        answer = ask("datumaro_reads", "yolo", write_known("yolo", tmp_path, ("outline",)), tmp_path / "told.json")
        assert [photo["photo"] for photo in answer["photos"]] == ["empty"]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("cvat", {"outlines": 91}),
        ("coco", {"outlines": 91, "boxes": 91}),
        ("voc", {"boxes": 91, "masks": 91}),
    ],
)
def test_datumaro_reads_the_via_set(
    ask: Ask, via_set: Callable[[str], Path], tmp_path: Path, note: Note, *, name: str, kinds: dict[str, int]
) -> None:
    folder = cocos_own_folders(copied(via_set(name), tmp_path / name)) if name == "coco" else via_set(name)
    answer = ask("datumaro_reads", name, folder, tmp_path / "told.json")
    told = [one for photo in answer["photos"] for one in read_told(photo["shapes"])]
    found = Counter("outlines" if one.parts else "boxes" if one.box else "masks" for one in told)
    assert Counter(photo["split"] for photo in answer["photos"]) == {"train": 46, "val": 15}
    assert found == kinds
    assert {one.label for one in told} == {"damage"}
    shown = ", ".join(f"{number} {kind}" for kind, number in sorted(found.items()))
    note(f"{name}: datumaro {answer['version']} read {len(answer['photos'])} photos, {shown}")


@pytest.mark.parametrize(
    ("name", "wanted", "forms"),
    [
        ("coco_instances", "coco", ("box", "outline", "parts", "pixels")),
        ("cvat", "cvat", ("box", "outline", "turned")),
        ("voc", "voc", ("box", "pixels")),
        ("voc_segmentation", "voc", ("pixels",)),
        ("yolo", "yolo_darknet", ("box",)),
        ("yolo_ultralytics", "yolo", ("box",)),
    ],
)
class TestCoachworkReadsDatumaros:
    def test_shapes(
        self, ask: Ask, tmp_path: Path, note: Note, *, name: str, wanted: str, forms: tuple[str, ...]
    ) -> None:
        samples = known_samples(tmp_path / "photos", forms)
        (tmp_path / "shapes.json").write_text(json.dumps(tell(samples, tmp_path / "photos")), encoding="utf-8")
        ask("datumaro_writes", name, tmp_path / "shapes.json", tmp_path / "out")
        photos, problems = read_foreign(tmp_path / "out", wanted)
        assert problems == ()
        assert photos.keys() - {"empty"} == set(forms)
        assert ("empty" in photos) == (wanted != "voc")  # it writes neither file nor mask for a photo without objects
        assert "empty" not in photos or photos["empty"].shapes == ()
        for form in forms:
            (shape,) = photos[form].shapes
            assert_same(shape, FORMS[form][1], exact=wanted != "voc")
        note(f"{wanted}: read from datumaro's {name}: {', '.join(forms)}")


def assert_same(shape: DamageShape, known: DamageShape, *, exact: bool) -> None:
    assert shape.type is known.type
    assert shape.box.xyxy == pytest.approx(known.box.xyxy, abs=0.02 if exact else 1)
    assert same_outlines(shape.polygons, known.polygons, within_px=0.02)
    assert (shape.rle is None) == (known.rle is None)
    if shape.rle is not None and known.rle is not None:
        assert np.array_equal(shape.rle.full(), known.rle.full())
    assert (shape.rotated is None) == (known.rotated is None)
    if shape.rotated is not None and known.rotated is not None:
        assert same_corners(shape.rotated.corners, known.rotated.corners, within_px=0.02)


def assert_pixels(told: Told, known: DamageShape) -> None:
    mask = known.mask(FRAME)
    assert mask is not None
    assert told.pixels is not None
    assert overlap(told.pixels, mask.full()) == 1


def copied(source: Path, folder: Path) -> Path:
    """A copy of an export that may be moved about; photos are linked."""
    for path in source.rglob("*"):
        if path.is_file():
            place = folder / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.hardlink_to(path)
    return folder
