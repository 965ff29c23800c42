from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coachwork.annotations.contract import AnnotatedPhoto, Reading
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.photo_lookup import PhotoLookup, split_of
from coachwork.annotations.png_masks import png_of_indices, png_size, voc_indices, voc_palette
from coachwork.annotations.problems import ProblemCode
from coachwork.datasets.sample import DamageShape, Split
from coachwork.geometry.box import Box
from coachwork.geometry.polygon import polygons_box, rasterise
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, Severity, identity_label_map
from tests.annotations.golden import voc
from tests.annotations.photo_files import write_photo
from tests.annotations.samples import sample_of, write_samples

FRAME = Size(height=30, width=40)
SIZE = "<size><width>40</width><height>30</height></size>"
BOX = "<bndbox><xmin>3</xmin><ymin>5</ymin><xmax>12</xmax><ymax>14</ymax></bndbox>"
Read = Callable[..., Reading]
Codes = Callable[[Reading], list[ProblemCode]]


def read_all(folder: Path) -> list[Reading]:
    found = []
    for file in recognise(folder):
        assert file.format.name == "voc"
        lookup = PhotoLookup(file.path.parent, root=folder, split=split_of(file.path.relative_to(folder)))
        found.append(file.format.read(file.path, lookup, identity_label_map()))
    return found


def read_one(folder: Path) -> AnnotatedPhoto:
    (reading,) = read_all(folder)
    assert reading.problems == ()
    (photo,) = reading.photos
    return photo


def document(*objects: str, size: str = SIZE, photo: str = "<filename>a.jpg</filename>") -> str:
    return f"<annotation>{photo}{size}{''.join(objects)}</annotation>"


def entry(inside: str = BOX, name: str = "dent") -> str:
    return f"<object><name>{name}</name>{inside}</object>"


def test_pixels_count_from_one_and_the_last_belongs_to_the_box(read: Read) -> None:
    (photo,) = read("voc", document(entry()), suffix=".xml").photos
    assert photo.shapes[0].box.xyxy == (2, 4, 12, 14)


@pytest.mark.parametrize(
    ("edge", "expected"), [("0", (0, 5, 12, 14)), ("3.5", (3.5, 5, 12, 14)), ("1.0", (0, 4, 12, 14))]
)
def test_a_file_with_a_zero_or_a_fraction_counts_from_zero(edge: str, expected: tuple[float, ...], read: Read) -> None:
    box = BOX.replace("<xmin>3<", f"<xmin>{edge}<")
    (photo,) = read("voc", document(entry(box)), suffix=".xml").photos
    assert photo.shapes[0].box.xyxy == expected


def test_a_photo_without_objects_is_a_negative(read: Read) -> None:
    reading = read("voc", document(), suffix=".xml")
    assert reading.problems == ()
    assert reading.photos[0].annotated == frozenset(DamageType)


def test_difficult_and_truncated_are_attributes(tmp_path: Path) -> None:
    voc.write_kit(tmp_path)
    first, second = read_one(tmp_path).shapes
    assert first.attributes == {"truncated": "true", "pose": "Frontal"}
    assert second.attributes == {"difficult": "true"}


def test_pixels_of_the_segmentation_are_those_of_their_objects(tmp_path: Path) -> None:
    voc.write_kit(tmp_path)
    photo = read_one(tmp_path)
    assert photo.split is Split.VAL
    assert [shape.rle.area for shape in photo.shapes if shape.rle] == [8 * 8, 27 * 17]
    assert photo.shapes[0].box.xyxy == (3, 5, 11, 13)


def test_a_segmentation_in_colours_is_read_too(tmp_path: Path) -> None:
    voc.write_cvat(tmp_path)
    photo = read_one(tmp_path)
    (shape,) = photo.shapes
    assert shape.rle is not None
    assert (shape.rle.area, shape.severity, photo.split) == (63, Severity.MINOR, Split.TRAIN)
    assert shape.attributes == {"occluded": "true", "rotation": "0.0"}


def test_numbers_in_another_order_than_the_objects_find_them_by_their_boxes(tmp_path: Path) -> None:
    voc.write_kit(tmp_path)
    path = tmp_path / "SegmentationObject" / "2007_000032.png"
    indices = np.array(Image.open(path))
    swapped = np.select([indices == 1, indices == 2], [7, 1], 0).astype(np.uint8)
    path.write_bytes(png_of_indices(swapped))
    assert [shape.rle.area for shape in read_one(tmp_path).shapes if shape.rle] == [8 * 8, 27 * 17]


def test_pixels_that_fit_no_box_are_told_and_the_box_is_used(tmp_path: Path, codes: Codes) -> None:
    voc.write_kit(tmp_path)
    indices = np.zeros((30, 40), dtype=np.uint8)
    indices[25:30, 0:5] = 1
    indices[0:3, 30:33] = 9
    (tmp_path / "SegmentationObject" / "2007_000032.png").write_bytes(png_of_indices(indices))
    (reading,) = read_all(tmp_path)
    assert codes(reading) == [ProblemCode.BOX_MISMATCH, ProblemCode.CATEGORY_UNKNOWN]
    assert [shape.has_mask for shape in reading.photos[0].shapes] == [False, False]
    assert reading.photos[0].annotated == frozenset()


@pytest.mark.parametrize("picture", [b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"GIF89a", "small", "cut"])
def test_a_broken_segmentation_leaves_the_boxes(picture: bytes | str, tmp_path: Path) -> None:
    voc.write_kit(tmp_path)
    path = tmp_path / "SegmentationObject" / "2007_000032.png"
    whole = path.read_bytes()
    small = png_of_indices(np.zeros((3, 4), dtype=np.uint8))
    path.write_bytes({"small": small, "cut": whole[:-40]}[picture] if isinstance(picture, str) else picture)
    (reading,) = read_all(tmp_path)
    assert len(reading.problems) == 1
    assert [shape.has_mask for shape in reading.photos[0].shapes] == [False, False]


