"""How Dagster's processes find the loop: by the file of its settings, which their environment names."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from coachwork.pipelines.loop.loop import Loop
from coachwork.pipelines.loop.settings import read_loop_settings
from coachwork.settings import read_settings

SETTINGS = "COACHWORK_PIPELINES"
"""Names the settings' file for the processes that Dagster starts."""


def settings_path() -> Path:
    """The settings' file: what the environment names, or ``pipelines.toml`` in the data folder."""
    named = os.environ.get(SETTINGS)
    return Path(named) if named else read_settings(os.environ).data_dir / "pipelines.toml"


@contextmanager
def opened_loop(tell: Callable[[str], None]) -> Iterator[Loop]:
    """The loop, as long as one step of Dagster takes.

    Args:
        tell: hears what is done.

    Raises:
        CoachworkError: settings or database cannot be used.
    """
    loop = Loop(read_loop_settings(settings_path()), read_settings(os.environ), tell=tell)
    try:
        yield loop
    finally:
        loop.close()
