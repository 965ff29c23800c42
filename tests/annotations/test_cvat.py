import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from coachwork.annotations.contract import AnnotatedPhoto, Reading
from coachwork.annotations.cvat import CVAT, cvat_labels, detect_cvat, read_cvat
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.datasets.sample import DamageShape, Split
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import polygon_area
from coachwork.taxonomy import DamageType, LabelMap, LabelRule, Severity, identity_label_map
from tests.annotations.golden import cvat as golden
from tests.annotations.samples import sample_of, write_samples

Read = Callable[..., Reading]
Codes = Callable[[Reading], list[ProblemCode]]

BROKEN = ProblemCode.RLE_BROKEN
BOX = '<box label="dent" occluded="0" xtl="3" ytl="4" xbr="13" ybr="9" z_order="0"/>'


def document(*shapes: str, name: str = "a.jpg", size: str = 'width="40" height="30"', more: str = "") -> str:
    image = f'<image id="0" name="{name}" {size}>{"".join(shapes)}</image>'
    return f"<annotations><version>1.1</version>{image}{more}</annotations>"


def golden_photos(write: Callable[[Path], None], folder: Path) -> tuple[Reading, dict[str, AnnotatedPhoto]]:
    write(folder)
    reading = read_cvat(folder / "annotations.xml", PhotoLookup(folder), identity_label_map())
    return reading, {str(photo.file.path.relative_to(folder)): photo for photo in reading.photos}


def test_a_file_without_photos_gives_nothing(read: Read) -> None:
    reading = read("cvat", "<annotations><version>1.1</version></annotations>", suffix=".xml")
    assert (reading.photos, reading.problems) == ((), ())


def test_every_kind_of_shape(tmp_path: Path, codes: Codes) -> None:
    reading, photos = golden_photos(golden.write_task, tmp_path)
    box, turned, ellipse, polygon, mask = photos["images/left/car 1.jpg"].shapes
    assert box.box == Box(x_min=3.5, y_min=4, x_max=13.25, y_max=9)
    assert box.attributes == {"side": "right", "occluded": "1"}
    assert turned.rotated is not None
    assert (turned.rotated.x, turned.rotated.y, turned.rotated.angle) == (20, 15, 30)
    assert polygon_area(ellipse.polygons[0]) == pytest.approx(np.pi * 32)
    assert ellipse.box.height > ellipse.box.width
    assert polygon.attributes == {"z_order": "1", "source": "auto"}
    assert (polygon.type, len(polygon.polygons[0])) == (DamageType.SCRATCH, 3)
    assert mask.rle is not None
    assert mask.rle.full()[10:12, 20:24].tolist() == [[False, True, True, True], [False, False, True, True]]
    assert mask.rle.area == 5
    unsupported = [problem for problem in reading.problems if problem.code is ProblemCode.SHAPE_UNSUPPORTED]
    assert [problem.place for problem in unsupported] == ["image[1].polyline[0]", "image[1].points[0]"]
    assert set(codes(reading)) == {ProblemCode.SHAPE_UNSUPPORTED, ProblemCode.OUT_OF_FRAME}
    outside = next(problem for problem in reading.problems if problem.code is ProblemCode.OUT_OF_FRAME)
    assert outside.place == "image[1].polygon[0] (group 7)[1]"


def test_mask_run_lengths_go_row_by_row_through_the_crop_zeros_first(read: Read) -> None:
    """Oracle: pixel by pixel, as CVAT's documentation of masks tells it."""
    full = np.random.default_rng(3).random((7, 5)) > 0.5
    runs, last = [0], False
    for value in full.reshape(-1).tolist():
        if value != last:
            runs.append(0)
        runs[-1], last = runs[-1] + 1, value
    rle = ", ".join(map(str, runs))
    reading = read(
        "cvat", document(f'<mask label="dent" rle="{rle}" left="9" top="2" width="5" height="7"/>'), suffix=".xml"
    )
    found = reading.photos[0].shapes[0].rle
    assert found is not None
    assert found.full()[2:9, 9:14].tolist() == full.tolist()
    assert found.area == full.sum()


