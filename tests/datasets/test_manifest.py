import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachwork.datasets.manifest import DatasetError, Source, photo_place, read_dataset, shape_counts, write_dataset
from coachwork.datasets.sample import Attribution, DamageShape, Sample, Split
from coachwork.datasets.sample_lines import sample_from_line, sample_to_line
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import polygons_box
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, Severity

BAD_SOURCES = json.dumps(
    {
        "schema": "coachwork.dataset/1",
        "digest": hashlib.sha256(b"").hexdigest(),
        "sources": [{"title": 1, "colour": 2}],
        "name": "d",
        "created": "",
    }
)
FRAME = Size(height=20, width=30)
SOURCE = Source(name="set", title="A set", licence="CC BY 4.0", attribution="us", weights_may_ship=True)


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


def photo(folder: Path, content: bytes, name: str = "a.jpg", split: Split = Split.TRAIN) -> tuple[Sample, Path]:
    digest = hashlib.sha256(content).hexdigest()
    path = folder / f"{digest[:6]}-{name}"
    path.write_bytes(content)
    sample = Sample(
        photo=photo_place(digest, ".jpg"),
        sha256=digest,
        size=FRAME,
        source="set",
        name=name,
        split=split,
        cluster="c",
        annotated=frozenset(),
    )
    return sample, path


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(names=st.lists(st.text(max_size=6), min_size=1, max_size=4, unique=True))
def test_a_dataset_is_read_as_it_was_written(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("dataset")
    pairs = [photo(folder, f"photo {name}".encode(errors="replace"), name) for name in names]
    made = write_dataset(
        folder / "d",
        name="d",
        sources=[SOURCE],
        samples=[sample for sample, _ in pairs],
        photos={sample.sha256: path for sample, path in pairs},
    )
    again = read_dataset(folder / "d")
    assert again.digest == made.digest
    assert [sample.name for sample in again.samples] == names
    assert again.sources == (SOURCE,)
    for sample in again.samples:
        assert hashlib.sha256(again.photo_path(sample).read_bytes()).hexdigest() == sample.sha256


def test_the_digest_is_that_of_the_content_not_of_the_time(tmp_path: Path) -> None:
    sample, path = photo(tmp_path, b"one")
    digests = [
        write_dataset(
            tmp_path / name, name=name, sources=[SOURCE], samples=[sample], photos={sample.sha256: path}
        ).digest
        for name in ("d", "e")
    ]
    assert digests[0] == digests[1]


def test_an_existing_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "keep.txt").write_text("mine")
    with pytest.raises(DatasetError, match="exists already"):
        write_dataset(tmp_path / "d", name="d", sources=[], samples=[], photos={})
    assert (tmp_path / "d" / "keep.txt").read_text() == "mine"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    sample, path = photo(tmp_path, b"one")
    path.write_bytes(b"changed since it was read")
    with pytest.raises(DatasetError, match="changed"):
        write_dataset(tmp_path / "d", name="d", sources=[SOURCE], samples=[sample], photos={sample.sha256: path})
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


_WRITE = """
import sys
from pathlib import Path
from coachwork.datasets.manifest import Source, write_dataset
from coachwork.datasets.sample_lines import sample_from_line
folder, lines, pipe, known = sys.argv[1:]
samples = [sample_from_line(line) for line in Path(lines).read_text().splitlines()]
photos = {sample.sha256: Path(pipe) for sample in samples} | {samples[0].sha256: Path(known)}
write_dataset(Path(folder), name="d", sources=[Source(name="set")], samples=samples, photos=photos, replace=True)
"""