def test_an_outline_beside_the_box_counts(tmp_path: Path) -> None:
    voc.write_roboflow(tmp_path)
    photo = read_one(tmp_path)
    assert photo.split is Split.TRAIN
    assert photo.shapes[0].polygons[0].tolist() == [[2, 2], [12.5, 2], [2, 12.5]]


def test_a_photo_that_was_renamed_is_found_by_the_file(tmp_path: Path, codes: Codes) -> None:
    write_photo(tmp_path / "new.jpg")
    (tmp_path / "new.xml").write_text(document(entry(), photo="<filename>IMG_1.JPG</filename>"))
    assert read_one(tmp_path).file.path.name == "new.jpg"
    (tmp_path / "new.xml").write_text(document(entry(), photo=""))
    assert read_one(tmp_path).name == "new.jpg"
    (tmp_path / "new.xml").rename(tmp_path / "other.xml")
    (reading,) = read_all(tmp_path)
    assert codes(reading) == [ProblemCode.PHOTO_MISSING]


@pytest.mark.parametrize("size", ["", "<size/>", "<size><width>0</width><height>0</height></size>"])
def test_a_size_of_zero_is_an_unknown_one(size: str, read: Read) -> None:
    reading = read("voc", document(entry(), size=size), suffix=".xml")
    assert reading.problems == ()
    assert len(reading.photos[0].shapes) == 1


def test_boxes_of_the_photo_before_it_was_turned_are_turned_with_it(read: Read, codes: Codes) -> None:
    reading = read("voc", document(entry(), photo="<filename>turned.jpg</filename>"), suffix=".xml")
    assert codes(reading) == [ProblemCode.SIZE_MISMATCH]
    assert reading.photos[0].shapes[0].box.xyxy == (16, 2, 26, 12)


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (entry(name=""), ProblemCode.LABEL_MISSING),
        (entry(name="aeroplane"), ProblemCode.LABEL_UNKNOWN),
        (entry(""), ProblemCode.FIELD_MISSING),
        (entry(BOX.replace("<xmax>12</xmax>", "")), ProblemCode.FIELD_MISSING),
        (entry(BOX.replace("12", "many")), ProblemCode.NUMBER_BAD),
        (entry(BOX.replace("12", "")), ProblemCode.NUMBER_BAD),
        (entry(BOX.replace("12", "1")), ProblemCode.NUMBER_BAD),
        (entry(BOX.replace("12", "1e30")), ProblemCode.NUMBER_BAD),
        (entry(BOX.replace("3", "50").replace("12", "60")), ProblemCode.SHAPE_EMPTY),
    ],
)
def test_an_object_that_cannot_be_used_is_told_and_the_others_stay(broken: str, code: ProblemCode, read: Read) -> None:
    reading = read("voc", document(entry(), broken), suffix=".xml")
    assert [problem.code for problem in reading.problems] == [code]
    assert reading.problems[0].place.startswith("object[1]")
    assert len(reading.photos[0].shapes) == 1
    assert DamageType.DENT not in reading.photos[0].annotated


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<annotation>",
        "<annotations><image/></annotations>",
        "<annotation><imagesize><nrows>3</nrows></imagesize><filename>a.jpg</filename></annotation>",
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><annotation><size/><filename>&a;</filename></annotation>',
        '<?xml version="1.0" encoding="klingon"?><annotation><size/></annotation>',
    ],
)
def test_other_xml_is_no_voc(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(text)
    assert FORMATS["voc"].detect(tmp_path / "a.xml") == 0


def test_colours_and_indices_are_the_same_thing() -> None:
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert voc_palette()[[1, 2, 3, 15, 255]].tolist() == [
        [128, 0, 0],
        [0, 128, 0],
        [128, 128, 0],
        [192, 128, 128],
        [224, 224, 192],
    ]
    assert np.array_equal(voc_indices(voc_palette()[indices]), indices)
    assert png_size(png_of_indices(indices)) == Size(height=16, width=16)


def test_outlines_and_pixels_are_written_as_a_segmentation_and_boxes_grow_to_whole_pixels(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg")
    outline = np.array([[20.25, 15], [30, 15], [25, 25]])
    mask = rasterise([outline], FRAME)
    shapes = (
        DamageShape(
            type=DamageType.DENT, box=Box(x_min=1.5, y_min=2.25, x_max=9.1, y_max=12), attributes={"pose": "Left"}
        ),
        DamageShape(type=DamageType.RUST, box=polygons_box([outline]), polygons=(outline,), severity=Severity.SEVERE),
        DamageShape(type=DamageType.RUST, box=mask.box, rle=mask),
    )
    one = sample_of(photo, *shapes, split=Split.VAL)
    folder = write_samples(FORMATS["voc"], tmp_path / "out", tmp_path, one)
    found = read_one(folder)
    assert found.shapes[0].box.xyxy == (1, 2, 10, 12)
    assert found.shapes[0].attributes == {"pose": "Left"}
    assert found.shapes[1].polygons[0].tolist() == outline.tolist()
    assert found.shapes[2].rle == mask
    assert found.shapes[1].severity is Severity.SEVERE
    assert "rust:192,0,0::" in (folder / "labelmap.txt").read_text()
    kinds = np.array(Image.open(folder / "SegmentationClass" / "a.png"))
    assert set(np.unique(kinds)) == {0, list(DamageType).index(DamageType.RUST) + 1}