def test_the_mask_of_cvats_own_documentation_is_a_disc(read: Read) -> None:
    rle = "3, 5, 7, 7, 5, 9, 3, 11, 2, 11, 2, 12, 1, 12, 1, 26, 1, 12, 1, 12, 2, 11, 3, 9, 5, 7, 7, 5, 3"
    shape = f'<mask label="dent" source="manual" rle="{rle}" left="7" top="8" width="13" height="15" z_order="0"/>'
    found = read("cvat", document(shape), suffix=".xml").photos[0].shapes[0].rle
    assert found is not None
    assert found.full()[8:23, 7:20].sum(axis=1).tolist() == [5, 7, 9, 11, 11, 12, 12, 13, 13, 12, 12, 11, 9, 7, 5]


def test_coordinates_may_lie_outside_of_the_photo(read: Read, codes: Codes) -> None:
    box = '<box label="dent" xtl="-0.8" ytl="4" xbr="13" ybr="30.9"/>'
    polygon = '<polygon label="dent" points="-9,2;12,2;2,12"/>'
    reading = read("cvat", document(box, polygon), suffix=".xml")
    assert codes(reading) == [ProblemCode.OUT_OF_FRAME]
    assert reading.photos[0].shapes[0].box == Box(x_min=0, y_min=4, x_max=13, y_max=30)
    assert reading.photos[0].shapes[1].box.x_min == 0


def test_what_lies_on_top_comes_last(read: Read) -> None:
    shapes = [
        f'<box label="{label}" xtl="1" ytl="1" xbr="9" ybr="9" z_order="{depth}"/>'
        for label, depth in (("rust", 2), ("dent", -1), ("scratch", 0))
    ]
    found = read("cvat", document(*shapes), suffix=".xml").photos[0].shapes
    assert [shape.label for shape in found] == ["dent", "scratch", "rust"]


def test_outlines_of_one_group_and_label_are_one_damage(read: Read) -> None:
    points = ("2,2;12,2;2,12", "20,20;30,20;30,28", "5,20;9,20;9,28")
    labels = ("dent", "dent", "scratch")
    shapes = [
        f'<polygon label="{label}" points="{at}" group_id="3"/>' for label, at in zip(labels, points, strict=True)
    ]
    box = BOX.replace("/>", ' group_id="3"/>')
    dent, scratch, alone = read("cvat", document(*shapes, box), suffix=".xml").photos[0].shapes
    assert (len(dent.polygons), dent.attributes) == (2, {})
    assert (len(scratch.polygons), scratch.attributes) == (1, {"group_id": "3"})
    assert (alone.has_mask, alone.attributes) == (False, {"group_id": "3"})


def test_a_photo_without_shapes_is_unlabelled_unless_it_is_tagged(read: Read) -> None:
    unlabelled = read("cvat", document(), suffix=".xml").photos[0]
    assert (unlabelled.shapes, unlabelled.annotated, unlabelled.tags) == ((), frozenset(), ())
    tagged = read("cvat", document('<tag label="blurred"/>'), suffix=".xml").photos[0]
    assert (tagged.annotated, tagged.tags) == (frozenset(), ("blurred",))
    clean = read("cvat", document('<tag label="undamaged"/>'), suffix=".xml").photos[0]
    assert (clean.annotated, clean.tags) == (frozenset(DamageType), ())
    assert read("cvat", document(BOX), suffix=".xml").photos[0].annotated == frozenset(DamageType)


def test_attributes_of_a_tag_are_tags(read: Read) -> None:
    said = '<attribute name="light">night</attribute><attribute name="note"></attribute>'
    tags = f'<tag label="scene">{said}</tag><tag label="scene"/><tag label="undamaged">{said}</tag>'
    (photo,) = read("cvat", document(tags), suffix=".xml").photos
    assert photo.tags == ("scene", "scene.light=night", "undamaged.light=night")
    assert photo.annotated == frozenset(DamageType)


def test_names_have_folders_and_ids_are_in_lexical_order(tmp_path: Path) -> None:
    _, photos = golden_photos(golden.write_task, tmp_path)
    assert [photo.name for photo in photos.values()] == ["left/car 1.jpg", "left/car 10.jpg", "left/car 2.jpg"]
    assert photos["images/left/car 10.jpg"].shapes[0].polygons
    assert photos["images/left/car 2.jpg"].shapes == ()


