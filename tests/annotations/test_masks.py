from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coachwork.annotations.contract import Reading
from coachwork.annotations.formats import recognise
from coachwork.annotations.mask_pictures import MaskPictureError, read_mask_picture
from coachwork.annotations.mask_tables import MaskTableError, read_table
from coachwork.annotations.masks import MASKS, MOST_PIECES
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.datasets.sample import DamageShape, Split
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, LabelMap, LabelRule, identity_label_map
from tests.annotations.golden import masks as golden
from tests.annotations.photo_files import write_photo
from tests.annotations.samples import sample_of, write_samples


def read(folder: Path, label_map: LabelMap | None = None) -> Reading:
    return MASKS.read(folder, PhotoLookup(folder), label_map or identity_label_map())


def types(reading: Reading) -> Counter[str]:
    return Counter(shape.label for photo in reading.photos for shape in photo.shapes)


def codes(reading: Reading) -> list[ProblemCode]:
    return [problem.code for problem in reading.problems]


def save(values: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


@pytest.fixture
def pair(tmp_path: Path) -> Callable[..., Path]:
    """A set of one photo of 40 x 30 pixels, `images/a.jpg`, with one mask of the given values."""

    def made(values: np.ndarray, name: str = "masks/a.png", **photo: int) -> Path:
        write_photo(tmp_path / "set" / "images" / "a.jpg", **photo)
        save(values, tmp_path / "set" / name)
        return tmp_path / "set"

    return made


@pytest.mark.parametrize(
    ("write", "labels", "found"),
    [
        (golden.write_binary, {"damage"}, {"damage": 2}),
        (golden.write_camvid, {"dent", "scratch"}, {"dent": 2, "scratch": 1}),
        (golden.write_cvat_palette, {"dent", "scratch"}, {"dent": 2, "scratch": 1}),
        (golden.write_roboflow, {"dent", "scratch"}, {"dent": 2, "scratch": 1}),
        (golden.write_carvana, {"damage"}, {"damage": 2}),
        (golden.write_class_folders, {"dent", "scratch"}, {"dent": 2, "scratch": 1}),
    ],
)
def test_layouts_of_other_programs(
    write: Callable[[Path], None], labels: set[str], found: dict[str, int], tmp_path: Path
) -> None:
    write(tmp_path)
    assert [file.format for file in recognise(tmp_path)] == [MASKS]
    assert MASKS.labels(tmp_path) == labels
    reading = read(tmp_path)
    assert types(reading) == found
    assert reading.problems == ()


def test_components_become_instances_with_their_own_pixels(tmp_path: Path) -> None:
    golden.write_camvid(tmp_path)
    (photo,) = read(tmp_path).photos
    assert photo.split is Split.TRAIN
    boxes = sorted((str(shape.type), shape.box.xyxy) for shape in photo.shapes)
    assert boxes == [
        ("dent", (3, 2, 12, 8)),
        ("dent", (30, 20, 38, 26)),
        ("scratch", (3, 8, 20, 11)),
    ]


@pytest.mark.parametrize("layout", [golden.write_data_science_bowl, golden.write_instances])
def test_masks_in_a_folder_of_their_photos_name_are_one_damage_each(
    layout: Callable[[Path], None], tmp_path: Path
) -> None:
    layout(tmp_path)
    assert [file.format for file in recognise(tmp_path)] == [MASKS]
    reading = read(tmp_path)
    assert reading.problems == ()
    photo = reading.photos[0]
    assert [shape.label for shape in photo.shapes] == ["damage", "damage"]
    pieces, touching = (shape.rle for shape in photo.shapes)
    assert pieces is not None
    assert touching is not None
    assert (pieces.area, touching.area) == (6 * 9 + 6 * 8, 3 * 17)
    assert [bool(photo.annotated) for photo in reading.photos] == [True, False][: len(reading.photos)]


def test_a_table_of_classes_says_nothing_of_masks_of_one_damage(tmp_path: Path) -> None:
    golden.write_instances(tmp_path)
    (tmp_path / "classes.txt").write_text("background\ndent\n")
    reading = read(tmp_path)
    assert reading.problems == ()
    assert types(reading) == {"damage": 2}


def test_empty_masks_of_one_damage_are_told(tmp_path: Path) -> None:
    golden.write_instances(tmp_path)
    save(np.zeros((30, 40), dtype=np.uint8), tmp_path / "masks" / "a" / "2.png")
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.SHAPE_EMPTY]
    assert types(reading) == {"damage": 2}


