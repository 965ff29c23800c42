import hashlib
from pathlib import Path

import pytest

from coachwork.storage.photo_store import PhotoLost, PhotoStore, PhotoStoreError

DATA = b"a photo's bytes"
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(str(tmp_path / "photos"))


def test_what_is_put_comes_back_and_is_there_once(store: PhotoStore, tmp_path: Path) -> None:
    store.put("t", SHA, DATA)
    store.put("t", SHA, DATA)
    assert store.get("t", SHA) == DATA
    assert [path.name for path in (tmp_path / "photos").rglob("*") if path.is_file()] == [SHA]


def test_tenants_do_not_share_photos(store: PhotoStore) -> None:
    store.put("one", SHA, DATA)
    with pytest.raises(PhotoLost, match="restore"):
        store.get("other", SHA)


def test_a_damaged_photo_is_told_and_not_given(store: PhotoStore, tmp_path: Path) -> None:
    store.put("t", SHA, DATA)
    next(path for path in (tmp_path / "photos").rglob(SHA)).write_bytes(b"A photo's bytes")
    with pytest.raises(PhotoLost, match="damaged"):
        store.get("t", SHA)


def test_a_half_written_photo_is_written_again(store: PhotoStore, tmp_path: Path) -> None:
    place = tmp_path / "photos" / "t" / SHA[:2] / SHA
    place.parent.mkdir(parents=True)
    place.write_bytes(DATA[:3])
    store.put("t", SHA, DATA)
    assert store.get("t", SHA) == DATA


def test_dropping_is_final_and_may_be_repeated(store: PhotoStore) -> None:
    store.put("t", SHA, DATA)
    store.drop("t", SHA)
    store.drop("t", SHA)
    with pytest.raises(PhotoLost):
        store.get("t", SHA)


def test_a_full_disk_keeps_nothing_and_says_so(
    store: PhotoStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(PhotoStoreError, match=r"No space left.*send it again"):
        store.put("t", SHA, DATA)
    assert not [path for path in (tmp_path / "photos").rglob("*") if path.is_file()]


def test_a_place_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PhotoStoreError):
        PhotoStore(str(tmp_path / "file" / "photos"))


def test_it_answers_as_long_as_it_can_be_written(store: PhotoStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store.answers()

    def refused(*_args: object, **_options: object) -> None:
        raise PermissionError

    monkeypatch.setattr(store._files, "pipe_file", refused)
    assert not store.answers()


class _Gone(Exception):
    """As stores' libraries raise them: no OSError."""


@pytest.mark.parametrize("gone", [_Gone("no route to the bucket"), TimeoutError(), OSError(5, "Input/output error")])
def test_a_store_that_does_not_answer_is_told_whatever_its_library_raises(
    store: PhotoStore, monkeypatch: pytest.MonkeyPatch, gone: Exception
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise gone

    for name in ("cat_file", "exists", "rm_file", "pipe_file"):
        monkeypatch.setattr(store._files, name, broken)
    for call in (store.get, store.holds, store.drop):
        with pytest.raises(PhotoStoreError, match="try again later") as told:
            call("t", SHA)
        assert not isinstance(told.value, PhotoLost)
    assert not store.answers()