@pytest.mark.parametrize("exists", [False, True])
def test_a_killed_import_leaves_the_dataset_as_it_was(tmp_path: Path, *, exists: bool) -> None:
    """The second photo is a pipe that nobody writes to: the process hangs amid its work, and is killed."""
    folder, pipe, lines = tmp_path / "d", tmp_path / "pipe", tmp_path / "lines"
    (first, known), (second, _) = photo(tmp_path, b"one"), photo(tmp_path, b"two", "b.jpg")
    if exists:
        write_dataset(folder, name="d", sources=[SOURCE], samples=[first], photos={first.sha256: known})
    os.mkfifo(pipe)
    lines.write_text("\n".join(map(sample_to_line, (first, second))))
    arguments = [sys.executable, "-c", _WRITE, *map(str, (folder, lines, pipe, known))]
    with subprocess.Popen(arguments) as process:  # noqa: S603
        writer = os.open(pipe, os.O_WRONLY)  # waits until the process has come to the pipe
        process.kill()
        os.close(writer)
    assert folder.exists() is exists
    if exists:
        assert [sample.name for sample in read_dataset(folder).samples] == ["a.jpg"]


def test_replacing_keeps_photos_that_are_there(tmp_path: Path) -> None:
    first, path = photo(tmp_path, b"one")
    write_dataset(tmp_path / "d", name="d", sources=[SOURCE], samples=[first], photos={first.sha256: path})
    path.unlink()
    second, other = photo(tmp_path, b"two", "b.jpg")
    dataset = write_dataset(
        tmp_path / "d",
        name="d",
        sources=[SOURCE],
        samples=[first, second],
        photos={second.sha256: other},
        replace=True,
    )
    assert [dataset.photo_path(sample).read_bytes() for sample in dataset.samples] == [b"one", b"two"]


def test_a_write_cut_off_between_samples_and_manifest_is_still_a_dataset(tmp_path: Path) -> None:
    first, path = photo(tmp_path, b"one")
    folder = tmp_path / "d"
    write_dataset(folder, name="d", sources=[SOURCE], samples=[first], photos={first.sha256: path})
    before = (folder / "manifest.json").read_bytes()
    second, other = photo(tmp_path, b"two", "b.jpg")
    write_dataset(
        folder, name="d", sources=[SOURCE], samples=[first, second], photos={second.sha256: other}, replace=True
    )
    (folder / "manifest.json").rename(folder / "manifest.next.json")
    (folder / "manifest.json").write_bytes(before)
    assert len(read_dataset(folder).samples) == 2


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("manifest.json", "{", "cannot be read"),
        ("manifest.json", "[]", "schema"),
        ("manifest.json", '{"schema": "coachwork.dataset/1"}', "changed since"),
        ("samples.jsonl", '{"photo": 1}\n', "changed since"),
        ("manifest.json", BAD_SOURCES, "broken sources"),
    ],
)
def test_a_broken_dataset_says_what_is_wrong(tmp_path: Path, file: str, content: str, why: str) -> None:
    sample, path = photo(tmp_path, b"one")
    folder = tmp_path / "d"
    write_dataset(folder, name="d", sources=[SOURCE], samples=[sample], photos={sample.sha256: path})
    (folder / file).write_text(content)
    if content == BAD_SOURCES:
        (folder / "samples.jsonl").write_bytes(b"")
    with pytest.raises(DatasetError, match=why):
        read_dataset(folder)


def test_a_missing_dataset_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="coachwork import"):
        read_dataset(tmp_path / "nothing")


@pytest.mark.parametrize("path", ["/etc/passwd", "../other.jpg", "photos\\a.jpg"])
def test_a_photo_outside_the_dataset_is_refused(tmp_path: Path, path: str) -> None:
    sample, _ = photo(tmp_path, b"one")
    record = json.loads(sample_to_line(sample)) | {"photo": path}
    with pytest.raises(ValueError, match="leaves the dataset"):
        sample_from_line(json.dumps(record))


def test_shapes_are_counted_by_type(tmp_path: Path) -> None:
    sample, _ = photo(tmp_path, b"one")
    box = Box(x_min=0, y_min=0, x_max=1, y_max=1)
    unknown = DamageShape(type=None, box=box)
    scratch = DamageShape(type=DamageType.SCRATCH, box=box)
    fields = {name: getattr(sample, name) for name in Sample.__slots__} | {"shapes": (unknown, scratch, scratch)}
    assert shape_counts([Sample(**fields)]) == {"scratch": 2, "damage": 1}
