from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from coachwork.errors import CoachworkError
from coachwork.storage.all_tables import metadata
from coachwork.storage.database import Database, DatabaseError


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name in metadata.tables


def test_migrations_make_the_tables_that_the_code_knows(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _ours})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing_and_several_may_do_so_at_once(database: Database) -> None:
    faults: list[Exception] = []

    def again() -> None:
        try:
            other = Database(database.url)
            other.migrate()
            other.close()
        except CoachworkError as fault:
            faults.append(fault)

    threads = [Thread(target=again) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_database_of_a_later_version_is_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(DatabaseError, match="another version of Coachwork"):
        database.migrate()


def test_sqlite_forces_every_commit_to_the_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.reading() as connection:
        assert connection.execute(text("pragma journal_mode")).scalar() == "wal"
        assert connection.execute(text("pragma synchronous")).scalar() == 2
        assert connection.execute(text("pragma foreign_keys")).scalar() == 1


@pytest.mark.parametrize("url", ["nonsense", "postgresql://127.0.0.1:1/none"])
def test_an_address_where_nothing_answers_is_told(url: str) -> None:
    with pytest.raises(DatabaseError):
        Database(url).migrate()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="COACHWORK_DATA_DIR"):
        Database(f"sqlite:///{tmp_path / 'file' / 'a.db'}")