def test_photos_of_one_name_in_two_tasks_of_a_project_are_told_apart(tmp_path: Path) -> None:
    reading, photos = golden_photos(golden.write_project, tmp_path)
    assert reading.problems == ()
    assert {name: (photo.split, photo.shapes[0].type) for name, photo in photos.items()} == {
        "images/Train/car.jpg": (Split.TRAIN, DamageType.DENT),
        "images/Validation/car.jpg": (Split.VAL, DamageType.SCRATCH),
    }


def test_tracks_become_shapes_of_the_frames_in_which_they_are_not_outside(tmp_path: Path) -> None:
    reading, photos = golden_photos(golden.write_video, tmp_path)
    assert reading.problems == ()
    first, second, third = (photos[f"images/frame_00000{frame}.jpg"] for frame in (0, 2, 4))
    assert [shape.type for shape in first.shapes] == [DamageType.DENT, DamageType.SCRATCH]
    assert first.shapes[0].attributes == {"side": "left", "track": "0"}
    assert [shape.attributes for shape in second.shapes] == [{"side": "left", "track": "0", "keyframe": "0"}]
    assert (third.shapes, third.annotated) == ((), frozenset())


def test_frames_without_names_are_the_photos_in_lexical_order(tmp_path: Path) -> None:
    golden.write_video(tmp_path)
    for index, frame in enumerate((0, 2, 4)):
        (tmp_path / "images" / f"frame_{frame:06d}.jpg").rename(tmp_path / "images" / f"photo {index}.jpg")
    reading = read_cvat(tmp_path / "annotations.xml", PhotoLookup(tmp_path), identity_label_map())
    assert reading.problems == ()
    assert {photo.name: len(photo.shapes) for photo in reading.photos} == {
        "images/photo 0.jpg": 2, "images/photo 1.jpg": 1, "images/photo 2.jpg": 0,
    }  # fmt: skip


def test_frames_that_nobody_extracted_are_told_once(tmp_path: Path, codes: Codes) -> None:
    golden.write_video(tmp_path)
    (tmp_path / "images" / "frame_000004.jpg").unlink()
    (tmp_path / "images" / "frame_000002.jpg").unlink()
    reading = read_cvat(tmp_path / "annotations.xml", PhotoLookup(tmp_path), identity_label_map())
    assert codes(reading) == [ProblemCode.PHOTO_MISSING]
    assert reading.problems[0].what.startswith("2 frames")
    assert "frame_000002.png" in reading.problems[0].done
    assert len(reading.photos) == 1


def test_a_photo_that_is_listed_twice_is_one_photo(read: Read, codes: Codes) -> None:
    again = f'<image id="9" name="a.jpg" width="40" height="30">{BOX}</image>'
    reading = read("cvat", document(BOX, more=again), suffix=".xml")
    assert codes(reading) == [ProblemCode.PHOTO_LISTED_TWICE]
    assert len(reading.photos[0].shapes) == 2


def test_annotations_of_the_stored_frame_are_turned_with_the_photo(read: Read, codes: Codes) -> None:
    box = '<box label="dent" xtl="0" ytl="0" xbr="10" ybr="5"/>'
    mask = '<mask label="dent" rle="0,2" left="0" top="0" width="2" height="1"/>'
    turned = '<box label="dent" xtl="10" ytl="10" xbr="30" ybr="20" rotation="10"/>'
    reading = read("cvat", document(box, mask, turned, name="turned.jpg"), suffix=".xml")
    assert codes(reading) == [ProblemCode.SIZE_MISMATCH]
    upright, pixels, rotated = reading.photos[0].shapes
    assert upright.box == Box(x_min=25, y_min=0, x_max=30, y_max=10)
    assert pixels.box == Box(x_min=29, y_min=0, x_max=30, y_max=2)
    assert rotated.rotated is not None
    assert rotated.rotated.angle == pytest.approx(100)


