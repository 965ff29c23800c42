import hashlib
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from coachwork.cases.case import Case
from coachwork.cases.problems import CaseBusy, UnknownCase
from coachwork.storage.all_tables import metadata
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.erasing import Eraser, _belongs
from coachwork.storage.key_store import KeyStore
from coachwork.storage.photo_store import PhotoLost, PhotoStore, PhotoStoreError
from tests.storage.test_case_store import decision, ready, submitted

SHA = hashlib.sha256(b"x").hexdigest()
STAYS = {"tenants", "erasures", "people", "service_keys", "webhooks", "sign_in_attempts", "sessions", "person_links"}
STAYS |= {"lots", "valuation_terms"}
STAYS |= {"reactions", "reaction_pauses", "pipeline_runs"}
STAYS |= {"releases", "release_servers", "release_notices"}
STAYS |= {"queue_views", "queue_defaults", "dropped_photos"}
STAYS |= {"person_identities", "openid_sign_ins"}


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(str(tmp_path / "photos"))


@pytest.fixture
def eraser(database: Database, store: PhotoStore, tmp_path: Path) -> Eraser:
    return Eraser(database, store, tmp_path / "registers")


@pytest.fixture
def decided(cases: CaseStore, tenant: str, store: PhotoStore) -> Case:
    case = ready(cases, tenant)
    cases.decide(tenant, case.id, decision(case))
    store.put(tenant, SHA, b"x")
    return case


def counts(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table.name not in STAYS
        }


def test_nothing_is_left_but_the_receipt(
    database: Database, cases: CaseStore, decided: Case, store: PhotoStore, eraser: Eraser
) -> None:
    erasure = eraser.erase(decided.tenant, decided.id, by="Ada", why="asked for")
    assert set(counts(database).values()) == {0}
    assert erasure.rows == {"cases": 1, "decisions": 1, "events": 5, "photos": 1, "results": 1}
    assert (erasure.photos, erasure.case) == (1, decided.id)
    assert eraser.erasures(decided.tenant) == [erasure]
    with pytest.raises(PhotoLost):
        store.get(decided.tenant, SHA)
    with pytest.raises(UnknownCase):
        cases.case(decided.tenant, decided.id)


def test_nothing_can_be_read_in_the_files_any_more(tmp_path: Path, store: PhotoStore) -> None:
    with closing(Database(f"sqlite:///{tmp_path}/own.db")) as database:
        database.migrate()
        cases, tenant = CaseStore(database), KeyStore(database).tenant("default")
        case = ready(cases, tenant)
        cases.decide(tenant, case.id, replace(decision(case), reason="because of Mr. Rumpelstilzchen"))
        assert b"Rumpelstilzchen" in files(tmp_path)
        Eraser(database, store, tmp_path / "registers").erase(tenant, case.id, by="Ada", why="asked for")
        assert b"Rumpelstilzchen" not in files(tmp_path)


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("own.db*"))


def test_every_table_belongs_to_a_case_or_stays_for_a_reason() -> None:
    assert {table.name for table in metadata.sorted_tables if _belongs(table, "c") is None} == STAYS


def test_other_cases_stay_with_photos_that_both_show(
    cases: CaseStore, decided: Case, store: PhotoStore, eraser: Eraser
) -> None:
    other = ready(cases, decided.tenant)
    assert eraser.erase(decided.tenant, decided.id, by="Ada", why="w").photos == 0
    assert store.get(decided.tenant, SHA) == b"x"
    assert cases.result(decided.tenant, other.id).inspection == {"verdict": "damaged"}


def test_a_strangers_case_or_one_that_is_worked_on_is_not_erased(
    database: Database, cases: CaseStore, decided: Case, eraser: Eraser
) -> None:
    with pytest.raises(UnknownCase):
        eraser.erase(KeyStore(database).tenant("other"), decided.id, by="Eve", why="w")
    busy = submitted(cases, decided.tenant)
    with pytest.raises(CaseBusy):
        eraser.erase(decided.tenant, busy.id, by="Ada", why="w")
    assert cases.case(decided.tenant, busy.id) == busy


def test_bytes_that_could_not_be_dropped_go_later(
    cases: CaseStore, decided: Case, store: PhotoStore, eraser: Eraser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        message = "the store does not answer"
        raise PhotoStoreError(message)

    with monkeypatch.context() as patched:
        patched.setattr(store, "drop", down)
        with pytest.raises(PhotoStoreError):
            eraser.erase(decided.tenant, decided.id, by="Ada", why="w")
    assert store.get(decided.tenant, SHA) == b"x"
    with pytest.raises(UnknownCase):
        cases.case(decided.tenant, decided.id)
    eraser.finish()
    with pytest.raises(PhotoLost):
        store.get(decided.tenant, SHA)
    eraser.finish()
    assert len(eraser.erasures(decided.tenant)) == 1


def test_cases_are_found_by_their_age(cases: CaseStore, decided: Case, eraser: Eraser) -> None:
    submitted(cases, decided.tenant)
    assert eraser.older(decided.tenant, now() - timedelta(days=1)) == []
    assert [case.id for case in eraser.older(decided.tenant, now() + timedelta(days=1))] == [decided.id]
