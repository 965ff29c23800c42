import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from coachwork.annotations.contract import Reading
from coachwork.annotations.formats import recognise
from coachwork.annotations.label_map_pbtxt import LabelMapError, label_map_text, read_label_map
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.annotations.tf_example import Key, decode_example, encode_example, framed, read_records
from coachwork.annotations.tfrecord import TFRECORD, fits_tfrecord
from coachwork.datasets.sample import DamageShape, Split
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.reading import read_photo
from coachwork.taxonomy import DamageType, identity_label_map
from tests.annotations.golden import tfrecord as golden
from tests.annotations.photo_files import write_photo
from tests.annotations.samples import sample_of, write_samples

FRAME = Size(height=30, width=40)


@pytest.fixture
def lookups() -> list[PhotoLookup]:
    """Lookups live as long as the test, because the photos lie with them."""
    return []


@pytest.fixture
def read(tmp_path: Path, lookups: list[PhotoLookup]) -> Callable[..., Reading]:
    """Reads one record of the golden's features with some changed, a label map beside it."""

    def read_one(changes: dict[Any, Any] | None = None, *, without: tuple[Key, ...] = (), **photo: int) -> Reading:
        example = golden.features(golden.photo_bytes(tmp_path, **photo)) | (changes or {})
        path = golden.save(
            tmp_path / "train.record", {key: value for key, value in example.items() if key not in without}
        )
        (tmp_path / "label_map.pbtxt").write_text(golden.LABEL_MAP)
        return read_file(path, lookups)

    return read_one


def read_file(path: Path, lookups: list[PhotoLookup]) -> Reading:
    lookups.append(PhotoLookup(path.parent))
    return TFRECORD.read(path, lookups[-1], identity_label_map())


def boxes(reading: Reading) -> dict[str, tuple[float, ...]]:
    return {
        str(shape.type): tuple(round(edge, 3) for edge in shape.box.xyxy)
        for photo in reading.photos
        for shape in photo.shapes
    }


def codes(reading: Reading) -> list[ProblemCode]:
    return [problem.code for problem in reading.problems]


def written(shapes: tuple[DamageShape, ...], photo: Path, folder: Path, name: str = "a.jpg") -> dict[str, Any]:
    """The features of one sample's record."""
    write_samples(TFRECORD, folder, photo.parent, sample_of(photo, *shapes, split=Split.VAL, name=name))
    with (folder / "val.record-00000-of-00001").open("rb") as file:
        (record,) = read_records(file)
    return decode_example(record)


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("train.record-00000-of-00010", True),
        ("Damage.tfrecord", True),
        ("a.tfrecords.gz", True),
        ("train-00003-of-00128", True),
        ("train.tfrecord-00000-of-00002.gz", True),
        ("record.json", False),
        ("recording.txt", False),
    ],
)
def test_names_of_record_files(name: str, fits: bool) -> None:  # noqa: FBT001
    assert fits_tfrecord(Path(name)) is fits


def test_boxes_are_shares_of_the_photos_sides(read: Callable[..., Reading]) -> None:
    reading = read()
    assert boxes(reading) == {"dent": (4, 3, 20, 15), "scratch": (20, 15, 40, 30)}
    assert reading.problems == ()
    assert reading.photos[0].name == "a.jpg"
    assert reading.photos[0].split is Split.TRAIN


def test_roboflows_layout_gives_splits_and_the_photos_inside(tmp_path: Path, lookups: list[PhotoLookup]) -> None:
    golden.write_roboflow(tmp_path)
    files = recognise(tmp_path)
    assert [file.path.parent.name for file in files] == ["train", "valid"]
    assert TFRECORD.labels(files[0].path) == {"dent", "scratch"}
    (photo,) = read_file(files[0].path, lookups).photos
    assert photo.file.path.read_bytes() == golden.photo_bytes(tmp_path, 0)


