"""What a format holds is read again as it was written, for every format that is written."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachwork.annotations.contract import AnnotatedPhoto, Format, Holding
from coachwork.annotations.export import Export, export_of, unique_names
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.photo_lookup import PhotoLookup, split_of
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import polygons_box
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, Severity, identity_label_map
from tests.annotations.samples import sample_of, write_samples

FRAME = Size(height=30, width=40)
WRITTEN = [fmt for fmt in FORMATS.values() if fmt.write is not None]
WHOLE_PIXELS = frozenset({"voc"})
"""Formats whose coordinates are whole pixels."""


@st.composite
def polygons(draw: st.DrawFn) -> np.ndarray:
    """Outlines inside the frame with corners on quarters of pixels: a triangle, moved and stretched."""
    x, y = draw(st.integers(0, 80)) / 4, draw(st.integers(0, 60)) / 4
    width, height = draw(st.integers(16, 60)) / 4, draw(st.integers(16, 50)) / 4
    return np.array([[x, y], [x + width, y], [x + width / 2, y + height]])


def forms_of(fmt: Format) -> list[str]:
    known = {
        "box": Holding.BOXES,
        "rotated": Holding.ROTATED_BOXES,
        "outline": Holding.OUTLINES,
        "parts": Holding.PARTS,
        "pixels": Holding.PIXELS,
    }
    return [form for form, holding in known.items() if holding in fmt.holds]


@st.composite
def shapes(draw: st.DrawFn, fmt: Format) -> DamageShape:
    """A shape that says no more than the format holds."""
    form = draw(st.sampled_from(forms_of(fmt)))
    kind = draw(st.none() | st.sampled_from(DamageType))
    severity = draw(st.none() | st.sampled_from(Severity)) if Holding.SEVERITY in fmt.holds else None
    crowd = Holding.CROWDS in fmt.holds and form != "rotated" and draw(st.booleans())
    names, texts = st.sampled_from(["side", "paint job"]), st.sampled_from(["left", "a < b & c", "ü"])
    attributes = draw(st.dictionaries(names, texts, max_size=2)) if Holding.ATTRIBUTES in fmt.holds else {}
    facts: dict[str, Any] = {"type": kind, "severity": severity, "crowd": crowd, "attributes": attributes}
    if form in {"outline", "parts"}:
        parts = tuple(draw(st.lists(polygons(), min_size=1, max_size=3 if form == "parts" else 1)))
        return DamageShape(box=polygons_box(parts), polygons=parts, **facts)
    if form == "pixels":
        full = np.random.default_rng(draw(st.integers(0, 99))).random((FRAME.height, FRAME.width)) > 0.7
        mask = Mask.from_full(full)
        return DamageShape(box=mask.box, rle=mask, **facts)
    step = 1 if fmt.name in WHOLE_PIXELS else 4
    x, y = draw(st.integers(0, 20 * step)) / step, draw(st.integers(0, 15 * step)) / step
    width, height = draw(st.integers(1, 20 * step)) / step, draw(st.integers(1, 15 * step)) / step
    if form == "rotated":
        angle = draw(st.integers(-17, 17).filter(bool)) * 10
        turned = RotatedBox(x=20, y=15, width=1 + width / 4, height=1 + height / 4, angle=angle)
        return DamageShape(box=turned.box, rotated=turned, **facts)
    return DamageShape(box=Box(x_min=x, y_min=y, x_max=x + width, y_max=y + height), **facts)


@st.composite
def pieces(draw: st.DrawFn) -> list[DamageShape]:
    """Damages that do not touch, each of one piece: all that a format of pixels without instances can tell apart."""
    found = []
    for cell in draw(st.sets(st.integers(0, 5), max_size=4)):
        full = np.zeros((FRAME.height, FRAME.width), dtype=np.bool_)
        y, x = cell // 3 * 15, cell % 3 * 13
        height, width = draw(st.integers(1, 13)), draw(st.integers(1, 11))
        full[y : y + height, x : x + width] = True
        full[y, x + 1 : x + width] = draw(st.booleans())
        mask = Mask.from_full(full)
        found.append(DamageShape(type=draw(st.none() | st.sampled_from(DamageType)), box=mask.box, rle=mask))
    return found


def read_again(fmt: Format, folder: Path) -> Iterator[tuple[AnnotatedPhoto, PhotoLookup]]:
    """All photos of a folder that is recognised as the format; without a problem."""
    for file in recognise(folder):
        assert file.format is fmt
        place = file.path if file.path.is_dir() else file.path.parent
        split = split_of(Path(folder.name) / file.path.relative_to(folder))
        lookup = PhotoLookup(place, root=folder, split=split)
        reading = fmt.read(file.path, lookup, identity_label_map())
        assert reading.problems == ()
        for photo in reading.photos:
            yield photo, lookup


def assert_same(first: DamageShape, second: DamageShape) -> None:
    assert (first.type, first.severity, first.crowd) == (second.type, second.severity, second.crowd)
    assert first.attributes == second.attributes
    assert second.box.xyxy == pytest.approx(first.box.xyxy, abs=1e-3)
    assert len(first.polygons) == len(second.polygons)
    for before, after in zip(first.polygons, second.polygons, strict=True):
        assert np.allclose(before, after, atol=1e-3)
    assert first.rle == second.rle
    assert (first.rotated is None) == (second.rotated is None)
    if first.rotated is not None and second.rotated is not None:
        assert np.allclose(first.rotated.corners, second.rotated.corners, atol=1e-2)


def _order(shape: DamageShape) -> tuple[Any, ...]:
    """Some formats keep shapes of one photo in another order."""
    facts = (str(shape.type), str(shape.severity), shape.crowd, sorted(shape.attributes.items()), shape.has_mask)
    return (*facts, *(round(edge, 2) for edge in shape.box.xyxy), str(shape.polygons))


@pytest.mark.parametrize("fmt", WRITTEN, ids=lambda fmt: fmt.name)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_written_is_read_again(
    fmt: Format, data: st.DataObject, photo_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    splits = [Split.TRAIN, Split.VAL, Split.TEST] if Holding.SPLITS in fmt.holds else [Split.TRAIN] * 3
    drawn = (
        st.lists(shapes(fmt), max_size=3) if Holding.INSTANCES in fmt.holds or forms_of(fmt) != ["pixels"] else pieces()
    )
    samples = [
        sample_of(photo_folder / name, *data.draw(drawn), split=split)
        for name, split in zip(("a.jpg", "b.jpg", "c.jpg"), splits, strict=True)
    ]
    folder = write_samples(fmt, tmp_path_factory.mktemp("export") / "out", photo_folder, *samples)
    found = {photo.file.sha256: photo for photo, _ in read_again(fmt, folder)}
    assert found.keys() == {one.sha256 for one in samples}
    for one in samples:
        photo = found[one.sha256]
        if Holding.SPLITS in fmt.holds:
            assert photo.split is one.split
        assert photo.annotated == one.annotated or (not one.shapes and Holding.UNLABELLED in fmt.holds)
        for before, after in zip(sorted(one.shapes, key=_order), sorted(photo.shapes, key=_order), strict=True):
            assert_same(before, after)


@pytest.mark.parametrize("fmt", WRITTEN, ids=lambda fmt: fmt.name)
def test_nothing_can_be_written(fmt: Format, tmp_path: Path) -> None:
    write_samples(fmt, tmp_path / "out", tmp_path)


@pytest.mark.parametrize("fmt", WRITTEN, ids=lambda fmt: fmt.name)
def test_photos_of_one_name_are_told_apart(fmt: Format, photo_folder: Path, tmp_path: Path) -> None:
    box = Box(x_min=1, y_min=2, x_max=9, y_max=12)
    first = sample_of(photo_folder / "a.jpg", DamageShape(type=DamageType.DENT, box=box), name="deep/same.jpg")
    second = sample_of(photo_folder / "b.jpg", DamageShape(type=DamageType.RUST, box=box), name="SAME.JPG")
    folder = write_samples(fmt, tmp_path / "out", photo_folder, first, second)
    found = {photo.file.sha256: photo.shapes[0].type for photo, _ in read_again(fmt, folder)}
    assert found == {first.sha256: DamageType.DENT, second.sha256: DamageType.RUST}


@pytest.mark.parametrize("fmt", WRITTEN, ids=lambda fmt: fmt.name)
def test_labels_of_the_source_can_be_kept(fmt: Format, photo_folder: Path, tmp_path: Path) -> None:
    box = Box(x_min=1, y_min=2, x_max=9, y_max=12)
    one = sample_of(photo_folder / "a.jpg", DamageShape(type=None, box=box, label="Beule groß"))
    assert fmt.write is not None
    fmt.write(export_of([one], tmp_path, lambda _: photo_folder / "a.jpg", source_labels=True))
    labels = set().union(*(file.format.labels(file.path) for file in recognise(tmp_path)))
    assert "Beule groß" in labels


def test_names_are_file_names_of_the_true_format() -> None:
    def named(name: str, photo: str) -> str:
        one = Sample(
            photo=photo,
            sha256="d",
            size=FRAME,
            source="s",
            name=name,
            split=Split.TRAIN,
            cluster="",
            annotated=frozenset(),
        )
        return unique_names([one])["d"]

    assert named("a/b.jpg", "x.jpg") == "b.jpg"
    assert named("b.JPEG", "x.jpg") == "b.JPEG"
    assert named("b.png", "x.jpg") == "b.jpg"
    assert named("c:\\car: 1?.jpg", "x.jpg") == "car_ 1_.jpg"
    assert named("", "x.webp") == "photo.webp"


def test_via_turns_run_lengths_into_outlines_of_the_same_pixels(photo_folder: Path, tmp_path: Path) -> None:
    full = np.zeros((FRAME.height, FRAME.width), dtype=np.bool_)
    full[3:12, 5:20] = True
    full[20:28, 30:38] = True
    mask = Mask.from_full(full)
    one = sample_of(photo_folder / "a.jpg", DamageShape(type=DamageType.RUST, box=mask.box, rle=mask))
    folder = write_samples(FORMATS["via"], tmp_path / "out", photo_folder, one)
    ((photo, _),) = read_again(FORMATS["via"], folder)
    found = photo.shapes[0].mask(FRAME)
    assert found is not None
    assert np.count_nonzero(found.full() != full) <= 0.15 * full.sum()


def test_coco_lists_every_type_with_ids_from_1(photo_folder: Path, tmp_path: Path) -> None:
    folder = write_samples(FORMATS["coco"], tmp_path / "out", photo_folder, sample_of(photo_folder / "a.jpg"))
    categories = json.loads((folder / "train.coco.json").read_text())["categories"]
    assert [entry["id"] for entry in categories] == list(range(1, len(DamageType) + 2))
    assert {entry["name"] for entry in categories} == {*DamageType, "damage"}


def test_a_photo_is_copied_where_it_cannot_be_linked(
    photo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("os.link", refuse)
    one = sample_of(photo_folder / "a.jpg")
    export: Export = export_of([one], tmp_path, lambda _: photo_folder / "a.jpg")
    placed = export.place_photo(one, "deep/a.jpg")
    assert placed.read_bytes() == (photo_folder / "a.jpg").read_bytes()
    shutil.rmtree(tmp_path)
