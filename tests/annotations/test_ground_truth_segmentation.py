from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from coachwork.annotations.contract import Reading
from coachwork.annotations.problems import ProblemCode
from coachwork.taxonomy import DamageType
from tests.annotations.golden import ground_truth_segmentation as golden_masks
from tests.annotations.golden.ground_truth import VERIFIED
from tests.annotations.golden.ground_truth_segmentation import COLOURS, colour_map, painted
from tests.annotations.ground_truth_lines import line, manifest, read_folder
from tests.annotations.photo_files import write_photo

Codes = Callable[[Reading], list[ProblemCode]]

EVERYTHING = frozenset(DamageType)


def masked(folder: Path, picture: Image.Image, meta: dict[str, Any] | None = None, **more: Any) -> Reading:
    """Reads a segmentation of one photo."""
    write_photo(folder / "a.jpg", seed=0)
    picture.save(folder / "mask.png")
    said = colour_map("dent", "scratch") if meta is None else meta
    text = manifest(line(damage_ref="s3://bucket/job/mask.png", damage_ref_metadata=said, **more))
    (folder / "output.manifest").write_text(text)
    return read_folder(folder)


def test_connected_pixels_of_a_class_are_an_instance(tmp_path: Path) -> None:
    golden_masks.write_masks(tmp_path)
    reading = read_folder(tmp_path)
    assert reading.problems == ()
    damaged, clean = reading.photos
    assert sorted((shape.label, shape.box.xyxy) for shape in damaged.shapes) == [
        ("dent", (3, 2, 12, 8)),
        ("dent", (30, 20, 36, 25)),
        ("scratch", (5, 15, 25, 17)),
    ]
    assert {shape.attributes["confidence"] for shape in damaged.shapes} == {"0.0"}
    assert (clean.shapes, clean.annotated) == ((), EVERYTHING)


def test_a_mask_may_be_colours_a_palette_or_class_numbers(tmp_path: Path) -> None:
    colour = Image.fromarray(painted())
    numbers = np.zeros((30, 40), dtype=np.uint8)
    for index, one in enumerate(COLOURS.values()):
        numbers[(painted() == one).all(axis=2)] = index
    palette = Image.fromarray(numbers).convert("P")
    palette.putpalette([value for one in COLOURS.values() for value in one])
    transparent = np.dstack([painted(), np.where(numbers == 0, 0, 255).astype(np.uint8)])
    found = []
    for index, picture in enumerate((colour, palette, Image.fromarray(numbers), Image.fromarray(transparent))):
        reading = masked(tmp_path / str(index), picture)
        assert reading.problems == ()
        found.append([(shape.label, shape.box, shape.rle) for shape in reading.photos[0].shapes])
    assert all(one == found[0] for one in found)
    assert len(found[0]) == 3


def test_a_colour_of_no_class_is_told(tmp_path: Path, codes: Codes) -> None:
    reading = masked(tmp_path, Image.fromarray(painted()), colour_map("dent"))
    assert codes(reading) == [ProblemCode.CATEGORY_UNKNOWN]
    assert "0xf28333" in reading.problems[0].what
    assert [shape.label for shape in reading.photos[0].shapes] == ["dent", "dent"]
    assert reading.photos[0].annotated == frozenset()


@pytest.mark.parametrize(
    ("meta", "code"),
    [
        ({"internal-color-map": 3}, ProblemCode.WRONG_TYPE),
        ({"internal-color-map": {"0": {"class-name": "dent", "hex-color": "#12"}}}, ProblemCode.NUMBER_BAD),
        ({"internal-color-map": {"0": {"class-name": "dent", "hex-color": "#gggggg"}}}, ProblemCode.NUMBER_BAD),
        ({"internal-color-map": {"x": {"class-name": "dent"}}}, ProblemCode.NUMBER_BAD),
        ({"internal-color-map": {"0": {}}}, ProblemCode.WRONG_TYPE),
    ],
)
def test_a_broken_colour_map_is_told(tmp_path: Path, codes: Codes, meta: dict[str, Any], code: ProblemCode) -> None:
    reading = masked(tmp_path, Image.fromarray(painted()), colour_map() | meta)
    assert codes(reading)[0] == code
    assert reading.photos[0].annotated == frozenset()


def test_a_mask_that_is_not_there_or_broken_is_told(tmp_path: Path, codes: Codes) -> None:
    masked(tmp_path, Image.fromarray(painted()))
    (tmp_path / "mask.png").write_bytes((tmp_path / "mask.png").read_bytes()[:60])
    broken = read_folder(tmp_path)
    assert codes(broken) == [ProblemCode.PHOTO_UNREADABLE]
    (tmp_path / "mask.png").unlink()
    missing = read_folder(tmp_path)
    assert codes(missing) == [ProblemCode.PHOTO_MISSING]
    assert "mask.png" in missing.problems[0].what
    for reading in (broken, missing):
        assert (reading.photos[0].shapes, reading.photos[0].annotated) == ((), frozenset())


def test_a_mask_of_another_shape_is_no_mask_of_the_photo(tmp_path: Path, codes: Codes) -> None:
    reading = masked(tmp_path, Image.fromarray(painted()[:, :30]))
    assert codes(reading) == [ProblemCode.SIZE_MISMATCH]
    assert reading.photos[0].shapes == ()


def test_rejected_segmentation_counts_for_nothing(tmp_path: Path, codes: Codes) -> None:
    verified = {"verify_damage_ref": "1", "verify_damage_ref_metadata": VERIFIED | {"class-name": "bad"}}
    assert codes(masked(tmp_path, Image.fromarray(painted()), None, **verified)) == [ProblemCode.REJECTED]
