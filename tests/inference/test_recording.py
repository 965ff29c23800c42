import shutil
from pathlib import Path

import pytest

from coachwork.inference.assessing import Assessor
from coachwork.inference.recording import FiledPhoto, folder_photos, recorded

SAMPLES = Path(__file__).parents[2] / "src" / "coachwork" / "samples"


@pytest.fixture(scope="module")
def assessor() -> Assessor:
    return Assessor()


def test_no_photos_make_no_records(assessor: Assessor) -> None:
    assert list(recorded(assessor, [])) == []
    assert folder_photos([]) == []


def test_photos_and_broken_files_are_recorded(assessor: Assessor, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 no photo")
    seen: list[int] = []
    photos = [FiledPhoto(path=SAMPLES / "crushed-door.jpg", case="c", market="m"), FiledPhoto(path=broken, case="c")]
    first, second = recorded(assessor, photos, with_latency=True, seen=lambda: seen.append(1))
    assert (first.readable, first.case, first.market, first.bundle_digest) == (True, "c", "m", assessor.model.digest)
    assert first.measures["latency_ms"] > 0
    assert (second.readable, second.measures) == (False, {})
    assert len(seen) == 2


def test_folders_side_by_side_are_cases(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copy(SAMPLES / "crushed-door.jpg", tmp_path / name / "a.jpg")
    paths = sorted(tmp_path.rglob("*.jpg"))
    assert [Path(one.case).name for one in folder_photos(paths)] == ["one", "two"]
    assert [one.case for one in folder_photos(paths[:1])] == [""]
