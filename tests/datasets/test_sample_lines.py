import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.datasets.counts import counts_of, shape_counts
from coachwork.datasets.sample import Attribution, DamageShape, Sample, Split
from coachwork.datasets.sample_lines import sample_from_line, sample_to_line
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import polygons_box
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, Severity
from tests.datasets.conftest import make_sample, make_shape

FRAME = Size(height=20, width=30)


def polygons() -> st.SearchStrategy[np.ndarray]:
    corner = st.tuples(st.floats(0, 9), st.floats(0, 9))
    spread = np.array([[0.0, 0.0], [10.0, 0.0], [5.0, 10.0]])
    return corner.map(lambda at: spread + np.array(at))


@st.composite
def shapes(draw: st.DrawFn) -> DamageShape:
    kind = draw(st.none() | st.sampled_from(DamageType))
    severity = draw(st.none() | st.sampled_from(Severity))
    form = draw(st.sampled_from(["box", "polygons", "rle", "rotated"]))
    crowd, label = draw(st.booleans()), draw(st.text(max_size=5))
    if form == "rotated":
        turned = RotatedBox(x=9, y=9, width=draw(st.floats(1, 5)), height=2, angle=draw(st.floats(-179, 179)))
        attributes = draw(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2))
        return DamageShape(type=kind, box=turned.box, rotated=turned, attributes=attributes, crowd=crowd, label=label)
    if form == "polygons":
        parts = tuple(draw(st.lists(polygons(), min_size=1, max_size=2)))
        return DamageShape(
            type=kind, box=polygons_box(parts), polygons=parts, severity=severity, crowd=crowd, label=label
        )
    if form == "rle":
        seed = draw(st.integers(0, 1000))
        full = np.random.default_rng(seed).random((FRAME.height, FRAME.width)) > 0.5
        mask = Mask.from_full(full)
        return DamageShape(type=kind, box=mask.box, rle=mask, severity=severity, crowd=crowd, label=label)
    x, y = draw(st.floats(0, 10)), draw(st.floats(0, 10))
    return DamageShape(
        type=kind, box=Box(x_min=x, y_min=y, x_max=x + 1, y_max=y + 2), severity=severity, crowd=crowd, label=label
    )


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    return Sample(
        photo="photos/ab/ab.jpg",
        sha256="ab",
        size=FRAME,
        source="set",
        name=draw(st.text(max_size=8)),
        split=draw(st.sampled_from(Split)),
        cluster="c",
        annotated=frozenset(draw(st.sets(st.sampled_from(DamageType)))),
        shapes=tuple(draw(st.lists(shapes(), max_size=3))),
        fingerprint=draw(st.none() | st.integers(0, 2**64 - 1)),
        tags=tuple(draw(st.lists(st.text(max_size=5), max_size=2))),
        attribution=draw(st.none() | st.builds(Attribution, licence=st.text(max_size=5), author=st.text(max_size=5))),
    )


@settings(max_examples=40)
@given(samples())
def test_a_sample_survives_its_line(sample: Sample) -> None:
    again = sample_from_line(sample_to_line(sample))
    assert sample_to_line(again) == sample_to_line(sample)
    assert (again.name, again.annotated, again.fingerprint) == (sample.name, sample.annotated, sample.fingerprint)
    assert (again.tags, again.attribution) == (sample.tags, sample.attribution)
    for shape, other in zip(sample.shapes, again.shapes, strict=True):
        assert (shape.rotated, shape.attributes) == (other.rotated, other.attributes)
        assert (shape.type, shape.box, shape.severity, shape.crowd) == (
            other.type,
            other.box,
            other.severity,
            other.crowd,
        )
        assert all(map(np.array_equal, shape.polygons, other.polygons))
        assert shape.rle == other.rle


@pytest.mark.parametrize("path", ["/etc/passwd", "../other.jpg", "photos\\a.jpg"])
def test_a_photo_outside_the_dataset_is_refused(path: str) -> None:
    record = json.loads(sample_to_line(make_sample("one"))) | {"photo": path}
    with pytest.raises(ValueError, match="leaves the dataset"):
        sample_from_line(json.dumps(record))


def test_no_samples_are_counted_too() -> None:
    assert shape_counts([]) == {}
    assert counts_of([])["splits"] == {"train": 0, "val": 0, "test": 0}


def test_shapes_are_counted_by_type() -> None:
    shapes = (make_shape(kind=None), make_shape(kind=DamageType.SCRATCH), make_shape(kind=DamageType.SCRATCH))
    assert shape_counts([make_sample("one", shapes=shapes)]) == {"scratch": 2, "damage": 1}
