"""Dagster's processes end with the command that started them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coachwork.pipelines.orchestration.serving import end_group

DEAF = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text(encoding="utf-8")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks for processes where Linux tells them")
def test_children_of_a_process_that_does_not_listen_end_too(tmp_path: Path) -> None:
    told = tmp_path / "child"
    process = subprocess.Popen([sys.executable, "-c", DEAF, str(told)], start_new_session=True)  # noqa: S603
    until = time.monotonic() + 20
    while not (told.exists() and told.read_text(encoding="utf-8")) and time.monotonic() < until:
        time.sleep(0.05)
    child = int(told.read_text(encoding="utf-8"))
    assert alive(child)
    end_group(process, patience_s=0.2)
    assert process.returncode is not None
    for _ in range(100):
        if not alive(child):
            break
        time.sleep(0.05)
    assert not alive(child)


def test_a_process_that_ended_already_is_no_fault() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    process.wait()
    end_group(process, patience_s=0.1)
    assert process.returncode == os.EX_OK
