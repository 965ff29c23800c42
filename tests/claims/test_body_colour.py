"""The paint on photos: told apart only where no light explains it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.claims.body_colour import BodyColour, are_apart, body_colour, colour_signals
from coachwork.claims.checking import check_photos
from coachwork.claims.claim_files import Loss
from coachwork.claims.fraud_signals import Check, Strength
from coachwork.detections import Detections
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.taxonomy import CarPart

SIZE = Size(height=120, width=160)
PAINTS = {
    "red": (170, 20, 25),
    "blue": (20, 40, 150),
    "green": (20, 110, 40),
    "white": (225, 225, 222),
    "black": (45, 45, 46),
}


def parts(*kinds: CarPart, score: float = 0.9) -> Detections:
    """Each kind over the middle of the photo."""
    full = np.zeros((SIZE.height, SIZE.width), dtype=np.bool_)
    full[30:90, 40:120] = True
    count = len(kinds)
    return Detections(
        boxes=np.tile(np.array([40, 30, 120, 90], dtype=np.float32), (count, 1)),
        labels=np.array([list(CarPart).index(kind) for kind in kinds], dtype=np.int64),
        scores=np.full(count, score, dtype=np.float32),
        masks=tuple(Mask.from_full(full) for _ in kinds),
        size=SIZE,
        types=tuple(CarPart),
    )


def car(paint: str, light: float = 1.0) -> BodyColour:
    """A patch of paint before a yellow wall, the brighter the more light."""
    pixels = np.full((SIZE.height, SIZE.width, 3), (220, 200, 40), dtype=np.uint8)
    pixels[30:90, 40:120] = np.clip(np.array(PAINTS[paint]) * light, 0, 255).astype(np.uint8)
    found = body_colour(f"{paint}.jpg", pixels, parts(CarPart.FRONT_LEFT_DOOR))
    assert found is not None
    return found


def test_without_painted_parts_no_colour_is_told() -> None:
    pixels = np.full((SIZE.height, SIZE.width, 3), 90, dtype=np.uint8)
    for found in (parts(), parts(CarPart.WHEEL, CarPart.WINDSCREEN), parts(CarPart.BONNET, score=0.3)):
        assert body_colour("a.jpg", pixels, found) is None
    assert list(colour_signals([])) == []
    assert list(colour_signals([car("red")])) == []


def test_what_is_not_lit_has_no_colour() -> None:
    for value in (0, 255):
        pixels = np.full((SIZE.height, SIZE.width, 3), value, dtype=np.uint8)
        assert body_colour("a.jpg", pixels, parts(CarPart.BONNET)) is None


@pytest.mark.parametrize("paint", ["red", "blue", "green"])
def test_a_colour_is_named_and_stays_itself_in_other_light(paint: str) -> None:
    assert car(paint).words == paint
    assert not are_apart(car(paint), car(paint, light=0.7))
    assert not are_apart(car(paint), car(paint, light=1.3))
    assert are_apart(car(paint), car("white"))
    assert not are_apart(car("white"), car("black"))


def test_cars_of_two_colours_are_one_weak_sign() -> None:
    colours = [car("red"), car("red"), car("blue"), car("white")]
    check = check_photos([], claim="", loss=Loss(), colours=colours)
    assert Check.COLOUR in check.findings.checks
    (sign,) = check.findings.signals
    assert sign.strength is Strength.WEAK
    assert "car" in sign.sentence
    assert not list(colour_signals([car("red"), car("red", light=0.8)]))


@given(st.floats(0, 60), st.floats(0, 360), st.floats(0, 60), st.floats(0, 360))
def test_being_apart_has_no_order(chroma: float, hue: float, other: float, turned: float) -> None:
    one = BodyColour(name="", chroma=chroma, hue=hue, share=0.5)
    two = BodyColour(name="", chroma=other, hue=turned, share=0.5)
    assert are_apart(one, two) == are_apart(two, one)
    assert not are_apart(one, one)
