"""A cluster of PostgreSQL that is stopped as by a power cut, and started again."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


class Cluster:
    """A database in a folder of its own; commits are forced to the disk.

    Attributes:
        url: of its database.
    """

    def __init__(self, folder: Path) -> None:
        """Makes it; it does not run yet.

        Raises:
            SystemExit: PostgreSQL's programs are not installed.
        """
        if not _PLACES:
            message = "PostgreSQL's programs are not installed (Debian: postgresql-15)"
            raise SystemExit(message)
        self._user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        folder.mkdir(parents=True)
        if self._user:
            shutil.chown(folder, "postgres")
            for above in folder.parents:
                if above.stat().st_mode & 0o001 == 0:
                    above.chmod(above.stat().st_mode | 0o001)
        self._data = folder / "data"
        self._run("initdb", "-D", str(self._data), "-U", "coachwork", "-A", "trust", "-E", "UTF8")
        self.url = f"postgresql://coachwork@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -c port={self._port} -c unix_socket_directories={self._data}"
        log = str(self._data / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "120", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stops it at once, without letting anything end; nothing where it does not run."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop", check=False)

    def _run(self, program: str, *options: str, check: bool = True) -> None:
        command = [*self._user, str(_PLACES[0] / program), *options]
        subprocess.run(command, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180, cwd="/")
