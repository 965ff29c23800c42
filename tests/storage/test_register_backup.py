"""Registers of photos go into a backup and come back: what was known again is known again."""

from pathlib import Path

import pytest

from coachwork.cases.case import Case
from coachwork.storage.backup import BackupError, back_up, restore
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database
from coachwork.storage.photo_register import PhotoRegister
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.register_backup import restore_register, write_registers
from tests.storage.test_backup import filled, other, store
from tests.storage.test_photo_register import kept, made

__all__ = ["filled", "store"]


def test_where_nothing_is_known_nothing_is_written(tmp_path: Path) -> None:
    assert write_registers(tmp_path / "none", {"t": {"case_1"}}, tmp_path) == []
    assert write_registers(tmp_path / "none", {}, tmp_path) == []
    assert restore_register(b"", tmp_path / "register") == 0


def test_photos_are_known_again_after_a_restore(
    database: Database, cases: CaseStore, filled: Case, store: PhotoStore, tmp_path: Path
) -> None:
    assert cases.case(filled.tenant, filled.id) == filled
    with PhotoRegister(tmp_path / "registers" / filled.tenant, make=True) as register:
        register.add([kept(1, claim=filled.id), kept(2, claim=filled.id), kept(3, claim="case_opened_later")])
        register.tidy()
    back_up(database, store, tmp_path / "backup", registers=tmp_path / "registers")
    fresh, photos = other(tmp_path)
    restore(tmp_path / "backup", fresh, photos, registers=tmp_path / "fresh")
    with PhotoRegister(tmp_path / "fresh" / filled.tenant) as back:
        assert [one.name for one in back.of_claim(filled.id)] == ["1.jpg", "2.jpg"]
        assert [one.photo.name for one in back.find(made(1))][:1] == ["1.jpg"]
        assert len(back) == 2
    assert (
        restore_register((tmp_path / "backup" / "registers" / f"{filled.tenant}.jsonl").read_bytes(), tmp_path / "x")
        == 2
    )


def test_a_register_that_is_not_what_it_was_is_refused_before_any_row(
    database: Database, filled: Case, store: PhotoStore, tmp_path: Path
) -> None:
    with PhotoRegister(tmp_path / "registers" / filled.tenant, make=True) as register:
        register.add([kept(1, claim=filled.id)])
    back_up(database, store, tmp_path / "backup", registers=tmp_path / "registers")
    path = tmp_path / "backup" / "registers" / f"{filled.tenant}.jsonl"
    path.write_bytes(path.read_bytes().replace(b"1.jpg", b"9.jpg"))
    fresh, photos = other(tmp_path)
    with pytest.raises(BackupError, match="damaged"):
        restore(tmp_path / "backup", fresh, photos, registers=tmp_path / "fresh")
    fresh.migrate()
    assert CaseStore(fresh).cases(filled.tenant) == []
    assert not (tmp_path / "fresh").exists()
