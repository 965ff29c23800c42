"""A database of every earlier version, with rows in every table, is brought up to date and loses nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from coachwork.storage.all_tables import metadata
from coachwork.storage.database import Database, alembic_config
from tests.storage.seeding import ROWS, rows_of, seed, tables_of


def _script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", "coachwork:storage/migrations")
    return ScriptDirectory.from_config(config)


REVISIONS = [one.revision for one in reversed(list(_script().walk_revisions()))]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database in which there is no table yet."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'coachwork.db'}")
    else:
        opened = Database(request.getfixturevalue("postgres_url"))
        with opened.writing() as connection:
            connection.exec_driver_sql("drop schema public cascade; create schema public")
    yield opened
    opened.close()


def test_there_is_one_way_from_the_first_version_to_the_last() -> None:
    assert len(_script().get_heads()) == 1
    assert len(REVISIONS) >= 11
    assert len(set(REVISIONS)) == len(REVISIONS)


@pytest.mark.parametrize("revision", REVISIONS)
def test_nothing_is_lost_on_the_way_up(empty: Database, revision: str) -> None:
    with empty.writing() as connection:
        command.upgrade(alembic_config(connection), revision)
        seed(connection)
    with empty.reading() as connection:
        before = {
            name: (list(table.columns.keys()), rows_of(connection, table, list(table.columns.keys())))
            for name, table in tables_of(connection).items()
        }
    assert before
    empty.migrate()
    with empty.reading() as connection:
        after = tables_of(connection)
        for name, (columns, rows) in before.items():
            assert name in after, f"the table {name} is gone"
            assert set(columns) <= set(after[name].columns.keys()), f"a column of {name} is gone"
            assert len(rows) == ROWS
            assert rows_of(connection, after[name], columns) == rows, f"rows of {name} are others"
        if empty.is_sqlite:
            assert connection.execute(text("pragma foreign_key_check")).all() == []
            assert connection.execute(text("pragma integrity_check")).scalar() == "ok"
        told = MigrationContext.configure(connection, opts={"include_name": _ours})
        assert compare_metadata(told, metadata) == []


def test_a_migration_that_loses_rows_would_be_seen(empty: Database) -> None:
    with empty.writing() as connection:
        command.upgrade(alembic_config(connection), REVISIONS[0])
        seed(connection)
        table = tables_of(connection)["photos"]
        columns = list(table.columns.keys())
        rows = rows_of(connection, table, columns)
        connection.execute(table.update().values(name="lost"))
        assert rows_of(connection, table, columns) != rows


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name in metadata.tables