def test_masks_are_png_files_or_numbers(tmp_path: Path, lookups: list[PhotoLookup]) -> None:
    golden.write_sharded(tmp_path)
    (first,) = read_file(tmp_path / "coco_train.record-00000-of-00002", lookups).photos
    masks = [shape.mask(FRAME) for shape in first.shapes]
    assert [mask.area for mask in masks if mask] == [192, 300]
    assert [shape.crowd for shape in first.shapes] == [False, True]
    (tmp_path / "more").mkdir()
    golden.write_numerical_masks(tmp_path / "more")
    (second,) = read_file(tmp_path / "more" / "train.tfrecord.gz", lookups).photos
    assert [shape.box.xyxy for shape in second.shapes] == [(5, 5, 9, 9)] * 2
    assert [dict(shape.attributes) for shape in second.shapes] == [{"difficult": "true"}, {}]


def test_a_class_label_alone_is_looked_up_in_the_label_map(read: Callable[..., Reading]) -> None:
    assert set(boxes(read(without=(Key.CLASS_TEXT,)))) == {"dent", "scratch"}
    reading = read({Key.CLASS_LABEL: golden.integers(1, 7)}, without=(Key.CLASS_TEXT,))
    assert codes(reading) == [ProblemCode.CATEGORY_UNKNOWN]
    assert "class label 7" in reading.problems[0].what
    assert reading.photos[0].annotated == frozenset()


def test_class_text_and_label_that_disagree_are_told(read: Callable[..., Reading]) -> None:
    reading = read({Key.CLASS_LABEL: golden.integers(2, 2)})
    assert set(boxes(reading)) == {"dent", "scratch"}
    assert codes(reading) == [ProblemCode.CATEGORY_UNKNOWN]
    assert reading.problems[0].place == "record 0.image/object[0]"
    assert reading.problems[0].done == "the text counts"


def test_a_format_that_is_not_the_real_one_is_told(read: Callable[..., Reading]) -> None:
    reading = read({Key.FORMAT: [b"png"]})
    assert [problem.place for problem in reading.problems] == ["record 0.image/format"]
    assert len(reading.photos) == 1
    assert codes(read({Key.FORMAT: [b"jpg"]})) == []


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({Key.ENCODED: [b"no photo"]}, ProblemCode.PHOTO_UNREADABLE, "record 0.image/encoded"),
        ({Key.ENCODED: []}, ProblemCode.FIELD_MISSING, "record 0.image/encoded"),
        ({Key.X_MIN: golden.floats(0.1)}, ProblemCode.WRONG_TYPE, "record 0.image/object"),
        ({Key.CLASS_TEXT: [b"dent"]}, ProblemCode.WRONG_TYPE, "record 0.image/object"),
        ({Key.X_MIN: golden.integers(1, 2)}, ProblemCode.WRONG_TYPE, "record 0.image/object/bbox/xmin"),
        ({Key.X_MAX: golden.floats(20, 0.9)}, ProblemCode.NUMBER_BAD, "record 0.image/object[0]"),
        ({Key.X_MAX: golden.floats(float("nan"), 0.9)}, ProblemCode.NUMBER_BAD, "record 0.image/object[0]"),
        ({Key.X_MAX: golden.floats(0.05, 0.9)}, ProblemCode.NUMBER_BAD, "record 0.image/object[0]"),
        ({Key.HEIGHT: golden.integers(500)}, ProblemCode.SIZE_MISMATCH, "record 0.image/height"),
        ({Key.MASK: [b"x"]}, ProblemCode.WRONG_TYPE, "record 0.image/object/mask"),
        ({Key.MASK: [b"x", b""]}, ProblemCode.PHOTO_UNREADABLE, "record 0.image/object[0].mask"),
    ],
)
def test_wrong_keys_are_located(
    read: Callable[..., Reading], changes: dict[Any, Any], code: ProblemCode, place: str
) -> None:
    reading = read(changes)
    assert [(problem.code, problem.place) for problem in reading.problems] == [(code, place)]


