import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.datasets import pruning
from coachwork.datasets.checking import check_version
from coachwork.datasets.condemned import condemned
from coachwork.datasets.deriving import tag_dataset
from coachwork.datasets.files import LocalFiles
from coachwork.datasets.place import DatasetError
from coachwork.datasets.pruning import GRACE_S, prune, survey
from coachwork.datasets.store import DatasetStore, Draft
from coachwork.datasets.version import Version
from tests.datasets.conftest import Fill, make_sample, make_version

Photos = Callable[[Version], dict[str, Path]]

ONE, TWO, THREE = make_sample("one"), make_sample("two"), make_sample("three")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass for prune."""
    passed = [0.0]
    monkeypatch.setattr(pruning, "time", lambda: time.time() + passed[0])

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


def orphan(store: DatasetStore, photos: Photos) -> Version:
    """A version with its photos under no name, as a writer that was killed before its end leaves it."""
    version = make_version(ONE, TWO, THREE)
    store.write(Draft(version=version, photos=photos(version)))
    time.sleep(0.02)  # files of one moment count as written after it
    return version


def test_an_empty_store_has_nothing_to_prune(store: DatasetStore) -> None:
    assert survey(store).photos == prune(store).versions == ()
    assert condemned(store.files) == ()


def test_nothing_goes_that_a_history_a_tag_or_a_parent_reaches(store: DatasetStore, fill: Fill) -> None:
    first = fill(store, "a", make_version(ONE, TWO))
    second = fill(store, "a", make_version(TWO))
    fill(store, "b", make_version(THREE))
    for _ in range(2):
        found = prune(store, grace_s=0)
        assert (found.photos, found.versions, found.deleted_photos, found.deleted_versions) == ((), (), 0, 0)
    assert [check_version(store, digest) for digest in (first.digest, second.digest)] == [(), ()]


def test_what_a_killed_writer_left_is_condemned_and_goes_after_the_grace_period(
    store: DatasetStore, fill: Fill, photos: Photos, later: Callable[[float], None]
) -> None:
    kept = fill(store, "a", make_version(ONE))
    left = orphan(store, photos)
    found = survey(store)
    assert (set(found.photos), found.versions) == ({TWO.photo, THREE.photo}, (left.digest,))
    assert found.bytes == len(b"two") + len(b"three")
    assert condemned(store.files) == ()  # looking changes nothing

    first = prune(store)
    assert (len(first.photos), first.deleted_photos) == (2, 0)
    assert first.next_s is not None
    assert 0 < first.next_s <= GRACE_S
    assert prune(store).deleted_photos == 0
    assert len(condemned(store.files)) == 1  # what is condemned already is not condemned again

    later(GRACE_S + 1)
    last = prune(store)
    assert (last.photos, last.versions, last.deleted_photos, last.deleted_versions) == ((), (), 2, 1)
    assert store.versions() == (kept.digest,)
    assert check_version(store, kept.digest) == ()
    assert condemned(store.files) == ()


def test_without_grace_it_goes_at_once(store: DatasetStore, photos: Photos) -> None:
    orphan(store, photos)
    found = prune(store, grace_s=0)
    assert (found.deleted_photos, found.deleted_versions, found.photos) == (3, 1, ())
    assert store.versions() == ()


def test_a_writer_that_was_at_work_when_its_photos_were_condemned_keeps_them(
    store: DatasetStore, photos: Photos, later: Callable[[float], None]
) -> None:
    left = orphan(store, photos)
    prune(store)
    store.move("a", left.digest, after=None, how="test")
    later(GRACE_S + 1)
    assert prune(store).deleted_photos == 0
    assert check_version(store, left.digest) == ()


def test_a_writer_that_takes_up_condemned_photos_without_writing_them_keeps_them(
    store: DatasetStore, photos: Photos, later: Callable[[float], None]
) -> None:
    """Its head comes after the deletion, so only their age can save them."""
    left = orphan(store, photos)
    prune(store)
    time.sleep(0.02)
    version = make_version(ONE, TWO)
    store.write(Draft(version=version, photos={}))  # no origin: the photos that lie there must do
    later(GRACE_S + 1)
    assert prune(store).deleted_photos == 1
    store.move("a", version.digest, after=None, how="test")
    assert check_version(store, version.digest) == ()
    assert left.digest not in store.versions()


def test_a_condemned_version_that_is_tagged_meanwhile_stays(
    store: DatasetStore, fill: Fill, photos: Photos, later: Callable[[float], None]
) -> None:
    fill(store, "a", make_version(ONE))
    left = orphan(store, photos)
    prune(store)
    tag_dataset(store.place("a", left.digest[:8]), "back")
    later(GRACE_S + 1)
    assert prune(store).deleted_photos == 0
    assert check_version(store, store.resolve("a", "back")) == ()


def test_a_dataset_whose_folder_was_deleted_goes(tmp_path: Path, fill: Fill) -> None:
    store = DatasetStore(tmp_path / "store")
    fill(store, "a", make_version(ONE, TWO))
    kept = fill(store, "b", make_version(TWO))
    (tmp_path / "store/a/head/00000001.json").unlink()
    time.sleep(0.02)
    assert prune(store, grace_s=0).deleted_photos == 1
    assert check_version(store, kept.digest) == ()
    assert not (tmp_path / "store/objects" / ONE.photo).exists()


def test_half_written_files_go_when_they_are_old(tmp_path: Path, fill: Fill) -> None:
    store = DatasetStore(tmp_path / "store")
    fill(store, "a", make_version(ONE))
    folder = (tmp_path / "store/objects" / ONE.photo).parent
    old, fresh = folder / ".aa.partial", folder / ".bb.partial"
    for file in (old, fresh):
        file.write_bytes(b"half")
    os.utime(old, (1, 1))
    assert survey(store).remains == 1
    assert prune(store).remains == 1
    assert [old.exists(), fresh.exists()] == [False, True]


def test_a_store_whose_history_is_broken_is_left_alone(store: DatasetStore, fill: Fill, photos: Photos) -> None:
    fill(store, "a", make_version(ONE))
    left = orphan(store, photos)
    store.files.put("a/head/00000002.json", b"{")
    with pytest.raises(DatasetError, match="is broken"):
        prune(store, grace_s=0)
    assert left.digest in store.versions()


def test_a_version_that_cannot_be_read_stops_it(store: DatasetStore, fill: Fill, photos: Photos) -> None:
    kept = fill(store, "a", make_version(ONE))
    orphan(store, photos)
    store.files.put(f"objects/versions/{kept.digest}/samples.jsonl", b"")
    with pytest.raises(DatasetError, match="was changed"):
        prune(store, grace_s=0)
    assert not store.missing([ONE, TWO, THREE])


def test_a_broken_sheet_says_what_to_do(store: DatasetStore, fill: Fill) -> None:
    fill(store, "a", make_version(ONE))
    store.files.put("objects/condemned/00000001.json", b"[]")
    with pytest.raises(DatasetError, match="delete it"):
        prune(store)


def test_deleting_twice_is_no_error(tmp_path: Path) -> None:
    files = LocalFiles(str(tmp_path), tmp_path)
    files.put("a/b", b"x")
    files.delete("a/b")
    files.delete("a/b")
    files.refresh("a/b")
    assert files.length("a/b") == 0
