"""Runs Dagster: its pages, its daemon, and the code of the loop, all on SQLite in the data folder."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from coachwork.errors import MissingExtra
from coachwork.pipelines.orchestration.place import SETTINGS
from coachwork.settings import read_settings

_MODULE = "coachwork.pipelines.orchestration.definitions"
_NEEDED = ("dagster", "dagster_webserver")
_END_S = 30.0
_HOME = """\
telemetry:
  enabled: false
nux:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
run_monitoring:
  enabled: true
  start_timeout_seconds: 180
run_retries:
  enabled: true
  max_retries: 2
concurrency:
  runs:
    max_concurrent_runs: 2
  pools:
    default_limit: 1
"""


def serve(settings: Path, *, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Runs Dagster until it is stopped.

    Args:
        settings: of the pipelines.
        host: address that the pages listen on.
        port: of the pages.
        tell: hears where they are.

    Raises:
        MissingExtra: Dagster is not installed.
    """
    for package in _NEEDED:
        if importlib.util.find_spec(package) is None:
            raise MissingExtra(extra="pipelines", package=package)
    home = dagster_home(read_settings(os.environ).data_dir)
    tell(
        f"the loop runs by itself; look at it on http://{host}:{port}, end it with Ctrl-C; it keeps its runs in {home}"
    )
    command = [sys.executable, "-m", "dagster", "dev", "-m", _MODULE, "-h", host, "-p", str(port)]
    process = subprocess.Popen(  # noqa: S603 (our own)
        command, env=environment(settings, home), cwd=home, start_new_session=True
    )
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        process.wait()
    except KeyboardInterrupt:
        tell("ending what runs; what is cut off is done again at the next start")
    finally:
        end_group(process, patience_s=_END_S)
        signal.signal(signal.SIGTERM, before)


def end_group(process: subprocess.Popen[bytes], *, patience_s: float) -> None:
    """Ends a process and all that it started: first by asking it, as Ctrl-C does, then for good.

    Args:
        process: started in a session of its own.
        patience_s: how long it may take.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def dagster_home(data_dir: Path) -> Path:
    """The folder of what Dagster keeps, with its settings; made where it is missing."""
    home = data_dir / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text(_HOME, encoding="utf-8")
    return home


def environment(settings: Path, home: Path) -> dict[str, str]:
    """Of the processes that Dagster starts: places are absolute, as these run elsewhere."""
    data_dir = read_settings(os.environ).data_dir
    return (
        {"PYTHONWARNINGS": "ignore"}
        | dict(os.environ)
        | {
            "DAGSTER_HOME": str(home.resolve()),
            "COACHWORK_DATA_DIR": str(data_dir.resolve()),
            SETTINGS: str(settings.resolve()),
        }
    )
