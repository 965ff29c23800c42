import os
import time
from pathlib import Path

from coachwork.storage.picture_cache import PictureCache

SHA, OTHER = "a" * 64, "b" * 64


def test_pictures_are_kept_by_tenant_photo_and_kind(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path)
    assert cache.get("t", SHA, "small") is None
    cache.put("t", SHA, "small", b"1")
    cache.put("t", SHA, "large", b"2")
    cache.put("t", OTHER, "small", b"3")
    assert [cache.get("t", SHA, kind) for kind in ("small", "large", "full")] == [b"1", b"2", None]
    assert cache.get("u", SHA, "small") is None
    cache.drop("t", SHA)
    assert cache.get("t", SHA, "large") is None
    assert cache.get("t", OTHER, "small") == b"3"
    cache.drop("t", SHA)


def test_what_is_too_much_or_too_old_goes_oldest_use_first(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path, most_bytes=25)
    for place, kind in enumerate(("one", "two", "three")):
        cache.put("t", SHA, kind, b"0123456789")
        file = next(tmp_path.glob(f"*/*/*/{kind}"))
        os.utime(file, (time.time() - 100 + place,) * 2)
    assert cache.get("t", SHA, "one") is not None  # is used now
    cache.tidy()
    assert cache.get("t", SHA, "two") is None
    assert cache.get("t", SHA, "three") is not None
    file = next(tmp_path.glob("*/*/*/three"))
    os.utime(file, (time.time() - 31 * 86400,) * 2)
    cache.tidy()
    assert cache.get("t", SHA, "three") is None


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("in the way")
    cache = PictureCache(tmp_path)
    cache.put("t", SHA, "small", b"1")
    assert cache.get("t", SHA, "small") is None
