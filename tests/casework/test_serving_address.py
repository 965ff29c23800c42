import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coachwork.casework.serving_address import FILE, address_in, address_of, told_in
from coachwork.cli.main import run

HOLDS = """
import sys, time
from pathlib import Path
from coachwork.casework.serving_address import told_in
with told_in(Path(sys.argv[1]), sys.argv[2]):
    print("told", flush=True)
    time.sleep(60)
"""


def test_where_nothing_runs_no_address_is_known(tmp_path: Path) -> None:
    assert address_in(tmp_path) is None
    assert address_in(tmp_path / "missing") is None


def test_an_address_is_known_as_long_as_the_service_runs(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with told_in(folder, "http://127.0.0.1:9000"):
        assert address_in(folder) == "http://127.0.0.1:9000"
        assert json.loads((folder / FILE).read_text())["process"] == os.getpid()
        assert [path.name for path in folder.iterdir()] == [FILE]
    assert list(folder.iterdir()) == []


def test_what_a_killed_service_left_is_no_address(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path), "http://127.0.0.1:9000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (our own)
        assert process.stdout is not None
        assert process.stdout.readline() == "told\n"
        assert address_in(tmp_path) == "http://127.0.0.1:9000"
        process.kill()
        process.wait()
    assert (tmp_path / FILE).exists()
    assert address_in(tmp_path) is None
    with told_in(tmp_path, "http://127.0.0.1:9001"):
        assert address_in(tmp_path) == "http://127.0.0.1:9001"


def test_a_service_that_ends_late_leaves_the_next_ones_address(tmp_path: Path) -> None:
    with told_in(tmp_path, "http://first"):
        first = told_in(tmp_path, "http://second")
        first.__enter__()
    assert address_in(tmp_path) == "http://second"
    first.__exit__(None, None, None)
    assert address_in(tmp_path) is None


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"address": 7}', '{"address": ""}'])
def test_a_file_that_tells_none_is_passed_over(tmp_path: Path, text: str) -> None:
    with told_in(tmp_path, "http://x"):
        (tmp_path / FILE).write_text(text)
        assert address_in(tmp_path) is None


def test_a_folder_that_cannot_be_written_stops_no_service(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with told_in(tmp_path / "file", "http://x"):
        assert address_in(tmp_path / "file") is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:9000"),
        ("0.0.0.0", "http://127.0.0.1:9000"),  # noqa: S104
        ("::", "http://[::1]:9000"),
        ("fe80::1", "http://[fe80::1]:9000"),
        ("desk.example", "http://desk.example:9000"),
    ],
)
def test_hosts_are_told_as_this_machine_reaches_them(host: str, address: str) -> None:
    assert address_of(host, 9000) == address


def test_links_lead_to_the_service_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACHWORK_DATA_DIR", str(tmp_path))

    def printed(*arguments: str) -> str:
        assert run(list(arguments)) == 0
        told = capsys.readouterr()
        return told.out + told.err

    assert "http://127.0.0.1:8000/link/" in printed("people", "add", "anna")
    assert "the API is at" not in printed("keys", "add", "tests")
    with told_in(tmp_path, "http://127.0.0.1:9000"):
        assert "http://127.0.0.1:9000/link/" in printed("people", "link", "anna")
        assert "https://desk/link/" in printed("people", "link", "anna", "--url", "https://desk/")
        assert "the API is at http://127.0.0.1:9000/v1" in printed("keys", "add", "more")
        monkeypatch.setenv("COACHWORK_PUBLIC_URL", "https://claims.example")
        assert "https://claims.example/link/" in printed("people", "link", "anna")


def test_serve_leaves_its_address_and_takes_it_away(tmp_path: Path) -> None:
    environment = os.environ | {"COACHWORK_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "coachwork.cli.main", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            until = time.monotonic() + 240
            while (address := address_in(tmp_path)) is None:
                assert time.monotonic() < until
                assert process.poll() is None
                time.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=120)
        finally:
            process.kill()
    assert f"{address}/first/" in told
    assert not address.endswith(":0")
    assert not (tmp_path / FILE).exists()
    assert process.returncode == 128 + signal.SIGTERM


def test_a_port_that_is_taken_is_told_in_a_sentence(tmp_path: Path) -> None:
    environment = os.environ | {"COACHWORK_DATA_DIR": str(tmp_path)}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "coachwork.cli.main", "serve", "--port", port]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)  # noqa: S603
    assert done.returncode == 1
    assert f"cannot listen at 127.0.0.1, port {port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / FILE).exists()