def test_a_photo_without_a_mask_is_unlabelled_and_one_with_an_empty_mask_is_not(tmp_path: Path) -> None:
    golden.write_binary(tmp_path)
    write_photo(tmp_path / "images" / "c.jpg", seed=3)
    save(np.zeros((30, 40), dtype=np.uint8), tmp_path / "masks" / "c.png")
    annotated = {photo.name: bool(photo.annotated) for photo in read(tmp_path).photos}
    assert annotated == {"images/a.jpg": True, "images/b.jpg": False, "images/c.jpg": True}


def test_one_class_gets_its_label_from_a_label_map_of_one_label(tmp_path: Path) -> None:
    golden.write_binary(tmp_path)
    rust = LabelMap(name="m", rules={"Rost": LabelRule(type=DamageType.RUST)}, annotates=frozenset({DamageType.RUST}))
    assert {shape.type for photo in read(tmp_path, rust).photos for shape in photo.shapes} == {DamageType.RUST}


def test_values_without_a_table_are_labels(pair: Callable[..., Path]) -> None:
    folder = pair(golden.drawn())
    assert MASKS.labels(folder) == {"1", "2"}
    rules = {"1": LabelRule(type=DamageType.DENT), "2": LabelRule(type=None, dropped="not ours")}
    reading = read(folder, LabelMap(name="m", rules=rules, annotates=frozenset({DamageType.DENT})))
    assert types(reading) == {"1": 2}
    assert reading.dropped == {"2": 1}


def test_colours_without_a_table_are_labels(pair: Callable[..., Path]) -> None:
    colours = np.array([[0, 0, 0], [255, 0, 0], [0, 128, 255]], dtype=np.uint8)
    assert MASKS.labels(pair(colours[golden.drawn()])) == {"#ff0000", "#0080ff"}


def test_void_of_palette_masks_is_no_class(pair: Callable[..., Path]) -> None:
    values = golden.drawn()
    values[0, :] = 255
    folder = pair(values)
    picture = Image.fromarray(values)
    picture.putpalette(golden.VOC_PALETTE)
    picture.save(folder / "masks" / "a.png")
    assert MASKS.labels(folder) == {"1", "2"}
    (folder / "classes.txt").write_text("background\ndent\nscratch\n")
    assert read(folder).problems == ()


def test_a_lossy_mask_is_cut_at_half(pair: Callable[..., Path]) -> None:
    values = np.where(golden.drawn() == 1, 255, 0).astype(np.uint8)
    folder = pair(values, "masks/a.jpg")
    (photo,) = read(folder).photos
    assert [shape.type for shape in photo.shapes] == [None, None]
    masks = [shape.mask(Size(height=30, width=40)) for shape in photo.shapes]
    assert sum(mask.area for mask in masks if mask) == pytest.approx(np.count_nonzero(values), rel=0.1)


def test_a_value_that_the_table_does_not_know_is_told(pair: Callable[..., Path]) -> None:
    values = golden.drawn()
    values[28, 0] = 9
    folder = pair(values)
    (folder / "classes.txt").write_text("dent\nscratch\n")
    reading = read(folder)
    assert types(reading) == {"dent": 2, "scratch": 1}
    assert codes(reading) == [ProblemCode.CATEGORY_UNKNOWN]
    assert "classes.txt does not know 9" in reading.problems[0].what
    assert reading.problems[0].place == "masks/a.png"
    assert reading.photos[0].annotated == frozenset()


