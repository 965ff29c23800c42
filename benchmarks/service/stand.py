"""A service in a process of its own on a folder that outlives it, to be started, killed and looked into."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx2

from coachwork.cases.access import Scope
from coachwork.settings import ServiceSettings, read_settings
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore

TENANT = "load"
_START_S = 180.0


class Stand:
    """A service that can be killed.

    Attributes:
        url, key: by which it is asked.
        settings: by which it runs.
        process: of the server; its children are the workers.
        starts: how often it was started.
        ended_by_itself: how often it ended before it was ready, without having been killed.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], *, workers: int) -> None:
        """Prepares a service and its key; nothing runs yet."""
        told = {"COACHWORK_DATA_DIR": str(folder / "data"), "COACHWORK_REQUESTS_A_MINUTE": "10000000"}
        self.environment = told | {"COACHWORK_LOG": "json", "COACHWORK_PRIVATE_WEBHOOKS": "1"} | dict(environment)
        self.settings: ServiceSettings = read_settings(self.environment)
        self._workers, self._log, self.starts = workers, folder / "service.log", 0
        self.ended_by_itself = self._worked = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        database = Database(self.settings.database_url)
        database.migrate()
        keys = KeyStore(database)
        self.tenant = keys.tenant(TENANT)
        self.key = keys.make(self.tenant, "load", tuple(Scope))[1]
        database.close()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the server, and returns at once."""
        command = [sys.executable, "-m", "coachwork.cli.main", "serve", "--port", str(self.port)]
        command += ["--workers", str(self._workers)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, env=os.environ | self.environment, stdout=log, stderr=log)
        self.starts += 1

    def wait(self) -> float:
        """Waits until it is ready, and starts it again where it ended by itself; returns after how many seconds.

        Raises:
            SystemExit: it does not get there.
        """
        begun = time.monotonic()
        while time.monotonic() - begun < _START_S:
            if self.process is None or self.process.poll() is not None:
                self.ended_by_itself += self.process is not None
                time.sleep(1.0)
                self.start()
            try:
                if httpx2.get(f"{self.url}/ready", timeout=5).status_code == 200:
                    return time.monotonic() - begun
            except httpx2.HTTPError:
                time.sleep(0.05)
        message = f"the service did not start, see {self._log}"
        raise SystemExit(message)

    def kill(self) -> None:
        """Kills the server as kill -9 does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def kill_worker(self) -> bool:
        """Kills a worker as kill -9 does; False where none runs at the moment."""
        workers = self.worker_pids()
        if not workers:
            return False
        try:
            os.kill(workers[0], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def wait_worker(self, seconds: float) -> None:
        """Waits until a worker that was started since the last look works, or so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            works = self._log.read_bytes().count(b" works\n")
            if works > self._worked:
                self._worked = works
                return
            time.sleep(0.2)

    def worker_pids(self) -> list[int]:
        """Processes of the workers that run."""
        if self.process is None:
            return []
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")  # each worker is a child of its own thread
        found: list[int] = []
        for told in tasks:
            try:
                found += [int(one) for one in told.read_text(encoding="ascii").split()]
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    def stop(self) -> None:
        """Asks it to end, as its operator would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of server and workers, MB."""
        if self.process is None:
            return {}
        pids = {"server": self.process.pid} | {f"worker {n}": pid for n, pid in enumerate(self.worker_pids(), 1)}
        return {name: round(_resident_kb(pid) / 1024, 1) for name, pid in pids.items()}


def _resident_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
