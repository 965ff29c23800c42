"""Where a service that runs on a data folder can be reached, left in that folder for the commands beside it.

The file is put there whole, and is held by a lock as long as the service runs. The lock goes with its process, however
that ends, so that an address that a killed service left behind is never taken for one.
"""

import contextlib
import fcntl
import json
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

FILE = "serving.json"
_LOG = logging.getLogger(__name__)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 (what is told of such a host)
_MOST_BYTES = 4096


def address_of(host: str, port: int) -> str:
    """The address by which this machine reaches a service.

    Args:
        host: that it listens on; one that stands for every address is reached by the machine's own.
        port: that it listens on.

    >>> address_of("0.0.0.0", 9000)
    'http://127.0.0.1:9000'
    >>> address_of("::", 9000)
    'http://[::1]:9000'
    """
    told = _EVERYWHERE.get(host, host)
    return f"http://[{told}]:{port}" if ":" in told else f"http://{told}:{port}"


@contextlib.contextmanager
def told_in(folder: Path, address: str) -> Iterator[None]:
    """Leaves the address in a data folder for as long as this lasts; where it cannot be written, nothing is left."""
    try:
        held = _written(folder, address)
    except OSError as refused:
        _LOG.warning("where this service is reached cannot be left in %s: %s", folder, refused)
        yield
        return
    try:
        yield
    finally:
        _removed(folder / FILE, held)
        os.close(held)


def address_in(folder: Path) -> str | None:
    """The address of the service that runs on a data folder; None where none is known to."""
    try:
        with (folder / FILE).open("rb") as file:
            if not _is_held(file.fileno()):
                return None
            told = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError):
        return None
    address = told.get("address") if isinstance(told, dict) else None
    return address if isinstance(address, str) and address else None


def _written(folder: Path, address: str) -> int:
    """The open file, locked before anybody can see it."""
    folder.mkdir(parents=True, exist_ok=True)
    held, name = tempfile.mkstemp(prefix=f".{FILE}-", dir=folder)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(held, f"{json.dumps({'address': address, 'process': os.getpid()})}\n".encode())
        os.fsync(held)
        Path(name).replace(folder / FILE)
    except OSError:
        os.close(held)
        Path(name).unlink(missing_ok=True)
        raise
    return held


def _is_held(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _removed(path: Path, held: int) -> None:
    """Removes the file, unless a later service has put its own there."""
    with contextlib.suppress(OSError):
        if os.path.samestat(path.stat(), os.fstat(held)):
            path.unlink()
