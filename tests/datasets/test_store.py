import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.datasets.head import DatasetMoved
from coachwork.datasets.place import DatasetError
from coachwork.datasets.store import DatasetStore, Draft
from coachwork.datasets.version import Version
from coachwork.errors import MissingExtra
from tests.datasets.conftest import Fill, make_sample, make_shape, make_version

Photos = Callable[[Version], dict[str, Path]]


def test_an_empty_store_has_no_datasets(store: DatasetStore) -> None:
    assert (store.names(), store.versions(), store.head("d"), store.history("d")) == ((), (), None, ())
    with pytest.raises(DatasetError, match="coachwork import"):
        store.resolve("d")


def test_a_version_is_read_as_it_was_written(store: DatasetStore, fill: Fill) -> None:
    made = fill(store, "d", make_version(make_sample("one", shapes=(make_shape(),)), make_sample("two")))
    again = store.version(store.resolve("d"))
    assert (again.digest, again.lines, again.manifest) == (made.digest, made.lines, made.manifest)
    assert (again.sources, again.rule, again.parents) == (made.sources, made.rule, ())
    assert store.names() == ("d",)
    for sample in again.samples:
        stored = store.photo(sample)
        assert hashlib.sha256(stored.files.read(stored.name)).hexdigest() == sample.sha256


def test_the_same_input_gives_the_same_version(store: DatasetStore, fill: Fill) -> None:
    first, second = (fill(store, name, make_version(make_sample("one"))) for name in ("a", "b"))
    assert first.digest == second.digest
    assert store.versions() == (first.digest,)


def test_what_changes_nothing_makes_no_version(store: DatasetStore, fill: Fill) -> None:
    version = make_version(make_sample("one"))
    assert fill(store, "d", version).digest == fill(store, "d", version).digest
    assert [head.number for head in store.history("d")] == [1]


def test_what_changes_nothing_brings_back_photos_that_went(tmp_path: Path, fill: Fill) -> None:
    store, version = DatasetStore(tmp_path / "store"), make_version(make_sample("one"))
    fill(store, "d", version)
    photo = tmp_path / "store" / "objects" / version.samples[0].photo
    photo.unlink()
    fill(store, "d", version)
    assert photo.read_bytes() == b"one"
    assert len(store.history("d")) == 1


def test_a_change_has_the_version_before_as_parent(store: DatasetStore, fill: Fill) -> None:
    first = fill(store, "d", make_version(make_sample("one")))
    second = fill(store, "d", make_version(make_sample("one"), make_sample("two")))
    assert second.parents == (first.digest,)
    assert [head.version for head in store.history("d")] == [first.digest, second.digest]
    assert len(store.version(first.digest).samples) == 1


def test_photos_are_kept_once_for_all_datasets(store: DatasetStore, fill: Fill, photos: Photos) -> None:
    version = make_version(make_sample("one"), make_sample("two"))
    fill(store, "a", version)
    told: list[tuple[int, int]] = []
    store.write(Draft(version=version, photos={}), copied=lambda done, total: told.append((done, total)))
    assert told == []
    wider = make_version(*version.samples, make_sample("three"))
    store.write(Draft(version=wider, photos=photos(wider)), copied=lambda done, total: told.append((done, total)))
    assert told == [(1, 1)]


def test_photos_go_from_store_to_store(store: DatasetStore, fill: Fill, tmp_path: Path) -> None:
    version = fill(store, "d", make_version(make_sample("one")))
    other = DatasetStore(tmp_path / "other")
    (sample,) = version.samples
    other.write(Draft(version=version, photos={sample.sha256: store.photo(sample)}))
    assert (tmp_path / "other" / "objects" / sample.photo).read_bytes() == b"one"


def test_versions_are_found_by_tag_and_by_first_digits(store: DatasetStore, fill: Fill) -> None:
    first = fill(store, "d", make_version(make_sample("one")))
    head = store.head("d")
    store.move("d", first.digest, after=head, how="tag", tags={"spring": first.digest})
    second = fill(store, "d", make_version(make_sample("two")))
    assert store.resolve("d", "spring") == first.digest
    assert store.resolve("d", first.digest[:8].upper()) == first.digest
    assert store.resolve("d") == second.digest
    for unknown in ("autumn", first.digest[:3]):
        with pytest.raises(DatasetError, match="no such tag or version"):
            store.resolve("d", unknown)


