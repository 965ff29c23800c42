"""The database: a file of SQLite by default, PostgreSQL by its address; made, and brought up to date."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from coachwork.errors import CoachworkError, MissingExtra
from coachwork.storage.traced_statements import trace_statements

AWAY = (OperationalError, InterfaceError, NoConnection)
"""What statements raise while a database is gone, full or overrun: they may be repeated later."""

_BUSY_MS = 30_000
_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"busy_timeout={_BUSY_MS}", "foreign_keys=ON")
_LOCK = 0x636F6163  # "coac": the advisory lock under which PostgreSQL is migrated
_WRITES = "coachwork_writes"


class DatabaseError(CoachworkError):
    """The database cannot be opened or brought up to date."""


class Database:
    """One database, with the two kinds of transactions that are made of it.

    Attributes:
        url: its address; may hold a password.
        engine: of SQLAlchemy.
    """

    def __init__(self, url: str) -> None:
        """Opens it.

        Args:
            url: such as ``sqlite:////srv/coachwork/coachwork.db`` or ``postgresql+psycopg://user@host/coachwork``.

        Raises:
            DatabaseError: the address is none, or nothing answers there.
            MissingExtra: PostgreSQL's driver is not installed.
        """
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            if parsed.get_backend_name() == "sqlite" and parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
        except ArgumentError as refused:
            message = f"the database's address is none ({refused}): write it as sqlite:///FILE or postgresql://..."
            raise DatabaseError(message) from None
        except ModuleNotFoundError as missing:
            raise MissingExtra(extra="postgres", package=missing.name or "psycopg") from missing
        except OSError as refused:
            message = f"the database's folder cannot be made: {refused.strerror}; set another COACHWORK_DATA_DIR"
            raise DatabaseError(message) from None
        trace_statements(self.engine)
        self.url = parsed.render_as_string(hide_password=False)
        if self.is_sqlite:
            _keep_sqlite_safe(self.engine)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; on SQLite it takes the write lock at once, so that it never fails half way."""
        with self.engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
            yield connection

    def hold(self, connection: Connection, name: str) -> None:
        """Lets one transaction at a time do what goes by a name, until it ends; on SQLite writers wait anyway."""
        if not self.is_sqlite:
            connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    def forget(self) -> None:
        """Empties SQLite's log, in which what was deleted can still be read, as far as readers of this moment let it.

        The file itself is overwritten where something is deleted. PostgreSQL does both by itself, in its own time.
        """
        if not self.is_sqlite:
            return
        with closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def migrate(self) -> None:
        """Makes the tables or brings them up to date; several processes may do so at once.

        Raises:
            DatabaseError: it cannot be reached, or is of a later version of Coachwork.
        """
        try:
            with self.writing() as connection:
                if not self.is_sqlite:
                    connection.execute(text(f"select pg_advisory_xact_lock({_LOCK})"))
                command.upgrade(alembic_config(connection), "head")
        except DBAPIError as refused:
            message = f"the database at {self.engine.url!r} cannot be brought up to date: {refused.orig}"
            raise DatabaseError(message) from refused
        except CommandError as refused:
            message = f"the database at {self.engine.url!r} is of another version of Coachwork ({refused})"
            raise DatabaseError(message) from refused

    def answers(self) -> bool:
        """Whether it can be asked at this moment."""
        try:
            with self.reading() as connection:
                connection.execute(text("select 1"))
        except DBAPIError:
            return False
        return True

    def close(self) -> None:
        """Lets go of all connections."""
        self.engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for a connection that is in a transaction."""
    config = Config()
    config.set_main_option("script_location", "coachwork:storage/migrations")
    config.attributes["connection"] = connection
    return config


def _keep_sqlite_safe(engine: Engine) -> None:
    """Write-ahead log, every commit on the disk before it is acknowledged, and write locks taken at the beginning."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        connection.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own knows ASCII alone
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text