def test_a_record_of_another_kind_is_told(read: Callable[..., Reading]) -> None:
    reading = read(without=(Key.ENCODED,))
    assert reading.photos == ()
    assert codes(reading) == [ProblemCode.FIELD_MISSING]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_lie_in_the_photo_as_it_is_stored(read: Callable[..., Reading], orientation: int) -> None:
    (photo,) = read(orientation=orientation).photos
    upright = photo.file.size
    expected = {
        1: (4, 3, 20, 15),
        2: (20, 3, 36, 15),
        3: (20, 15, 36, 27),
        4: (4, 15, 20, 27),
        5: (3, 4, 15, 20),
        6: (15, 4, 27, 20),
        7: (15, 20, 27, 36),
        8: (3, 20, 15, 36),
    }[orientation]
    assert upright == (FRAME if orientation < 5 else Size(height=40, width=30))
    assert photo.shapes[0].box.xyxy == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("cut", "photos"), [(10, 1), (-1, 1), (-300, 1)])
def test_a_truncated_shard_keeps_the_records_before(
    tmp_path: Path, lookups: list[PhotoLookup], cut: int, photos: int
) -> None:
    example = golden.features(golden.photo_bytes(tmp_path))
    record = framed(encode_example(example))
    path = tmp_path / "train.record-00000-of-00001"
    second = record[: len(record) + cut if cut < 0 else cut]
    path.write_bytes(record + second)
    reading = read_file(path, lookups)
    assert len(reading.photos) == photos
    assert codes(reading) == [ProblemCode.FILE_UNREADABLE]
    assert reading.problems[0].place == f"record 1 (byte {len(record)})"
    assert "cut off" in reading.problems[0].what


@pytest.mark.parametrize("byte", [3, 9, 100, -2])
def test_a_corrupt_check_is_a_located_problem(tmp_path: Path, lookups: list[PhotoLookup], byte: int) -> None:
    record = bytearray(framed(encode_example(golden.features(golden.photo_bytes(tmp_path)))))
    record[byte] ^= 1
    path = tmp_path / "train.record"
    path.write_bytes(record)
    assert TFRECORD.detect(path) >= 0.5
    reading = read_file(path, lookups)
    assert [(problem.code, problem.place) for problem in reading.problems] == [
        (ProblemCode.FILE_UNREADABLE, "record 0 (byte 0)")
    ]


def test_damaged_examples_in_whole_records_are_read_or_told(tmp_path: Path, lookups: list[PhotoLookup]) -> None:
    example = encode_example(golden.features(golden.photo_bytes(tmp_path)))
    told = 0
    for seed in range(150):
        rng = random.Random(seed)
        changed = bytearray(example)
        for _ in range(rng.choice((1, 1, 4))):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        path = tmp_path / "train.record"
        path.write_bytes(framed(bytes(changed)))
        TFRECORD.labels(path)
        reading = read_file(path, lookups)
        told += bool(reading.problems)
        for photo in reading.photos:
            for shape in photo.shapes:
                assert shape.box.clipped(photo.file.size) == shape.box
    assert told > 20


