import dataclasses
import io
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from coachwork.evaluation.crops import crop_pair, crop_places, cut
from coachwork.evaluation.pairs import Pair
from coachwork.geometry.box import Box, box_intersections
from coachwork.geometry.size import Size
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import DamageType

DENT = DamageType.DENT


def photo_of(pixels: Any, size: Size) -> Photo:
    """A real photo from PNG bytes, put into the wanted frame."""
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return dataclasses.replace(read_photo(written.getvalue(), name="p.png"), size=size)


def shared(first: Box, second: Box) -> float:
    return float(box_intersections(np.array([first.xyxy]), np.array([second.xyxy]))[0, 0])


corners = st.tuples(st.integers(0, 100), st.integers(0, 80), st.integers(4, 60), st.integers(4, 60))


@given(corners=st.lists(corners, min_size=1, max_size=3), seed=st.integers(0, 5))
def test_one_crop_holds_damage_and_the_other_keeps_away(
    made: Any, corners: list[tuple[int, int, int, int]], seed: int
) -> None:
    boxes = [(x, y, min(x + w, 120), min(y + h, 100)) for x, y, w, h in corners]
    sample = made.sample("a", [made.rectangle(box, DENT) for box in boxes])
    places = crop_places(sample, seed=seed)
    assume(places is not None)
    assert places is not None
    frame = Box(x_min=0, y_min=0, x_max=120, y_max=100)
    for place in (places.damaged, places.undamaged):
        assert shared(place, frame) == place.area, "crops lie inside the photo"
        assert 0.34 <= place.width / 120 <= 0.61
        assert 0.34 <= place.height / 100 <= 0.61
    assert (places.damaged.width, places.damaged.height) == (places.undamaged.width, places.undamaged.height)
    near = [shared(places.undamaged, shape.box) for shape in sample.shapes]
    assert near == [0] * len(boxes)
    assert any(
        shared(places.damaged, shape.box)
        >= 0.99 * min(shape.box.width, places.damaged.width) * min(shape.box.height, places.damaged.height)
        for shape in sample.shapes
    ), "as much of a shape as a crop of this size can hold"


def test_the_draw_is_seeded(made: Any) -> None:
    sample = made.sample("abc", [made.rectangle((5, 5, 25, 25), DENT)])
    assert crop_places(sample, seed=3) == crop_places(sample, seed=3)
    assert crop_places(sample, seed=3) != crop_places(sample, seed=4)


def test_no_damage_or_no_room_gives_no_crops(made: Any) -> None:
    assert crop_places(made.sample("a", [])) is None
    assert crop_places(made.sample("b", [made.rectangle((0, 0, 120, 100), DENT)])) is None


def test_pixels_are_those_of_the_place_also_in_reduced_photos(made: Any) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (50, 60, 3), dtype=np.uint8)
    photo = photo_of(pixels, made.frame)
    place = Box(x_min=20, y_min=40, x_max=80, y_max=90)
    crop = cut(photo, place)
    assert crop.size == Size(height=50, width=60)
    np.testing.assert_array_equal(crop.pixels, pixels[20:45, 10:40])
    sample = made.sample("c", [made.rectangle((5, 5, 25, 25), DENT)])
    pair = crop_pair(sample, photo)
    assert pair is not None
    assert pair.damaged.size == pair.undamaged.size
    assert len({photo.sha256, pair.damaged.sha256, pair.undamaged.sha256}) == 3


def test_most_real_photos_have_room_for_a_pair(claims_pairs: tuple[Pair, ...]) -> None:
    damaged = [pair.sample for pair in claims_pairs if pair.sample.shapes]
    placed = [place for place in map(crop_places, damaged) if place is not None]
    assert len(placed) >= 0.5 * len(damaged)
