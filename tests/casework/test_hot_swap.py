"""A real server under load, its bundle swapped again and again: every request gets a whole answer."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from benchmarks.hotswap import measure, served, tiny
from coachwork.inference.contents import contents_of
from coachwork.registry.release import BundleVersion, Signature
from coachwork.registry.release_moves import appoint, change
from coachwork.storage.release_store import ReleaseTable
from coachwork.storage.release_trials import TrialStore
from tests.casework.releasing import until

SIGNED = Signature(by="test", why="to see")


@pytest.mark.slow
def test_swaps_under_load_fail_no_request(tmp_path: Path) -> None:
    bundles, parts, photo = tiny(tmp_path)
    found = measure(tmp_path, bundles, photo, parts=parts, requests=200, swaps=4, clients=3)
    assert (found["errors"], found["wrong_after_swap"], found["swaps"]) == (0, 0, 4), found["first_errors"]
    assert found["requests_while_swapping"] >= 200


@pytest.mark.slow
def test_a_server_that_is_killed_comes_back_with_the_champion_of_the_release(tmp_path: Path) -> None:
    bundles, parts, photo = tiny(tmp_path)
    second = BundleVersion(name="t", version="2", digest=contents_of(bundles[1]).digest, place=str(bundles[1]))
    for turn in range(2):
        with served(tmp_path, bundles[0], parts) as (url, key, database):
            store = ReleaseTable(database)
            if not turn:
                assert until(lambda: len(TrialStore(database).servers()) == 1)
                change(store, lambda release: appoint(release, second, SIGNED))
                server = TrialStore(database).servers()[0].server
                os.kill(int(server.rpartition(":")[2]), signal.SIGKILL)
                continue
            answer = httpx2.post(
                f"{url}/v1/assess", headers={"Authorization": f"Bearer {key}"}, files={"photo": photo}, timeout=60
            )
            assert answer.json()["model"]["bundle"] == second.digest
            told = httpx2.get(f"{url}/metrics").text
            assert f'coachwork_bundle_info{{digest="{second.digest}",name="t",role="champion",version="2"}} 1.0' in told
            assert "coachwork_release_revision 1.0" in told


@pytest.mark.slow
def test_a_canary_by_the_command_line_reaches_a_running_server(tmp_path: Path) -> None:
    bundles, parts, photo = tiny(tmp_path)
    with served(tmp_path, bundles[0], parts) as (url, key, database):
        command = [sys.executable, "-m", "coachwork.cli.main", "release", "canary", str(bundles[1]), "--share", "1"]
        environment = os.environ | {"COACHWORK_DATA_DIR": str(tmp_path)}
        subprocess.run(command, env=environment, check=True, timeout=120, capture_output=True)  # noqa: S603 (our own)
        wanted = contents_of(bundles[1]).digest

        def answered_by() -> str:
            answer = httpx2.post(
                f"{url}/v1/assess", headers={"Authorization": f"Bearer {key}"}, files={"photo": photo}, timeout=60
            )
            return str(answer.json()["model"]["bundle"])

        assert until(lambda: answered_by() == wanted)
        assert until(lambda: TrialStore(database).evidence(1).photos >= 1)
        assert httpx2.get(f"{url}/ready").json()["release"]["challenger"] is not None