@pytest.mark.parametrize(
    ("shape", "code", "place"),
    [
        ('<box xtl="1" ytl="1" xbr="9" ybr="9"/>', ProblemCode.LABEL_MISSING, "box[0].label"),
        ('<box label="cat" xtl="1" ytl="1" xbr="9" ybr="9"/>', ProblemCode.LABEL_UNKNOWN, "box[0].label"),
        ('<box label="dent" xtl="1" ytl="1" xbr="9"/>', ProblemCode.WRONG_TYPE, "box[0].ybr"),
        ('<box label="dent" xtl="x" ytl="1" xbr="9" ybr="9"/>', ProblemCode.NUMBER_BAD, "box[0].xtl"),
        ('<box label="dent" xtl="9" ytl="1" xbr="1" ybr="9"/>', ProblemCode.SHAPE_EMPTY, "box[0]"),
        ('<box label="dent" xtl="-1e300" ytl="1" xbr="1e300" ybr="9" rotation="1"/>', ProblemCode.NUMBER_BAD, "box[0]"),
        ('<box label="dent" xtl="50" ytl="1" xbr="60" ybr="9"/>', ProblemCode.SHAPE_EMPTY, "box[0]"),
        ('<polygon label="dent"/>', ProblemCode.WRONG_TYPE, "polygon[0].points[0]"),
        ('<polygon label="dent" points="1,1;2"/>', ProblemCode.WRONG_TYPE, "polygon[0].points[1]"),
        ('<polygon label="dent" points="1,1;2,nan;3,3"/>', ProblemCode.NUMBER_BAD, "polygon[0].points"),
        ('<ellipse label="dent" cx="9" cy="9" rx="0" ry="3"/>', ProblemCode.SHAPE_EMPTY, "ellipse[0]"),
        ('<mask label="dent" rle="0,3" left="1" top="1" width="2" height="2"/>', BROKEN, "mask[0].rle"),
        ('<mask label="dent" rle="-1,5" left="1" top="1" width="4" height="1"/>', BROKEN, "mask[0].rle"),
        ('<mask label="dent" rle="4" left="1" top="1" width="2" height="2"/>', ProblemCode.SHAPE_EMPTY, "mask[0].rle"),
        ('<mask label="dent" rle="0,4" left="39" top="1" width="2" height="2"/>', ProblemCode.RLE_BROKEN, "mask[0]"),
        ('<mask label="dent" rle="0,4" left="-1" top="1" width="2" height="2"/>', ProblemCode.NUMBER_BAD, "mask[0]"),
        ('<mask label="dent" left="1" top="1" width="2" height="2"/>', ProblemCode.NUMBER_BAD, "mask[0].rle"),
        ('<polyline label="dent" points="1,1;9,9"/>', ProblemCode.SHAPE_UNSUPPORTED, "polyline[0]"),
        ('<skeleton label="dent"><points points="1,1"/></skeleton>', ProblemCode.SHAPE_UNSUPPORTED, "skeleton[0]"),
        ('<cuboid label="dent" xtl1="1"/>', ProblemCode.SHAPE_UNSUPPORTED, "cuboid[0]"),
        ('<blob label="dent"/>', ProblemCode.SHAPE_UNSUPPORTED, "blob[0]"),
    ],
)  # fmt: skip
def test_a_shape_that_cannot_be_used_is_told_and_left_out(
    read: Read, codes: Codes, shape: str, code: ProblemCode, place: str
) -> None:
    rust = BOX.replace("dent", "rust")
    reading = read("cvat", document(shape, rust), suffix=".xml")
    assert codes(reading) == [code]
    assert reading.problems[0].place == f"image[0].{place}"
    (photo,) = reading.photos
    assert [kept.type for kept in photo.shapes] == [DamageType.RUST]
    assert DamageType.DENT not in photo.annotated


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ({"name": ""}, ProblemCode.FIELD_MISSING),
        ({"name": "nowhere.jpg"}, ProblemCode.PHOTO_MISSING),
        ({"name": "../../etc/passwd"}, ProblemCode.PHOTO_MISSING),
        ({"size": 'width="0" height="30"'}, ProblemCode.NUMBER_BAD),
        ({"size": 'width="30" height="30"'}, ProblemCode.SIZE_MISMATCH),
        ({"size": 'width="1000000" height="750000"'}, ProblemCode.SIZE_MISMATCH),
    ],
)
def test_a_photo_that_cannot_be_used_is_told(
    read: Read, codes: Codes, image: dict[str, str], code: ProblemCode
) -> None:
    reading = read("cvat", document(BOX, **image), suffix=".xml")
    assert reading.photos == ()
    assert codes(reading) == [code]
    assert reading.problems[0].place.startswith("image[0]")