@pytest.mark.parametrize(
    ("name", "text", "by_colour", "classes"),
    [
        ("classes.txt", "dent\nscratch", False, {1: "dent", 2: "scratch"}),
        ("classes.txt", "_background_\ndent", False, {0: None, 1: "dent"}),
        ("labels.txt", "0: background\n4: paint chip\n", False, {0: None, 4: "paint chip"}),
        ("labelmap.txt", "# label:color_rgb:parts:actions\na:b:1,2,3::", True, {0x010203: "a:b"}),
        ("labelmap.txt", "background:::\ndent:1,2,3::\nscratch:::", True, {0x010203: "dent"}),
        (
            "labelmap.txt",
            "# label:color_rgb:parts:actions\nbackground:::\ndent:::\nscratch:::\n",
            True,
            {0: None, 0x800000: "dent", 0x008000: "scratch"},
        ),
        ("class_dict.csv", "name,r,g,b\ndent,1,0,0", True, {0x010000: "dent"}),
        ("_classes.csv", "Pixel Value, Class\n0, background\n1, dent", False, {0: None, 1: "dent"}),
    ],
)
def test_tables_of_classes(
    name: str, text: str, *, by_colour: bool, classes: dict[int, str | None], tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    table = read_table(tmp_path / name)
    assert (table.by_colour, table.classes) == (by_colour, classes)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("classes.txt", "", "names no class"),
        ("classes.txt", "background", "names no class"),
        ("labelmap.txt", "dent:1,2::", "is no  label"),
        ("labelmap.txt", "# label:color_rgb:parts:actions\ndent", "is no  label"),
        ("labelmap.txt", "dent:1,2,300::", "0..255"),
        ("class_dict.csv", "a,b\n1,2", "should name the columns"),
        ("class_dict.csv", "name,r,g,b\ndent,1", "lacks a number"),
        ("_classes.csv", "value,class\nx,dent", "lacks a number"),
    ],
)
def test_a_broken_table_is_told_in_a_sentence(pair: Callable[..., Path], name: str, text: str, why: str) -> None:
    folder = pair(golden.drawn())
    (folder / name).write_text(text)
    with pytest.raises(MaskTableError, match=why):
        read_table(folder / name)
    with pytest.raises(AnnotationError, match=name):
        read(folder)


def test_masks_and_photos_that_do_not_pair_are_told(pair: Callable[..., Path]) -> None:
    folder = pair(golden.drawn())
    save(golden.drawn(), folder / "masks" / "nowhere.png")
    write_photo(folder / "images" / "twice.jpg", seed=4)
    write_photo(folder / "images" / "twice.png", seed=5)
    save(golden.drawn(), folder / "masks" / "twice.png")
    reading = read(folder, LabelMap(name="m", rules={}, annotates=frozenset(DamageType), passes=True))
    assert {(problem.code, problem.place) for problem in reading.problems} == {
        (ProblemCode.PHOTO_MISSING, "masks/nowhere.png"),
        (ProblemCode.PHOTO_AMBIGUOUS, "masks/twice.png"),
    }


def test_a_mask_of_another_size_is_scaled_when_its_shape_agrees(pair: Callable[..., Path]) -> None:
    folder = pair(golden.drawn(), width=80, height=60)
    (folder / "classes.txt").write_text("dent\nscratch\n")
    boxes = {shape.box.xyxy for photo in read(folder).photos for shape in photo.shapes}
    assert (6, 4, 24, 16) in boxes


def test_a_mask_of_another_shape_is_told(pair: Callable[..., Path]) -> None:
    reading = read(pair(golden.drawn(height=30, width=60)))
    assert codes(reading) == [ProblemCode.SIZE_MISMATCH]
    assert reading.photos[0].annotated == frozenset()


