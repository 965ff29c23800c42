"""Runs Dagster: its pages, its daemon, and the code of the loop, all on SQLite in the data folder."""

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
    process = subprocess.Popen(command, env=environment(settings, home), cwd=home)  # noqa: S603 (our own)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()


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
