"""supervision reads what Coachwork wrote, and Coachwork what supervision wrote."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coachwork.geometry.size import Size
from tests.oracles.known_shapes import FORMS, known_samples, write_known
from tests.oracles.reading import read_foreign
from tests.oracles.told import Told, overlap, read_told, same_but_for_the_rim, same_corners, tell

pytestmark = pytest.mark.slow

FRAME = Size(height=30, width=40)
Ask = Callable[..., Any]
Note = Callable[[str], None]


def places(name: str, folder: Path, split: str) -> tuple[Path, Path, Path]:
    """Where the photos, the annotations and the data.yaml of a split lie."""
    if name == "coco":
        return folder / split, folder / f"{split}.coco.json", folder
    if name == "voc":
        return folder / "JPEGImages", folder / "Annotations", folder
    if name == "labelme":
        return folder / split, folder / split, folder
    return folder / "images" / split, folder / "labels" / split, folder / "data.yaml"


def answers(ask: Ask, name: str, folder: Path, told: Path) -> list[dict[str, Any]]:
    splits = ("train",) if name == "voc" else ("train", "val")
    return [ask("supervision_reads", name, *places(name, folder, split), told) for split in splits]


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("coco", ("box", "outline", "parts", "turned", "pixels")),
        ("yolo", ("box", "outline", "parts", "pixels")),
        ("labelme", ("box", "outline", "parts")),
        ("voc", ("box", "outline", "parts", "turned", "pixels")),
    ],
)
def test_supervision_reads_the_same_shapes(ask: Ask, tmp_path: Path, name: str, forms: tuple[str, ...]) -> None:
    """It draws an outline with its rim, and one of VOC a pixel up and to the left: its corners count from 1 there."""
    folder = write_known(name, tmp_path, forms)
    photos = [photo for answer in answers(ask, name, folder, tmp_path / "told.json") for photo in answer["photos"]]
    told = {photo["photo"]: read_told(photo["shapes"]) for photo in photos}
    assert told.keys() == {*forms, "empty"}
    assert told["empty"] == []
    for form in forms:
        known = FORMS[form][1]
        (one,) = told[form]
        assert one.label == known.type
        assert one.box == pytest.approx(known.box.xyxy, abs={"voc": 0.99, "yolo": 0.26}.get(name, 0.01))
        if known.polygons or (known.rle is not None and name == "coco"):
            assert_drawn(one, form, bridged=name == "yolo" and form == "parts")


def assert_drawn(told: Told, form: str, *, bridged: bool) -> None:
    """The pixels are the known ones, but for the rim, and for the bridge of no width that has a rim as well."""
    mask = FORMS[form][1].mask(FRAME)
    assert mask is not None
    assert told.pixels is not None
    assert bridged or same_but_for_the_rim(told.pixels, mask.full())
    assert overlap(told.pixels, mask.full()) >= (1 if form == "pixels" else 0.7)


def test_supervision_reads_turned_boxes_of_yolo(ask: Ask, tmp_path: Path) -> None:
    folder = write_known("yolo_obb", tmp_path, ("turned", "box"))
    photos = [photo for each in answers(ask, "yolo_obb", folder, tmp_path / "told.json") for photo in each["photos"]]
    told = {photo["photo"]: read_told(photo["shapes"]) for photo in photos}
    (one,) = told["turned"]
    turned = FORMS["turned"][1].rotated
    assert one.corners is not None
    assert turned is not None
    assert same_corners(one.corners, turned.corners)
    assert told["box"][0].box == pytest.approx(FORMS["box"][1].box.xyxy, abs=0.01)
    assert told["empty"] == []


@pytest.mark.parametrize("name", ["coco", "yolo", "labelme", "voc"])
def test_supervision_reads_the_via_set(
    ask: Ask, via_set: Callable[[str], Path], tmp_path: Path, note: Note, name: str
) -> None:
    told = answers(ask, name, via_set(name), tmp_path / "told.json")
    photos = [photo for answer in told for photo in answer["photos"]]
    shapes = [one for photo in photos for one in read_told(photo["shapes"])]
    masks = sum(one.pixels is not None and bool(one.pixels.any()) for one in shapes)
    assert (len(photos), len(shapes), masks) == (61, 91, 91)
    assert {one.label for one in shapes} == {"damage"}
    note(f"{name}: supervision {told[0]['version']} read {len(photos)} photos, {len(shapes)} shapes, {masks} masks")


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("coco", ("box",)),
        ("coco", ("outline", "pixels")),
        ("yolo", ("box",)),
        ("yolo", ("outline",)),
        ("yolo_obb", ("turned",)),
        ("voc", ("box",)),
        ("voc", ("outline",)),
        ("labelme", ("box",)),
        ("labelme", ("outline",)),
    ],
)
def test_coachwork_reads_what_supervision_writes(
    ask: Ask, tmp_path: Path, note: Note, name: str, forms: tuple[str, ...]
) -> None:
    """It draws outlines through the middle of pixels and cuts thin tips off; run lengths stay what they are."""
    samples = known_samples(tmp_path / "photos", forms)
    told = json.dumps(tell(samples, tmp_path / "photos", masks=True))
    (tmp_path / "shapes.json").write_text(told, encoding="utf-8")
    ask("supervision_writes", name, tmp_path / "shapes.json", tmp_path / "out")
    photos, problems = read_foreign(tmp_path / "out", name, chosen="yolo_obb" if name == "yolo_obb" else "auto")
    assert problems == ()
    assert photos.keys() == {*forms, "empty"}
    assert photos["empty"].shapes == ()
    for form in forms:
        known = FORMS[form][1]
        (shape,) = photos[form].shapes
        assert shape.type is known.type
        assert shape.box.xyxy == pytest.approx(known.box.xyxy, abs=2.5 if known.has_mask or name == "voc" else 0.02)
        assert shape.has_mask == known.has_mask
        mask, was = shape.mask(FRAME), known.mask(FRAME)
        if mask is not None and was is not None:
            assert same_but_for_the_rim(mask.full(), was.full())
            assert overlap(mask.full(), was.full()) >= (1 if shape.rle is not None else 0.7)
        if known.rotated is not None:
            assert shape.rotated is not None
            assert same_corners(shape.rotated.corners, known.rotated.corners, within_px=0.02)
    note(f"{name}: read from supervision: {', '.join(forms)}")
