import hashlib
from pathlib import Path

import pytest

from coachwork.cases.case import Case
from coachwork.errors import CoachworkError
from coachwork.storage.backup import BackupError, back_up, restore
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database
from coachwork.storage.photo_store import PhotoLost, PhotoStore
from tests.storage.test_case_store import decision, photo, ready


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(str(tmp_path / "photos"))


@pytest.fixture
def filled(cases: CaseStore, tenant: str, store: PhotoStore) -> Case:
    """A decided case with a photo whose bytes are kept."""
    case = ready(cases, tenant)
    cases.decide(tenant, case.id, decision(case))
    store.put(tenant, photo("x").sha256, b"x")
    return cases.case(tenant, case.id)


def other(tmp_path: Path) -> tuple[Database, PhotoStore]:
    database = Database(f"sqlite:///{tmp_path / 'other' / 'coachwork.db'}")
    return database, PhotoStore(str(tmp_path / "other" / "photos"))


def test_an_empty_service_can_be_backed_up_and_restored(database: Database, store: PhotoStore, tmp_path: Path) -> None:
    taken = back_up(database, store, tmp_path / "backup")
    assert (set(taken.rows.values()), taken.photos) == ({0}, 0)
    assert restore(tmp_path / "backup", *other(tmp_path)).photos == 0


def test_everything_comes_back_into_another_kind_of_database(
    database: Database, cases: CaseStore, filled: Case, store: PhotoStore, tmp_path: Path
) -> None:
    taken = back_up(database, store, tmp_path / "backup")
    fresh, photos = other(tmp_path)
    assert restore(tmp_path / "backup", fresh, photos) == taken
    back = CaseStore(fresh)
    tenant, case = filled.tenant, filled.id
    assert back.case(tenant, case) == filled
    assert back.photos(tenant, case) == cases.photos(tenant, case)
    assert back.result(tenant, case) == cases.result(tenant, case)
    assert back.decisions(tenant, case) == cases.decisions(tenant, case)
    assert back.events(tenant, case) == cases.events(tenant, case)
    assert photos.get(tenant, hashlib.sha256(b"x").hexdigest()) == b"x"


def test_a_restored_service_counts_events_on(
    database: Database, filled: Case, store: PhotoStore, tmp_path: Path
) -> None:
    back_up(database, store, tmp_path / "backup")
    last = CaseStore(database).events(filled.tenant, filled.id)[-1].number
    with database.writing() as connection:
        for table in ("events", "decisions", "results", "photos", "cases", "tenants"):
            connection.exec_driver_sql(f"delete from {table}")  # noqa: S608
    restore(tmp_path / "backup", database, store)
    back = CaseStore(database)
    case = back.open_case(filled.tenant, filled.facts, by="a")
    assert back.events(filled.tenant, case.id)[0].number > last


def test_nothing_is_restored_over_what_is_there(
    database: Database, filled: Case, store: PhotoStore, tmp_path: Path
) -> None:
    back_up(database, store, tmp_path / "backup")
    with pytest.raises(BackupError, match="holds something already"):
        restore(tmp_path / "backup", database, store)
    assert CaseStore(database).case(filled.tenant, filled.id) == filled


def test_a_backup_without_a_photo_is_not_taken(
    database: Database, filled: Case, store: PhotoStore, tmp_path: Path
) -> None:
    store.drop(filled.tenant, photo("x").sha256)
    with pytest.raises(PhotoLost):
        back_up(database, store, tmp_path / "backup")
    with pytest.raises(CoachworkError):
        restore(tmp_path / "backup", *other(tmp_path))


@pytest.mark.parametrize("name", ["rows/cases.jsonl", "rows/events.jsonl", "photo"])
def test_a_damaged_backup_is_refused_as_a_whole(
    database: Database, filled: Case, store: PhotoStore, tmp_path: Path, name: str
) -> None:
    back_up(database, store, tmp_path / "backup")
    path = (
        tmp_path / "backup" / "photos" / filled.tenant / photo("x").sha256
        if name == "photo"
        else tmp_path / "backup" / name
    )
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    fresh, photos = other(tmp_path)
    with pytest.raises(BackupError, match="damaged"):
        restore(tmp_path / "backup", fresh, photos)
    fresh.migrate()
    assert CaseStore(fresh).cases(filled.tenant) == []


def test_a_folder_that_holds_something_is_left_alone(database: Database, store: PhotoStore, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(BackupError, match="name a new folder"):
        back_up(database, store, tmp_path)


@pytest.mark.parametrize(
    ("found", "instead"), [('"tenant": "', '"tenant": "../'), ('"cases": {', '"../cases": {'), ('"cases": {', '"x": {')]
)
@pytest.mark.usefixtures("filled")
def test_a_backup_that_names_other_places_is_refused(
    database: Database, store: PhotoStore, tmp_path: Path, found: str, instead: str
) -> None:
    back_up(database, store, tmp_path / "backup")
    manifest = tmp_path / "backup" / "backup.json"
    text = manifest.read_text()
    assert found in text
    manifest.write_text(text.replace(found, instead, 1))
    fresh, photos = other(tmp_path)
    with pytest.raises(CoachworkError, match=r"letters, digits and underscores|holds the table"):
        restore(tmp_path / "backup", fresh, photos)
    assert not [path for path in (tmp_path / "other").rglob("*") if path.is_file() and path.suffix != ".db"]