def test_a_mask_of_the_stored_photo_is_turned_with_it(pair: Callable[..., Path]) -> None:
    folder = pair(golden.drawn(), orientation=6)
    (folder / "classes.txt").write_text("dent\nscratch\n")
    (photo,) = read(folder).photos
    assert photo.file.size == Size(height=40, width=30)
    assert (22, 3, 28, 12) in {shape.box.xyxy for shape in photo.shapes}


def test_noise_and_photos_are_no_masks(pair: Callable[..., Path]) -> None:
    noise = (np.indices((200, 400)).sum(axis=0) % 2).astype(np.uint8)
    noise[::2] = 0
    folder = pair(noise, width=400, height=200)
    reading = read(folder)
    assert codes(reading) == [ProblemCode.SHAPE_UNSUPPORTED]
    assert str(noise.sum()) in reading.problems[0].what
    assert noise.sum() > MOST_PIECES
    colours = np.random.default_rng(1).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    assert MASKS.detect(pair(colours)) == 0
    reading = read(pair(colours, width=40, height=30))
    assert codes(reading) == [ProblemCode.FILE_UNREADABLE]
    assert "1200 colours" in reading.problems[0].what


def test_a_file_that_is_no_picture_is_told(pair: Callable[..., Path]) -> None:
    folder = pair(golden.drawn())
    (folder / "masks" / "a.png").write_bytes(b"no picture")
    assert MASKS.detect(folder) == 0
    reading = read(folder)
    assert codes(reading) == [ProblemCode.FILE_UNREADABLE]
    assert reading.photos[0].annotated == frozenset()


def test_a_folder_of_photos_alone_is_none_of_masks(photo_folder: Path, tmp_path: Path) -> None:
    assert MASKS.detect(photo_folder) == 0
    write_photo(tmp_path / "car.jpg")
    write_photo(tmp_path / "car_mask.jpg", seed=2)
    assert MASKS.detect(tmp_path) == 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "LA", "RGB", "RGBA"])
def test_kinds_of_pictures_say_the_same(mode: str, tmp_path: Path) -> None:
    drawn = golden.drawn()
    picture = Image.fromarray(drawn * 255 if mode == "1" else drawn)
    if mode == "I;16":
        picture = Image.fromarray(drawn.astype(np.uint16))
    elif mode != "L":
        picture = picture.convert(mode)
    if mode == "P":
        picture = Image.fromarray(drawn)
        picture.putpalette(golden.VOC_PALETTE)
    picture.save(tmp_path / "a.png")
    found = read_mask_picture(tmp_path / "a.png")
    assert not found.is_colour
    assert np.array_equal(found.indices() > 0, drawn > 0)
    assert found.size == Size(height=30, width=40)


def test_the_first_channel_counts_where_others_are_empty(tmp_path: Path) -> None:
    pixels = np.zeros((30, 40, 3), dtype=np.uint8)
    pixels[..., 0] = golden.drawn()
    save(pixels, tmp_path / "a.png")
    assert np.array_equal(read_mask_picture(tmp_path / "a.png").indices(), golden.drawn())
    pixels[0, 0] = (1, 2, 3)
    save(pixels, tmp_path / "a.png")
    with pytest.raises(MaskPictureError, match="has colours"):
        read_mask_picture(tmp_path / "a.png").indices()


def test_labels_become_folders_whatever_they_hold(photo_folder: Path, tmp_path: Path) -> None:
    box = Box(x_min=1, y_min=2, x_max=9, y_max=12)
    labels = ["Kratzer/Beule", "..", "50%", "con:"]
    shapes = tuple(DamageShape(type=None, box=box, label=label) for label in labels)
    one = sample_of(photo_folder / "a.jpg", *shapes, split=Split.VAL)
    write_samples(MASKS, tmp_path, photo_folder, one, source_labels=True)
    assert MASKS.labels(tmp_path) == set(labels)
    assert {path.parent.parent for path in tmp_path.rglob("*.png")} == {tmp_path / "val" / "masks"}
