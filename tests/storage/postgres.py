"""A throw-away cluster of PostgreSQL for tests, from the programs of the Debian package postgresql-15."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """The address of an empty database, as long as the block lasts."""
    if not _PLACES:
        pytest.skip("PostgreSQL's programs are not installed (Debian: postgresql-15)")
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    data, port = folder / "data", _free_port()
    data.mkdir()
    if user:
        shutil.chown(data, "postgres")
        for above in (folder, *folder.parents):
            if above == Path(above.anchor) or above.stat().st_mode & 0o001:
                continue
            above.chmod(above.stat().st_mode | 0o001)
    bin_dir = _PLACES[0]
    _run([*user, str(bin_dir / "initdb"), "-D", str(data), "-U", "coachwork", "-A", "trust", "-E", "UTF8", "--no-sync"])
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={data} -c fsync=off"
    options += " -c max_connections=1000"
    ctl = [*user, str(bin_dir / "pg_ctl"), "-D", str(data), "-w", "-l", str(data / "log")]
    _run([*ctl, "-o", options, "start"])
    try:
        yield f"postgresql://coachwork@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*ctl, "-m", "immediate", "stop"], check=False, capture_output=True, timeout=120, cwd="/")


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=120, cwd="/")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
