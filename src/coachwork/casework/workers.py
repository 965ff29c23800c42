"""Workers in processes of their own, started with the service and started again when they die.

A worker that starts again has the name that it had, and so goes on with what it left. Each holds the end of a pipe of
the service's: where that is killed, its workers end at once, and the next service's have their names to themselves.
"""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping

_PAUSES_S = (0.2, 1.0, 5.0, 15.0, 60.0)
"""Before a worker that died starts again: the longer, the sooner after its start it died."""

_LONG_S = 60.0
_END_S = 30.0


class WorkerProcesses:
    """Some workers, each looked after by a thread."""

    def __init__(self, count: int, *, environment: Mapping[str, str]) -> None:
        """Prepares workers named after the service's own: NAME-1, NAME-2, ..."""
        own = environment.get("COACHWORK_WORKER", "local")
        self._names = [f"{own}-{number}" for number in range(1, count + 1)]
        self._environment = dict(environment)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts them; they are ready a few seconds later."""
        for name in self._names:
            thread = threading.Thread(target=self._look_after, args=(name,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Lets each end what it can within half a minute; what it cannot goes on at the next start."""
        self._stopping.set()
        for process in list(self._running.values()):
            process.send_signal(signal.SIGTERM)
        for process in list(self._running.values()):
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
        for thread in self._threads:
            thread.join()

    @property
    def pids(self) -> Mapping[str, int]:
        """Name -> process of the workers that run."""
        return {name: process.pid for name, process in self._running.items() if process.poll() is None}

    def _look_after(self, name: str) -> None:
        deaths = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            environment = self._environment | {"COACHWORK_WORKER": name}
            command = [sys.executable, "-m", "coachwork.cli.main", "work", "--tied"]
            with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as process:  # noqa: S603 (our own)
                self._running[name] = process
                process.wait()
            deaths = 0 if time.monotonic() - begun > _LONG_S else deaths + 1
            self._stopping.wait(_PAUSES_S[min(deaths, len(_PAUSES_S) - 1)])
