import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.datasets.dataset import read_dataset, refuse_strange_folder, write_dataset
from coachwork.datasets.place import DatasetError
from coachwork.datasets.sample import Split
from coachwork.datasets.store import DatasetStore
from coachwork.datasets.version import Version
from tests.datasets.conftest import SOURCE, Fill, make_sample, make_version

Photos = Callable[[Version], dict[str, Path]]


def test_a_dataset_is_read_as_it_was_written(tmp_path: Path, photos: Photos) -> None:
    version = make_version(make_sample("one"), make_sample("two", split=Split.VAL))
    made = write_dataset(tmp_path / "d", sources=[SOURCE], samples=version.samples, photos=photos(version))
    again = read_dataset(tmp_path / "d")
    assert (again.digest, again.name, again.sources) == (made.digest, "d", (SOURCE,))
    assert [sample.name for sample in again.split(Split.VAL)] == ["two.jpg"]
    for sample in again.samples:
        assert hashlib.sha256(again.photo_path(sample).read_bytes()).hexdigest() == sample.sha256


def test_the_digest_is_that_of_the_content_not_of_time_or_name(tmp_path: Path, photos: Photos) -> None:
    version = make_version(make_sample("one"))
    places = (tmp_path / "a" / "d", tmp_path / "b" / "e")
    digests = {
        write_dataset(place, sources=[SOURCE], samples=version.samples, photos=photos(version)).digest
        for place in places
    }
    assert digests == {version.digest}


def test_a_version_is_read_by_its_place(tmp_path: Path, fill: Fill) -> None:
    store = DatasetStore(tmp_path)
    first = fill(store, "d", make_version(make_sample("one")))
    fill(store, "d", make_version(make_sample("two")))
    assert read_dataset(f"{tmp_path}/d@{first.digest[:10]}").digest == first.digest
    assert [sample.name for sample in read_dataset(tmp_path / "d").samples] == ["two.jpg"]


def test_an_existing_dataset_is_not_written_over(tmp_path: Path, fill: Fill) -> None:
    fill(DatasetStore(tmp_path), "d", make_version(make_sample("one")))
    with pytest.raises(DatasetError, match="exists already"):
        write_dataset(tmp_path / "d", sources=[], samples=[], photos={})


def test_what_is_no_dataset_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "keep.txt").write_text("mine")
    with pytest.raises(DatasetError, match="is no dataset"):
        write_dataset(tmp_path / "d", sources=[], samples=[], photos={})
    assert [entry.name for entry in tmp_path.rglob("*")] == ["d", "keep.txt"]


def test_a_failed_write_leaves_no_dataset(tmp_path: Path, photos: Photos) -> None:
    version = make_version(make_sample("one"))
    files = photos(version)
    files[version.samples[0].sha256].write_bytes(b"changed since it was read")
    with pytest.raises(DatasetError, match="no longer what it was"):
        write_dataset(tmp_path / "s" / "d", sources=[SOURCE], samples=version.samples, photos=files)
    assert DatasetStore(tmp_path / "s").names() == ()
    assert [path for path in (tmp_path / "s").rglob("*") if path.is_file()] == []


def test_a_missing_dataset_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="coachwork import"):
        read_dataset(tmp_path / "nothing")


def test_a_dataset_in_an_object_store_says_how_to_bring_it_here() -> None:
    with pytest.raises(DatasetError, match="dataset copy memory://bucket/d datasets/d"):
        read_dataset("memory://bucket/d")


def test_a_folder_of_an_earlier_coachwork_is_read_as_it_lies(folder: Path) -> None:
    dataset = read_dataset(folder)
    (sample,) = dataset.samples
    assert dataset.photo_path(sample).read_bytes() == b"one"
    assert dataset.digest == hashlib.sha256((folder / "samples.jsonl").read_bytes()).hexdigest()
    assert (dataset.name, dataset.sources[0].licence, len(sample.shapes)) == ("earlier", "CC0", 1)


def test_a_folder_of_an_earlier_coachwork_is_not_written_to(folder: Path) -> None:
    with pytest.raises(DatasetError, match="take it over with  coachwork dataset copy"):
        refuse_strange_folder(DatasetStore(folder.parent), "earlier")


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("manifest.json", "{", "cannot be read"),
        ("manifest.json", "[]", "cannot be read"),
        ("manifest.json", '{"schema": "coachwork.dataset/9"}', "not of the schema"),
        ("samples.jsonl", '{"photo": 1}\n', "changed since"),
    ],
)
def test_a_broken_folder_says_what_is_wrong(folder: Path, file: str, content: str, why: str) -> None:
    (folder / file).write_text(content)
    with pytest.raises(DatasetError, match=why):
        read_dataset(folder)
