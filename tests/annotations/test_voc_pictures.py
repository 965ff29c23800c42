"""Photos of a VOC set that have pictures of classes and objects, and no annotation file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coachwork.annotations.contract import Reading
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.png_masks import png_of_indices
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.annotations.source_reading import read_files, recognise_source
from coachwork.datasets.sample import Split
from coachwork.taxonomy import DamageType, identity_label_map
from tests.annotations.golden import voc
from tests.annotations.photo_files import write_photo

VOC = FORMATS["voc"]
CLASSES, OBJECTS = "SegmentationClass/masks.png", "SegmentationObject/masks.png"
Codes = Callable[[Reading], list[ProblemCode]]


def read(folder: Path, picture: str = CLASSES) -> Reading:
    path = folder / picture
    return VOC.read(path, PhotoLookup(path.parent, root=folder), identity_label_map())


def test_a_photo_of_masks_alone_is_read_beside_those_with_files(tmp_path: Path) -> None:
    voc.write_datumaro(tmp_path)
    files = recognise_source(tmp_path)
    assert [(file.format, file.path.name) for file in files] == [(VOC, "box.xml"), (VOC, "masks.png")]
    reading = read_files(tmp_path, files, identity_label_map())
    assert reading.problems == []
    photos = {photo.name: photo for photo, _ in reading.photos}
    assert [shape.type for shape in photos["box.jpg"].shapes] == [DamageType.DENT]
    assert photos["masks.jpg"].split is Split.VAL
    assert [(shape.label, shape.box.xyxy) for shape in photos["masks.jpg"].shapes] == [
        ("dent", (8, 5, 20, 12)),
        ("dent", (20, 5, 30, 12)),
        ("scratch", (3, 20, 10, 25)),
    ]
    assert [shape.rle.area for shape in photos["masks.jpg"].shapes if shape.rle] == [7 * 12, 7 * 10, 5 * 7]
    assert photos["masks.jpg"].annotated == frozenset(DamageType)


def test_a_set_of_masks_alone_has_an_empty_folder_of_files(tmp_path: Path) -> None:
    voc.write_datumaro(tmp_path)
    (tmp_path / "Annotations" / "box.xml").unlink()
    assert [file.path.name for file in recognise(tmp_path)] == ["masks.png"]
    (tmp_path / "Annotations").rmdir()
    assert [file.format.name for file in recognise(tmp_path)] == ["masks"]


def test_without_a_picture_of_objects_connected_pieces_are_damages(tmp_path: Path) -> None:
    voc.write_datumaro(tmp_path)
    (tmp_path / OBJECTS).unlink()
    reading = read(tmp_path)
    assert reading.problems == ()
    assert [shape.box.xyxy for shape in reading.photos[0].shapes] == [(8, 5, 30, 12), (3, 20, 10, 25)]


def test_pixels_of_a_class_that_are_no_objects_are_not_lost(tmp_path: Path) -> None:
    voc.write_datumaro(tmp_path)
    objects = np.zeros((30, 40), dtype=np.uint8)
    objects[5:12, 8:20] = 4
    objects[5:12, 20:22] = 255
    (tmp_path / OBJECTS).write_bytes(png_of_indices(objects))
    boxes = [shape.box.xyxy for shape in read(tmp_path).photos[0].shapes]
    assert boxes == [(8, 5, 20, 12), (20, 5, 30, 12), (3, 20, 10, 25)]


def test_palette_pictures_and_seams_are_understood(tmp_path: Path) -> None:
    voc.write_datumaro(tmp_path)
    classes = np.zeros((30, 40), dtype=np.uint8)
    classes[5:12, 8:20] = 255
    classes[6:11, 9:19] = 2
    for name in (CLASSES, OBJECTS):
        (tmp_path / name).write_bytes(png_of_indices(classes))
    reading = read(tmp_path)
    assert reading.problems == ()
    assert [(shape.label, shape.box.xyxy) for shape in reading.photos[0].shapes] == [("scratch", (9, 6, 19, 11))]


def test_a_picture_without_a_table_leaves_the_photo_unlabelled_and_says_so_by_name(
    tmp_path: Path, codes: Codes
) -> None:
    voc.write_datumaro(tmp_path)
    (tmp_path / "labelmap.txt").unlink()
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.FIELD_MISSING]
    assert reading.problems[0].place == "masks.jpg"
    assert "put labelmap.txt beside" in reading.problems[0].what
    assert (reading.photos[0].shapes, reading.photos[0].annotated) == ((), frozenset())
    assert VOC.labels(tmp_path / CLASSES) == frozenset()


def test_a_picture_of_objects_alone_leaves_the_photo_unlabelled_and_says_so(tmp_path: Path, codes: Codes) -> None:
    voc.write_datumaro(tmp_path)
    (tmp_path / CLASSES).unlink()
    assert [file.path.name for file in recognise(tmp_path)] == ["box.xml", "masks.png"]
    reading = read(tmp_path, OBJECTS)
    assert codes(reading) == [ProblemCode.FIELD_MISSING]
    assert reading.photos[0].annotated == frozenset()


def test_a_colour_that_the_table_does_not_know_is_told_and_the_others_stay(tmp_path: Path, codes: Codes) -> None:
    voc.write_datumaro(tmp_path)
    (tmp_path / "labelmap.txt").write_text("background:::\ndent:::\n")
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.CATEGORY_UNKNOWN]
    assert "#008000" in reading.problems[0].what
    assert len(reading.photos[0].shapes) == 2
    assert reading.photos[0].annotated == frozenset()


def test_a_label_that_the_map_does_not_know_is_told_once(tmp_path: Path, codes: Codes) -> None:
    voc.write_datumaro(tmp_path)
    (tmp_path / "labelmap.txt").write_text("background:::\naeroplane:::\nscratch:::\n")
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.LABEL_UNKNOWN]
    assert [shape.label for shape in reading.photos[0].shapes] == ["scratch"]


@pytest.mark.parametrize("name", [CLASSES, OBJECTS])
@pytest.mark.parametrize("broken", ["small", "cut", "text"])
def test_a_broken_picture_is_told(tmp_path: Path, name: str, broken: str) -> None:
    voc.write_datumaro(tmp_path)
    small = png_of_indices(np.zeros((7, 5), dtype=np.uint8))
    content = {"small": small, "cut": (tmp_path / name).read_bytes()[:60], "text": b"no picture"}[broken]
    (tmp_path / name).write_bytes(content)
    reading = read(tmp_path)
    assert len(reading.problems) == 1
    assert len(reading.photos[0].shapes) == (0 if name == CLASSES else 2)
    assert (reading.photos[0].annotated == frozenset()) == (name == CLASSES)


def test_a_picture_without_a_photo_or_with_several_is_told(tmp_path: Path) -> None:
    voc.write_datumaro(tmp_path)
    write_photo(tmp_path / "JPEGImages" / "masks.png")
    with pytest.raises(AnnotationError, match=r"is of any of masks\.jpg, masks\.png"):
        read(tmp_path)
    for name in ("masks.jpg", "masks.png"):
        (tmp_path / "JPEGImages" / name).unlink()
    with pytest.raises(AnnotationError, match="there is no photo 'masks'"):
        read(tmp_path)
    with pytest.raises(AnnotationError, match="name the folder that holds JPEGImages"):
        VOC.read(tmp_path / CLASSES, PhotoLookup(tmp_path / "SegmentationClass"), identity_label_map())


def test_a_picture_of_too_many_colours_is_no_picture_of_objects(tmp_path: Path) -> None:
    voc.write_datumaro(tmp_path)
    noise = np.random.default_rng(5).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / OBJECTS)
    (problem,) = read(tmp_path).problems
    assert "too many colours" in problem.what