def test_the_standard_keys_are_written_and_agree(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg")
    box = Box(x_min=4, y_min=3, x_max=20, y_max=15)
    mask = Mask.from_full(np.eye(30, 40, dtype=np.bool_))
    shapes = (DamageShape(type=DamageType.SCRATCH, box=box), DamageShape(type=None, box=mask.box, rle=mask, crowd=True))
    found = written(shapes, photo, tmp_path / "out")
    assert found[Key.ENCODED] == [photo.read_bytes()]
    assert found[Key.FORMAT] == [b"jpeg"]
    assert found[Key.X_MIN].tolist() == pytest.approx([0.1, 0])
    assert found[Key.Y_MAX].tolist() == pytest.approx([0.5, 1])
    names = read_label_map(tmp_path / "out" / "label_map.pbtxt")
    assert [names[number] for number in found[Key.CLASS_LABEL].tolist()] == ["scratch", "damage"]
    assert [text.decode() for text in found[Key.CLASS_TEXT]] == ["scratch", "damage"]
    assert min(names) == 1
    assert found[Key.IS_CROWD].tolist() == [0, 1]
    assert len(found[Key.MASK]) == 2


@pytest.mark.parametrize(("name", "suffix"), [("a.png", b"png"), ("a.webp", b"jpeg")])
def test_the_encoded_format_is_the_real_one(tmp_path: Path, name: str, suffix: bytes) -> None:
    photo = write_photo(tmp_path / name)
    found = written((), photo, tmp_path / "out", name=name)
    assert found[Key.FORMAT] == [suffix]
    assert read_photo(found[Key.ENCODED][0], name="a").format.value.encode() == suffix
    assert found[Key.FILENAME] == [b"a.png" if suffix == b"png" else b"a.jpg"]
    assert found[Key.X_MIN].tolist() == []


def test_a_turned_photo_is_written_upright(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg", orientation=6)
    found = written((), photo, tmp_path / "out")
    (tmp_path / "inside.jpg").write_bytes(found[Key.ENCODED][0])
    with Image.open(tmp_path / "inside.jpg") as picture:
        assert picture.size == (30, 40)
        assert picture.getexif().get(0x0112, 1) == 1
    assert (found[Key.HEIGHT].tolist(), found[Key.WIDTH].tolist()) == ([40], [30])


def test_many_photos_fill_several_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachwork.annotations.tfrecord_writing.PHOTOS_A_SHARD", 1)
    samples = [sample_of(write_photo(tmp_path / f"{seed}.jpg", seed=seed)) for seed in range(3)]
    write_samples(TFRECORD, tmp_path / "out", tmp_path, *samples)
    names = sorted(path.name for path in (tmp_path / "out").glob("*.record*"))
    assert names == [f"train.record-0000{index}-of-00003" for index in range(3)]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("", {}),
        (golden.LABEL_MAP, {1: "dent", 2: "scratch"}),
        ("# a set\nitem: { id: 3 display_name: 'Beule # 1' }", {3: "Beule # 1"}),
        ("item < id: 1; name: 'it\\'s \\303\\274' keypoints { id: 9 label: 'x' } >", {1: "it's ü"}),
        ("item { name: '/m/01', id: -1 }", {-1: "/m/01"}),
    ],
)
def test_label_maps(text: str, labels: dict[int, str], tmp_path: Path) -> None:
    (tmp_path / "a.pbtxt").write_text(text)
    assert read_label_map(tmp_path / "a.pbtxt") == labels


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("item { id: 1 name: 'a'", "cut off"),
        ("item { id: 1 }", "item 1 needs"),
        ("item { name: 'a' id: x }", "item 1 needs"),
        ("item { id: 1 name: 'a' } item { id: 1 name: 'b' }", "the id 1 stands for"),
        ("item { 'a' }", "line 1"),
        ("\n&", "line 2"),
    ],
)
def test_a_broken_label_map_is_told(
    text: str, why: str, tmp_path: Path, read: Callable[..., Reading], lookups: list[PhotoLookup]
) -> None:
    read()
    (tmp_path / "label_map.pbtxt").write_text(text)
    with pytest.raises(LabelMapError, match=why):
        read_label_map(tmp_path / "label_map.pbtxt")
    reading = read_file(tmp_path / "train.record", lookups)
    assert codes(reading) == [ProblemCode.FILE_UNREADABLE]
    assert "label_map.pbtxt" in reading.problems[0].what
    assert set(boxes(reading)) == {"dent", "scratch"}


def test_every_label_comes_back_from_a_label_map(tmp_path: Path) -> None:
    labels = ["dent", "it's", 'say "a"', "back\\slash", "Beule groß", "a\nb", "# no comment"]
    (tmp_path / "a.pbtxt").write_text(label_map_text(labels), encoding="utf-8")
    assert list(read_label_map(tmp_path / "a.pbtxt").values()) == labels


def test_a_file_that_cannot_be_opened_is_one_error(tmp_path: Path, lookups: list[PhotoLookup]) -> None:
    with pytest.raises(AnnotationError, match="No such file"):
        read_file(tmp_path / "nowhere.record", lookups)
    assert TFRECORD.detect(tmp_path / "nowhere.record") == 0
