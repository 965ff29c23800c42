"""The register of photos: durable, readable by several, and made whole again after a kill."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from coachwork.claims.copy_signals import KeptPhoto
from coachwork.photos.point_codes import PointCodes, point_codes
from coachwork.storage import photo_register
from coachwork.storage.photo_register import PhotoRegister, RegisterError
from tests.photos.test_copies import cropped, mirrored, picture, small


def made(number: int) -> PointCodes:
    """Codes without a picture, which cost nothing to make."""
    rng = np.random.default_rng(number)
    return PointCodes(
        places=rng.integers(0, 2**16, (64, 2), dtype=np.uint16),
        codes=rng.integers(0, 2**64, 64, dtype=np.uint64),
        turned=np.zeros(64, dtype=np.bool_),
        doubtful=np.tile(np.array([0, 1, 2], dtype=np.uint8), (64, 1)),
        thumbnail=rng.integers(0, 256, (32, 32), dtype=np.uint8),
    )


def kept(number: int, codes: PointCodes | None = None, *, claim: str = "") -> KeptPhoto:
    return KeptPhoto(
        claim=claim or f"C-{number}",
        name=f"{number}.jpg",
        file=f"/photos/{number}.jpg",
        sha256=f"{number:064x}",
        codes=made(number) if codes is None else codes,
    )


def test_an_empty_register_finds_nothing(tmp_path: Path) -> None:
    with PhotoRegister(tmp_path / "register", make=True) as register:
        assert len(register) == 0
        assert register.find(point_codes(picture(1))) == ()
        assert register.of_claim("C-1") == ()
        assert register.forget("C-1") == 0
        assert register.add([]) == 0
        register.tidy()
        assert register.find(made(1)) == ()


def test_a_register_that_is_not_there_is_not_made_by_asking(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="no register of photos lies there; `coachwork fraud add` makes one"):
        PhotoRegister(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_damaged_register_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "photos.sqlite3").write_bytes(b"no database " * 100)
    with pytest.raises(RegisterError, match="take it back from a copy"):
        PhotoRegister(tmp_path)


def test_a_copy_is_found_with_its_claim_before_and_after_tidying(tmp_path: Path) -> None:
    with PhotoRegister(tmp_path, make=True) as register:
        assert register.add(kept(number, point_codes(picture(number))) for number in range(6)) == 6
        asked = point_codes(small(cropped(mirrored(picture(4)))))
        for _ in range(2):
            found = register.find(asked)[0]
            assert found.photo.claim == "C-4"
            assert found.copy.is_copy
            assert found.copy.mirrored
            register.tidy()


def test_a_photo_is_added_once_to_a_claim_and_may_be_in_two(tmp_path: Path) -> None:
    with PhotoRegister(tmp_path, make=True) as register:
        assert register.add([kept(1), kept(2)]) == 2
        assert register.add([kept(1), kept(3)]) == 1
        assert register.add([kept(1, claim="C-9")]) == 1
        assert [one.name for one in register.of_claim("C-1")] == ["1.jpg"]
        assert {found.photo.claim for found in register.find(made(1))} >= {"C-1", "C-9"}


def test_a_forgotten_claim_is_found_no_more(tmp_path: Path) -> None:
    with PhotoRegister(tmp_path, make=True) as register:
        register.add([kept(1), kept(2)])
        register.tidy()
        assert register.forget("C-1") == 1
        assert register.find(made(1)) == ()
        assert register.find(made(2))[0].photo.claim == "C-2"


def test_tables_are_merged_as_they_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_register, "_IN_MEMORY", 10)
    with PhotoRegister(tmp_path, make=True) as register, PhotoRegister(tmp_path) as reader:
        for start in range(0, 200, 8):
            register.add(kept(number) for number in range(start, start + 8))
            asked = reader.find(made(start))
            assert asked[0].photo.claim == f"C-{start}"
        assert 1 <= len(list((tmp_path / "tables").iterdir())) <= 6
        assert all(reader.find(made(number))[0].photo.claim == f"C-{number}" for number in range(0, 200, 13))


def test_tables_that_were_lost_are_told_and_made_anew(tmp_path: Path) -> None:
    with PhotoRegister(tmp_path, make=True) as register:
        register.add([kept(1), kept(2)])
        register.tidy()
    shutil.rmtree(tmp_path / "tables")
    with PhotoRegister(tmp_path) as register:
        with pytest.raises(RegisterError, match="tidy"):
            register.find(made(1))
        register.tidy(anew=True)
        assert register.find(made(1))[0].photo.claim == "C-1"


def test_all_photos_of_an_addition_are_there_or_none(tmp_path: Path) -> None:
    def breaks() -> "list[KeptPhoto]":
        raise OSError(5, "the disk broke")

    with PhotoRegister(tmp_path, make=True) as register:
        with pytest.raises(RegisterError, match="the disk broke"):
            register.add(one for number in range(9) for one in ([kept(number)] if number < 5 else breaks()))
        assert len(register) == 0


WRITER = """
import sys
from pathlib import Path
from tests.storage.test_photo_register import kept
from coachwork.storage.photo_register import PhotoRegister
with PhotoRegister(Path(sys.argv[1]), make=True) as register:
    for number in range(100_000):
        register.add(kept(7 * number + place, claim=f"C-{number}") for place in range(7))
        print(number, flush=True)
"""


def test_what_was_added_outlives_a_kill_in_the_middle_of_an_addition(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    for _ in range(3):
        with subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", WRITER, str(folder)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline()
            time.sleep(0.3)
            writer.send_signal(signal.SIGKILL)
            told = [int(line) for line in writer.stdout.read().split()]
        with PhotoRegister(folder) as register:
            last = max(told, default=0)
            assert len(register) % 7 == 0
            assert len(register) >= 7 * (last + 1)
            assert len(register.of_claim(f"C-{last}")) == 7
            assert register.find(made(7 * last))[0].photo.claim == f"C-{last}"
