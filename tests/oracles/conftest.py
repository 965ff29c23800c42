"""Other programs, each in an environment of its own, asked in processes of their own."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coachwork.annotations.converting import ConversionPlan, convert_source

collect_ignore_glob = ["programs/*"]  # they import what only their own environments have

ROOT = Path(__file__).parents[2]
FIGURES = pytest.StashKey[list[str]]()

Ask = Callable[..., Any]
Note = Callable[[str], None]


def _asker(name: str) -> Ask:
    """Runs a file of `programs/` with the interpreter of an environment; returns the JSON that it leaves, if any.

    The last argument is the file that it tells its answer in, or the folder that it fills.
    """
    folder = Path(os.environ.get("COACHWORK_ORACLES", ROOT / ".oracles"))
    python = folder / name / "bin" / "python"
    if not python.exists():
        pytest.skip(f"no other programs at {folder}: run scripts/oracles, or set COACHWORK_ORACLES")

    def ask(program: str, *arguments: object) -> Any:
        command = [str(python), "-W", "ignore", str(Path(__file__).parent / "programs" / f"{program}.py")]
        done = subprocess.run(  # noqa: S603
            [*command, *map(str, arguments)], capture_output=True, text=True, timeout=500, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        told = Path(str(arguments[-1]))
        return json.loads(told.read_text(encoding="utf-8")) if told.is_file() else None

    return ask


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Asks datumaro, supervision or Label Studio's converter."""
    return _asker("annotations")


@pytest.fixture(scope="session")
def ask_tensorflow() -> Ask:
    """Asks TensorFlow and the TF Object Detection API."""
    return _asker("tensorflow")


@pytest.fixture(scope="session")
def note(pytestconfig: pytest.Config) -> Note:
    """Keeps a figure for the end of the run, where all are printed together."""
    return pytestconfig.stash.setdefault(FIGURES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints the figures."""
    figures = config.stash.get(FIGURES, [])
    if figures:
        terminalreporter.section("read by other programs, and from them")
        for figure in figures:
            terminalreporter.write_line(figure)


@pytest.fixture(scope="session")
def via_set(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The VIA set in a format: 61 photos with 91 outlines, 46 with 72 of them in train. Each format is written once."""
    if not (real_data / "via-damage").is_dir():
        pytest.skip("no via-damage among the real photos")
    folder = tmp_path_factory.mktemp("via")

    def written(name: str) -> Path:
        if not (folder / name).exists():
            report = convert_source(ConversionPlan(source=real_data / "via-damage", to=folder / name, format=name))
            assert (report.photos, report.shapes) == (61, {"damage": 91})
        return folder / name

    return written
