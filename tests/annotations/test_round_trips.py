import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.annotations.formats import FORMATS
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import polygons_box
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, Severity, identity_label_map

FRAME = Size(height=30, width=40)
WRITABLE = [name for name, fmt in FORMATS.items() if fmt.write is not None]


@st.composite
def polygons(draw: st.DrawFn) -> np.ndarray:
    """Outlines inside the frame with corners on quarters of pixels: a triangle, moved and stretched."""
    x, y = draw(st.integers(0, 80)) / 4, draw(st.integers(0, 60)) / 4
    width, height = draw(st.integers(16, 60)) / 4, draw(st.integers(16, 50)) / 4
    return np.array([[x, y], [x + width, y], [x + width / 2, y + height]])


@st.composite
def shapes(draw: st.DrawFn, forms: tuple[str, ...]) -> DamageShape:
    kind = draw(st.none() | st.sampled_from(DamageType))
    severity = draw(st.none() | st.sampled_from(Severity))
    crowd = draw(st.booleans())
    form = draw(st.sampled_from(forms))
    if form == "polygons":
        parts = tuple(draw(st.lists(polygons(), min_size=1, max_size=3)))
        return DamageShape(type=kind, box=polygons_box(parts), polygons=parts, severity=severity, crowd=crowd)
    if form == "rle":
        full = np.random.default_rng(draw(st.integers(0, 99))).random((FRAME.height, FRAME.width)) > 0.7
        mask = Mask.from_full(full)
        return DamageShape(type=kind, box=mask.box, rle=mask, severity=severity, crowd=crowd)
    x, y = draw(st.integers(0, 80)) / 4, draw(st.integers(0, 60)) / 4
    box = Box(x_min=x, y_min=y, x_max=x + draw(st.integers(1, 80)) / 4, y_max=y + draw(st.integers(1, 60)) / 4)
    return DamageShape(type=kind, box=box, severity=severity, crowd=crowd)


def sample(name: str, held: list[DamageShape]) -> Sample:
    return Sample(
        photo=name,
        sha256="",
        size=FRAME,
        source="coachwork",
        name=name,
        split=Split.TRAIN,
        cluster="",
        annotated=frozenset(DamageType),
        shapes=tuple(held),
    )


def assert_same(first: DamageShape, second: DamageShape) -> None:
    assert (first.type, first.severity, first.crowd) == (second.type, second.severity, second.crowd)
    assert first.box == second.box
    assert len(first.polygons) == len(second.polygons)
    assert all(map(np.array_equal, first.polygons, second.polygons))
    assert first.rle == second.rle


@pytest.mark.parametrize(("name", "forms"), [("coco", ("polygons", "rle", "box")), ("via", ("polygons", "box"))])
@settings(max_examples=25)
@given(data=st.data())
def test_what_is_written_is_read_again(
    name: str,
    forms: tuple[str, ...],
    data: st.DataObject,
    photos: PhotoLookup,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    held = {file: data.draw(st.lists(shapes(forms), max_size=3)) for file in ("a.jpg", "b.jpg")}
    path = tmp_path_factory.mktemp("written") / "annotations.json"
    write = FORMATS[name].write
    assert write is not None
    write([sample(file, some) for file, some in held.items()], path)
    assert FORMATS[name].detect(path) == 1.0
    reading = FORMATS[name].read(path, photos, identity_label_map())
    assert reading.problems == ()
    assert [photo.name for photo in reading.photos] == list(held)
    for photo in reading.photos:
        for before, after in zip(held[photo.name], photo.shapes, strict=True):
            assert_same(before, after)


def test_via_turns_run_lengths_into_outlines_of_the_same_pixels(photos: PhotoLookup, tmp_path: Path) -> None:
    full = np.zeros((FRAME.height, FRAME.width), dtype=np.bool_)
    full[3:12, 5:20] = True
    full[20:28, 30:38] = True
    mask = Mask.from_full(full)
    shape = DamageShape(type=DamageType.RUST, box=mask.box, rle=mask)
    write = FORMATS["via"].write
    assert write is not None
    write([sample("a.jpg", [shape])], tmp_path / "a.json")
    (photo,) = FORMATS["via"].read(tmp_path / "a.json", photos, identity_label_map()).photos
    (again,) = photo.shapes
    found = again.mask(FRAME)
    assert found is not None
    assert np.count_nonzero(found.full() != full) <= 0.15 * full.sum()


@pytest.mark.parametrize("name", WRITABLE)
def test_photos_that_share_a_name_are_not_written(name: str, tmp_path: Path) -> None:
    write = FORMATS[name].write
    assert write is not None
    with pytest.raises(ValueError, match=r"two samples are named 'a\.jpg'"):
        write([sample("a.jpg", []), sample("a.jpg", [])], tmp_path / "a.json")
    assert not list(tmp_path.iterdir())


def test_coco_lists_every_type_with_ids_from_1(tmp_path: Path) -> None:
    write = FORMATS["coco"].write
    assert write is not None
    write([], tmp_path / "a.json")
    categories = json.loads((tmp_path / "a.json").read_text())["categories"]
    assert [entry["id"] for entry in categories] == list(range(1, len(DamageType) + 2))
    assert {entry["name"] for entry in categories} == {*DamageType, "damage"}
