"""The service's tests on servers: what would lie in a folder lies in PostgreSQL and in an S3 bucket then.

`pytest --servers tests/api tests/casework tests/web tests/security` runs the tests as they are; a data folder that a
test names leads to a database and a prefix of its own. What a test sets itself stays as it set it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg._connection_base import BaseConnection
from sqlalchemy import create_engine, text

from benchmarks.service.seaweed import running_store, use_secrets
from coachwork import settings
from coachwork.settings import ServiceSettings
from tests.storage.postgres import running_postgres


class Servers:
    """A cluster and a bucket, with a place for each data folder."""

    def __init__(self, postgres_url: str, bucket: str) -> None:
        self._url, self._bucket = postgres_url, bucket
        self._names: dict[Path, str] = {}

    def settings(self, **told: Any) -> ServiceSettings:
        """The settings, led to the servers where they would lead into the data folder."""
        own = told["data_dir"]
        if told["database_url"] == f"sqlite:///{own / 'coachwork.db'}":
            told["database_url"] = f"{self._url.rpartition('/')[0]}/{self._name(own)}"
        if told["photos"] == str(own / "photos"):
            told["photos"] = f"{self._bucket}/{self._name(own)}"
        return ServiceSettings(**told)

    def _name(self, folder: Path) -> str:
        if folder not in self._names:
            self._names[folder] = f"service_{len(self._names)}"
            engine = create_engine(
                self._url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
            )
            with engine.connect() as connection:
                connection.execute(text(f"create database {self._names[folder]}"))
            engine.dispose()
        return self._names[folder]


@contextmanager
def on_servers(folder: Path) -> Iterator[Servers]:
    """Lets every service that is put together in this process lie on servers, as long as the block lasts."""
    with ExitStack() as stack:
        (folder / "postgres").mkdir()
        url = stack.enter_context(running_postgres(folder / "postgres"))
        port = stack.enter_context(running_store(folder / "s3", "tests"))
        use_secrets(f"http://127.0.0.1:{port}")
        servers = Servers(url, "s3://tests")
        if hasattr(BaseConnection, "__del__"):  # fixtures let services go without closing them, which it warns of
            del BaseConnection.__del__
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(settings, "ServiceSettings", servers.settings)
        yield servers
