"""Checks what the base install promises: its size, no torch, a quick ``--help``, a sample photo assessed.

Installs Coachwork without extras and without a link to this source tree into a temporary folder, then uses it as a
stranger would. Prints a table; ends with 1 when a promise is broken.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZE_LIMIT_MB = 500
HELP_LIMIT_S = 0.5
HELP_RUNS = 7


def size_mb(folder: Path) -> float:
    """What the files of a folder take, in MB of 10^6 bytes, each counted in full even where links share it."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def torch_free(python: Path, away: Path) -> tuple[bool, str]:
    """Whether the environment has no torch, and importing the package loads no heavy library."""
    code = (
        "import importlib.util, sys, coachwork, coachwork.cli.main\n"
        "found = [name for name in ('torch', 'torchvision', 'timm') if importlib.util.find_spec(name)]\n"
        "loaded = [name for name in ('cv2', 'onnxruntime', 'PIL') if name in sys.modules]\n"
        "print(', '.join([f'{n} installed' for n in found] + [f'{n} loaded by --help' for n in loaded]))\n"
    )
    faults = subprocess.run([python, "-c", code], cwd=away, check=True, capture_output=True, text=True).stdout.strip()
    return not faults, faults or "absent"


def help_seconds(command: Path, away: Path) -> float:
    """Fastest of a few runs of ``coachwork --help``: what the machine's other work cannot lengthen."""
    fastest = float("inf")
    for _ in range(HELP_RUNS):
        start = time.perf_counter()
        subprocess.run([command, "--help"], cwd=away, check=True, capture_output=True)
        fastest = min(fastest, time.perf_counter() - start)
    return fastest


def sample_assessed(command: Path, package: Path, away: Path) -> tuple[bool, str]:
    """Whether the shipped bundle assesses the first shipped sample photo."""
    samples = sorted((package / "samples").glob("*.jpg"))
    if not samples:
        return False, f"no sample photos in {package / 'samples'}"
    lines, out = away / "assessments.jsonl", away / "report"
    run = subprocess.run(
        [command, "assess", samples[0], "--out", out, "--json", lines],
        cwd=away,
        check=False,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        return False, f"exit {run.returncode}: {run.stderr.strip()[-300:]}"
    assessment = json.loads(lines.read_text(encoding="utf-8").splitlines()[0])
    report = out / "report.html"
    if not report.is_file():
        return False, "no report.html was written"
    return True, f"{samples[0].name}: {assessment['verdict']}, {len(assessment['damages'])} damages"


def main() -> int:
    """Runs the checks; 0 when all hold."""
    with tempfile.TemporaryDirectory(prefix="coachwork-base-") as scratch:
        environment, away = Path(scratch) / "env", Path(scratch) / "away"
        away.mkdir()
        subprocess.run([ROOT / "scripts" / "environment", "base", environment], check=True, stdin=subprocess.DEVNULL)
        os.environ.pop("PYTHONPATH", None)
        python, command = environment / "bin" / "python", environment / "bin" / "coachwork"
        package = next(environment.glob("lib/python3*/site-packages/coachwork"))
        size = size_mb(environment)
        checks = {f"size below {SIZE_LIMIT_MB} MB": (size < SIZE_LIMIT_MB, f"{size:.0f} MB")}
        checks["no torch"] = torch_free(python, away)
        seconds = help_seconds(command, away)
        checks[f"--help below {HELP_LIMIT_S} s"] = (seconds < HELP_LIMIT_S, f"{seconds:.2f} s, best of {HELP_RUNS}")
        checks["a sample photo is assessed"] = sample_assessed(command, package, away)
    for promise, (holds, found) in checks.items():
        print(f"{'ok    ' if holds else 'BROKEN'}  {promise:28}  {found}")
    return 0 if all(holds for holds, _ in checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
