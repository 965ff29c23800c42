"""Reading number plates: what the network's output spells, what it is shown, and drawn plates from end to end."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from coachwork.inference.bundle import BundleError
from coachwork.inference.plate_reader import (
    CHARACTERS,
    READ_AT,
    PlateReader,
    read_out,
    reader_metrics,
    shipped_reader_folder,
    straightened,
)


def chances_of(path: str, sureness: float = 0.9) -> NDArray[np.float64]:
    """Chances in which each place of `path` (`-` for none) has a sureness."""
    chances = np.full((len(path), 1 + len(CHARACTERS)), (1 - sureness) / len(CHARACTERS))
    for row, letter in enumerate(path):
        chances[row, 0 if letter == "-" else CHARACTERS.index(letter) + 1] = sureness
    return chances


def drawn(text: str) -> NDArray[np.uint8]:
    """A white plate of 200 x 44 px on a grey photo, its upper left corner at (60, 40)."""
    picture = Image.new("RGB", (320, 130), (90, 95, 100))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 40, 259, 83), fill=(240, 240, 240), outline=(20, 20, 20), width=2)
    draw.text((160, 62), text, fill=(15, 15, 15), font=ImageFont.load_default(36), anchor="mm")
    return np.asarray(picture, dtype=np.uint8)


CORNERS = np.array([[60, 40], [260, 40], [260, 84], [60, 84]], dtype=np.float64)


def test_nothing_is_spelt_where_no_character_is() -> None:
    assert read_out(chances_of("-----")) is None


@pytest.mark.parametrize(
    ("path", "text"), [("--33-4--A", "34A"), ("3-3", "33"), ("33", "3"), ("Z", "Z"), ("-9-9-9", "999")]
)
def test_what_a_path_spells(path: str, text: str) -> None:
    found = read_out(chances_of(path))
    assert found is not None
    assert found.text == text
    assert found.sureness == pytest.approx(0.9)


def test_a_reading_is_as_sure_as_its_least_sure_character() -> None:
    chances = np.concatenate([chances_of("-3-", 0.95), chances_of("4", 0.5), chances_of("-A-", 0.99)])
    found = read_out(chances)
    assert found is not None
    assert found.text == "34A"
    assert found.sureness == pytest.approx(0.5)


@given(st.integers(20, 90), st.integers(8, 40), st.integers(0, 60), st.integers(0, 60))
def test_a_plate_is_straightened_wherever_it_lies(wide: int, high: int, x: int, y: int) -> None:
    pixels = np.zeros((80, 120, 3), dtype=np.uint8)
    corners = np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]], dtype=np.float64)
    line = straightened(pixels, corners)
    assert line.shape == (READ_AT.height, READ_AT.width)
    assert line.dtype == np.uint8


@pytest.mark.parametrize("text", ["34 KLM 57", "DL 8C 4410", "M AB 1234"])
def test_a_drawn_plate_is_read(text: str) -> None:
    found = PlateReader().read(drawn(text), CORNERS)
    assert found is not None
    assert found.text == text.replace(" ", "")
    assert found.sureness > 0.6


def test_a_plate_that_nobody_could_read_gives_none() -> None:
    assert PlateReader().read(drawn("34 KLM 57"), CORNERS / 6) is None


def test_plain_paint_is_not_read_surely() -> None:
    noise = np.random.default_rng(0).normal(120, 6, (130, 320, 3)).clip(0, 255).astype(np.uint8)
    found = PlateReader().read(noise, CORNERS)
    assert found is None or found.sureness < 0.6 or len(found.text) < 4


def test_the_card_tells_what_was_measured() -> None:
    metrics = reader_metrics()
    assert int(str(metrics["read_exactly"])) <= int(str(metrics["legible_plates"]))


@pytest.mark.parametrize("broken", ["schema", "sha256", "file", "missing"])
def test_a_broken_bundle_is_refused(tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(shipped_reader_folder(), folder)
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    if broken == "schema":
        card["schema"] = "coachwork.plates/1"
    elif broken == "missing":
        (folder / card["model"]["file"]).unlink()
    else:
        card["model"][broken] = "../model.onnx" if broken == "file" else "0" * 64
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(BundleError):
        PlateReader(folder)
