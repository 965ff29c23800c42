from collections.abc import Iterator
from pathlib import Path

import pytest

from coachwork.cases.people import Person, Role
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.people_store import PeopleStore
from tests.storage.postgres import running_postgres


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A throw-away cluster of PostgreSQL; skips where its programs are not installed."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of either kind, its tables made."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'own' / 'coachwork.db'}")
    else:
        opened = Database(request.getfixturevalue("postgres_url"))
        with opened.writing() as connection:
            connection.exec_driver_sql("drop schema public cascade; create schema public")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def cases(database: Database) -> CaseStore:
    return CaseStore(database)


@pytest.fixture
def tenant(database: Database) -> str:
    return KeyStore(database).tenant("default")


@pytest.fixture
def anna(database: Database, tenant: str) -> Person:
    return PeopleStore(database).add(tenant, "anna", Role.SUPERVISOR)[0]
