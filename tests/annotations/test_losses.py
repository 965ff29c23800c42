from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coachwork.annotations.contract import Format, Holding, Reading
from coachwork.annotations.export import export_of
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.losses import Loss, losses_of
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.datasets.sample import Attribution, DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, Severity, identity_label_map

BOX = Box(x_min=1, y_min=2, x_max=9, y_max=12)
OUTLINE = np.array([[1.0, 2], [9, 2], [9, 12]])


@pytest.fixture
def fmt() -> Callable[..., Format]:
    def holding(*holds: Holding) -> Format:
        return Format(
            name="some",
            title="Some",
            fits=lambda _: True,
            detect=lambda _: 0.0,
            labels=lambda _: frozenset(),
            read=lambda *_: Reading(photos=()),
            holds=frozenset(holds),
        )

    return holding


def sample(*shapes: DamageShape, **facts: Any) -> Sample:
    one = Sample(
        photo="a.jpg",
        sha256="ab",
        size=Size(height=30, width=40),
        source="s",
        name="a.jpg",
        split=Split.TRAIN,
        cluster="",
        annotated=frozenset({DamageType.DENT}),
        shapes=shapes,
    )
    return replace(one, **facts)


def shape(**facts: Any) -> DamageShape:
    return DamageShape(type=DamageType.DENT, box=BOX, **facts)


def test_nothing_is_lost_of_nothing(fmt: Callable[..., Format]) -> None:
    assert losses_of([], fmt()) == ()
    assert losses_of([sample()], fmt()) == ()


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        (sample(shape()), Holding.BOXES),
        (sample(shape(polygons=(OUTLINE,))), Holding.OUTLINES),
        (sample(shape(polygons=(OUTLINE, OUTLINE + 3))), Holding.PARTS),
        (sample(shape(rle=Mask.from_full(np.eye(30, 40, dtype=np.bool_)))), Holding.PIXELS),
        (sample(shape(polygons=(OUTLINE,)), shape(polygons=(OUTLINE + 1,))), Holding.INSTANCES),
        (sample(shape(rotated=RotatedBox(x=5, y=5, width=4, height=2, angle=30))), Holding.ROTATED_BOXES),
        (sample(shape(crowd=True)), Holding.CROWDS),
        (sample(shape(severity=Severity.MINOR)), Holding.SEVERITY),
        (sample(shape(attributes={"side": "left"})), Holding.ATTRIBUTES),
        (sample(tags=("night",)), Holding.TAGS),
        (sample(annotated=frozenset()), Holding.UNLABELLED),
        (sample(split=Split.VAL), Holding.SPLITS),
        (sample(attribution=Attribution(licence="CC-BY-4.0", author="Ann")), Holding.ATTRIBUTION),
    ],
)
def test_each_holding_is_told_where_it_is_not_held(fmt: Callable[..., Format], said: Sample, lost: Holding) -> None:
    (loss,) = losses_of([said], fmt(*(set(Holding) - {lost})))
    assert (loss.holding, loss.photos, loss.shapes) == (lost, 1, len(said.shapes))
    assert losses_of([said], fmt(*Holding)) == ()


def test_shapes_and_photos_are_counted(fmt: Callable[..., Format]) -> None:
    severe, plain = shape(severity=Severity.SEVERE), shape()
    losses = losses_of(
        [sample(severe, severe, plain), sample(severe), sample(plain)], fmt(Holding.BOXES, Holding.INSTANCES)
    )
    assert losses == (Loss(holding=Holding.SEVERITY, shapes=3, photos=2, becomes="not written"),)
    assert str(losses[0]) == "severity: 3 shapes in 2 photos: not written"


def test_damages_that_do_not_touch_or_differ_in_type_are_told_apart_by_their_pixels(
    fmt: Callable[..., Format],
) -> None:
    known = fmt(*(set(Holding) - {Holding.INSTANCES}))
    rust = replace(shape(polygons=(OUTLINE,)), type=DamageType.RUST)
    assert losses_of([sample(shape(polygons=(OUTLINE,)), shape(polygons=(OUTLINE + 15,)), rust)], known) == ()
    split = [sample(shape(polygons=(OUTLINE, OUTLINE + 15)))]
    assert [loss.holding for loss in losses_of(split, known)] == [Holding.INSTANCES]


def test_what_remains_depends_on_what_the_format_does_hold(fmt: Callable[..., Format]) -> None:
    drawn = [sample(shape(polygons=(OUTLINE, OUTLINE + 3)))]
    assert losses_of(drawn, fmt(Holding.BOXES))[0].becomes == "the box alone is kept"
    turned_kept = losses_of(drawn, fmt(Holding.BOXES, Holding.ROTATED_BOXES))[0]
    assert turned_kept.becomes == "the smallest turned box around it is kept"
    assert losses_of(drawn, fmt(Holding.PIXELS))[0].becomes == "become pixels"
    assert "one damage" in losses_of(drawn, fmt(Holding.OUTLINES))[0].becomes


def test_what_becomes_of_turned_boxes_is_what_the_writers_make_of_them(
    photo_folder: Path, tmp_path: Path, photos: PhotoLookup
) -> None:
    turned = RotatedBox(x=20, y=15, width=20, height=4, angle=45)
    photo = photo_folder / "a.jpg"
    one = sample(DamageShape(type=DamageType.DENT, box=turned.box, rotated=turned), sha256=photos.open(photo).sha256)
    found = {}
    for name, fmt in FORMATS.items():
        if fmt.write is None or Holding.ROTATED_BOXES in fmt.holds:
            continue
        (tmp_path / name).mkdir()
        fmt.write(export_of([one], tmp_path / name, lambda _: photo))
        (file,) = recognise(tmp_path / name, name)
        lookup = PhotoLookup(file.path if file.path.is_dir() else file.path.parent, root=tmp_path / name)
        (shape,) = fmt.read(file.path, lookup, identity_label_map()).photos[0].shapes
        (loss,) = losses_of([one], fmt)
        found[name] = loss.becomes
        if Holding.BOXES in fmt.holds:
            assert loss.becomes == "become the upright boxes around them"
            assert not shape.has_mask
            assert shape.box.width == pytest.approx(turned.box.width, abs=2)
        else:
            assert loss.becomes == "become filled, turned rectangles"
            assert shape.rle is not None
            assert shape.rle.area == pytest.approx(80, abs=12)
    assert {"coco", "yolo", "yolo_darknet", "voc", "via", "masks", "ground_truth_segmentation"} <= found.keys()