@pytest.mark.parametrize(
    "text",
    [
        *("", "<", "<annotations>", "<annotation/>", "annotations", "<annotations><image></annotations>"),
        '<!DOCTYPE a [<!ENTITY b "bb">]><annotations>&b;</annotations>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotations>&b;</annotations>',
        '<?xml version="1.0" encoding="klingon"?><annotations/>',
        "<annotations>" + "<image>" * 5000 + "</image>" * 5000 + "</annotations>",
    ],
)
def test_a_useless_file_is_one_error(read: Read, text: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        read("cvat", text, suffix=".xml")
    assert caught.value.problem.file.endswith("annotations.xml")
    assert caught.value.problem.done == "file left out"


def test_only_what_starts_as_cvat_does_is_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    for text, sure in (
        (golden.PROJECT, 1.0),
        (golden.VIDEO[:2000], 1.0),
        ("<annotation><folder/></annotation>", 0.0),
        ("<annotations/>", 0.0),
        ("<annotations><other/></annotations>", 0.0),
    ):
        path.write_text(text)
        assert detect_cvat(path) == sure


def test_labels_are_those_declared_and_those_used(tmp_path: Path) -> None:
    golden.write_task(tmp_path)
    assert cvat_labels(tmp_path / "annotations.xml") == {"dent", "scratch", "blurred"}
    (tmp_path / "annotations.xml").write_text(document(BOX, '<tag label="undamaged"/>'))
    assert cvat_labels(tmp_path / "annotations.xml") == {"dent"}


def test_dropped_labels_are_counted(read: Read) -> None:
    label_map = LabelMap(
        name="mine", rules={"dent": LabelRule(type=None, dropped="why")}, annotates=frozenset({DamageType.RUST})
    )
    reading = read("cvat", document(BOX, BOX), label_map=label_map, suffix=".xml")
    assert (reading.dropped, reading.problems) == ({"dent": 2}, ())
    assert reading.photos[0].annotated == {DamageType.RUST}


def exported(photo: Path, folder: Path, *shapes: DamageShape, tags: tuple[str, ...] = ()) -> ET.Element:
    """The `image` element of one photo in what Coachwork writes, and beside it the whole file."""
    write_samples(CVAT, folder, photo.parent, sample_of(photo, *shapes, split=Split.VAL, tags=tags))
    return ET.parse(folder / "annotations.xml").getroot()  # noqa: S314 - our own file


def test_what_is_written_has_the_form_of_cvats_project_export(photo_folder: Path, tmp_path: Path) -> None:
    mask = Mask.from_full(np.pad(np.array([[True, False], [True, True]]), ((3, 25), (5, 33))))
    said = {"occluded": "1", "source": "web", "n": "\x01ü"}
    root = exported(
        photo_folder / "a.jpg",
        tmp_path,
        DamageShape(type=DamageType.DENT, box=mask.box, rle=mask, attributes=said),
        DamageShape(type=DamageType.RUST, box=Box(x_min=1, y_min=2, x_max=3, y_max=4.5), severity=Severity.MINOR),
        tags=("wet & dirty",),
    )  # fmt: skip
    image = root.find("image")
    assert image is not None
    assert image.attrib == {
        "id": "0", "name": "a.jpg", "subset": "val", "task_id": "1", "width": "40", "height": "30",
    }  # fmt: skip
    assert (tmp_path / "images" / "val" / "a.jpg").is_file()
    drawn, box, tag = image
    place = {"rle": "0, 1, 1, 2", "left": "5", "top": "3", "width": "2", "height": "2"}
    assert drawn.attrib == {"label": "dent", "occluded": "1", "z_order": "0", "source": "manual"} | place
    assert {one.get("name"): one.text for one in drawn} == {"source": "web", "n": "ü"}
    assert (box.get("xtl"), box.get("ybr"), box[0].text) == ("1.0000", "4.5000", "minor")
    assert tag.attrib == {"label": "wet & dirty", "source": "manual"}
    declared = {label.findtext("name"): label for label in root.iter("label")}
    assert {"dent", "rust", "damage", "wet & dirty", "undamaged"} <= declared.keys()
    assert [one.findtext("name") for one in declared["dent"].iter("attribute")] == ["severity", "n", "source"]


def test_a_reviewed_photo_without_damage_is_tagged(photo_folder: Path, tmp_path: Path) -> None:
    root = exported(photo_folder / "a.jpg", tmp_path)
    assert [(one.tag, one.get("label")) for one in root.iterfind("image/*")] == [("tag", "undamaged")]
