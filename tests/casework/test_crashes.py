"""The service is killed at moments of all kinds, and what it acknowledged is there and done once."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from coachwork.cases.access import Scope
from coachwork.settings import read_settings
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore

SAMPLES = sorted((Path(__file__).parents[2] / "src" / "coachwork" / "samples").glob("*.jpg"))
KILLS = 3


class Server:
    """A service in a process of its own, on a folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.environment = os.environ | {"COACHWORK_DATA_DIR": str(folder)}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        database = Database(read_settings({"COACHWORK_DATA_DIR": str(folder)}).database_url)
        database.migrate()
        keys = KeyStore(database)
        _, key = keys.make(keys.tenant("t"), "k", (Scope.READ, Scope.WRITE))
        database.close()
        self.key = key

    def start(self) -> None:
        self.client = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {self.key}"}, timeout=60
        )
        command = [sys.executable, "-m", "coachwork.cli.main", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 90
        while time.monotonic() < until:
            try:
                self.client.get("/ready")
            except httpx2.TransportError:
                time.sleep(0.1)
            else:
                return
        pytest.fail("the service did not start")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.client.close()  # its connections ended with the process


@pytest.mark.slow
def test_what_was_acknowledged_survives_kills_and_is_done_once(tmp_path: Path) -> None:
    server, chance = Server(tmp_path / "data"), random.Random(7)
    acknowledged: dict[str, set[str]] = {}
    for _ in range(KILLS):
        server.start()
        try:
            case = server.client.post("/v1/inspections", json={}).json()["id"]
            acknowledged[case] = set()
            for sample in chance.sample(SAMPLES, 2):
                answer = server.client.post(f"/v1/inspections/{case}/photos", files={"photo": sample.read_bytes()})
                acknowledged[case].add(answer.json()[0]["sha256"])
            server.client.post(f"/v1/inspections/{case}/complete").raise_for_status()
            time.sleep(chance.uniform(0, 1.5))
        finally:
            server.kill()
    server.start()
    try:
        for case, photos in acknowledged.items():
            _check(server.client, case, photos)
    finally:
        server.kill()


def _check(client: httpx2.Client, case: str, photos: set[str]) -> None:
    until = time.monotonic() + 120
    while client.get(f"/v1/inspections/{case}").json()["state"] == "working" and time.monotonic() < until:
        time.sleep(0.2)
    assert client.get(f"/v1/inspections/{case}").json()["state"] == "ready"
    assert {photo["sha256"] for photo in client.get(f"/v1/inspections/{case}/photos").json()} == photos
    assert len(client.get(f"/v1/inspections/{case}/result").json()["inspection"]["photos"]) == len(photos)
    kinds = [event["kind"] for event in client.get(f"/v1/inspections/{case}/events").json()]
    assert kinds.count("case.ready") == 1
    assert kinds.count("case.submitted") == 1