def test_of_two_who_move_a_head_one_wins(store: DatasetStore, fill: Fill) -> None:
    version = fill(store, "d", make_version(make_sample("one")))
    head = store.head("d")
    store.move("d", version.digest, after=head, how="first")
    with pytest.raises(DatasetMoved, match="run the command again"):
        store.move("d", version.digest, after=head, how="second")
    assert [entry.how for entry in store.history("d")] == ["test", "first"]


def test_a_change_that_comes_second_is_made_again(store: DatasetStore, fill: Fill, photos: Photos) -> None:
    fill(store, "d", make_version(make_sample("one")))
    seen = []

    def make(current: Version | None) -> Draft:
        assert current is not None
        seen.append(len(current.samples))
        if len(seen) == 1:
            fill(store, "d", make_version(make_sample("one"), make_sample("two")))
        version = make_version(*current.samples, make_sample("mine"), parents=(current.digest,))
        return Draft(version=version, photos=photos(version))

    made = store.change("d", make, how="test")
    assert seen == [1, 2]
    assert {sample.name for sample in made.samples} == {"one.jpg", "two.jpg", "mine.jpg"}


def test_a_photo_that_changed_is_refused_and_the_dataset_stays(store: DatasetStore, fill: Fill, photos: Photos) -> None:
    before = fill(store, "d", make_version(make_sample("one")))
    version = make_version(make_sample("two"))
    files = photos(version)
    files[version.samples[0].sha256].write_bytes(b"other")
    with pytest.raises(DatasetError, match="no longer what it was"):
        store.change("d", lambda _: Draft(version=version, photos=files), how="test")
    with pytest.raises(DatasetError, match="is nowhere"):
        store.change("d", lambda _: Draft(version=version, photos={}), how="test")
    assert store.resolve("d") == before.digest


def test_notes_lie_beside_the_version_and_outside_its_digest(store: DatasetStore, fill: Fill) -> None:
    first = fill(store, "a", make_version(make_sample("one")), problems=["x"])
    second = fill(store, "b", make_version(make_sample("one")))
    assert first.digest == second.digest
    assert store.note(first.digest, "problems.json") == ["x"]
    assert store.note(first.digest, "nothing.json") is None


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("manifest.json", b"{}", "manifest of version .* was changed"),
        ("samples.jsonl", b"", "samples.jsonl of version .* was changed"),
    ],
)
def test_a_version_that_was_changed_is_refused(
    store: DatasetStore, fill: Fill, name: str, content: bytes, why: str
) -> None:
    version = fill(store, "d", make_version(make_sample("one")))
    store.files.put(f"objects/versions/{version.digest}/{name}", content)
    with pytest.raises(DatasetError, match=why):
        store.version(version.digest)


def test_a_broken_head_says_how_to_go_back(store: DatasetStore, fill: Fill) -> None:
    fill(store, "d", make_version(make_sample("one")))
    store.files.put("d/head/00000002.json", b"{")
    with pytest.raises(DatasetError, match="delete the file"):
        store.head("d")


@pytest.mark.parametrize("name", ["", "objects", "../up", "a b", ".hidden", "x" * 101])
def test_names_that_no_store_can_hold_are_refused(store: DatasetStore, fill: Fill, name: str) -> None:
    with pytest.raises(DatasetError, match="cannot be a name"):
        fill(store, name, make_version(make_sample("one")))


def test_a_store_that_needs_an_extra_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gcsfs", None)
    with pytest.raises(MissingExtra, match=r"coachwork\[gcp\]"):
        DatasetStore("gs://bucket/sets")


def test_a_url_of_no_known_kind_is_refused() -> None:
    with pytest.raises(DatasetError, match="no known kind"):
        DatasetStore("nothing://bucket/sets")


def test_bytes_on_disk_are_no_hard_links_of_the_originals(tmp_path: Path, fill: Fill, photos: Photos) -> None:
    version = make_version(make_sample("one"))
    fill(DatasetStore(tmp_path / "store"), "d", version)
    original = photos(version)[version.samples[0].sha256]
    assert original.stat().st_nlink == 1


def test_nothing_is_left_half_written(tmp_path: Path, fill: Fill) -> None:
    fill(DatasetStore(tmp_path / "store"), "d", make_version(make_sample("one")))
    assert list((tmp_path / "store").rglob("*.partial")) == []


def test_a_place_that_fsspec_refuses_is_one_sentence() -> None:
    with pytest.raises(DatasetError, match="use a folder, s3:// or gs://"):
        DatasetStore("ftp://host/sets")
    with pytest.raises(DatasetError, match="is of no known kind"):
        DatasetStore("nothing://host/sets")
