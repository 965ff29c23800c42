"""Faults of what the service stands on: its disk, its database, its store of photos. Each is prepared, and undone."""

import random
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.service.cluster import Cluster
from benchmarks.service.faulty_proxy import FaultyProxy
from benchmarks.service.seaweed import SECRETS, running_store, use_secrets
from benchmarks.service.stand import Stand

_DISK_MB, _FULL_S, _TIMES_FULL = 96, 20.0, 3
_GONE_S, _TIMES_GONE = 30.0, 2
_ERRING_S, _SHARE = 120.0, 0.3
_PEACE_S = 25.0


def small_disk(folder: Path, stack: ExitStack) -> tuple[dict[str, str], Any]:
    """The data folder on a disk of 96 MB (tmpfs; needs the right to mount), which is filled up thrice for 20 s."""
    data = folder / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "tmpfs", str(data)], check=True)
    stack.callback(subprocess.run, ["umount", "-l", str(data)], check=False)

    def disturb(_stand: Stand, chance: random.Random) -> dict[str, Any]:
        for _ in range(_TIMES_FULL):
            time.sleep(_PEACE_S)
            filler = data / "filler"
            until = time.monotonic() + _FULL_S + chance.uniform(0, 2)
            with filler.open("wb", buffering=0) as file:
                while time.monotonic() < until:
                    _fill(file)
                    time.sleep(0.02)
            filler.unlink()
        time.sleep(_PEACE_S)
        return {"times_full": _TIMES_FULL, "seconds_each": _FULL_S, "disk_mb": _DISK_MB}

    return {}, disturb


def _fill(file: Any) -> None:
    """Takes all room that is left, down to the last byte."""
    for size in (65536, 4096, 1):
        try:
            while file.write(b"\0" * size):
                pass
        except OSError:
            continue


def stopped_database(folder: Path, stack: ExitStack) -> tuple[dict[str, str], Any]:
    """PostgreSQL, which forces every commit to the disk, and is stopped as by a power cut for 30 s, twice."""
    cluster = Cluster(folder / "postgres")
    stack.callback(cluster.stop)
    cluster.start()

    def disturb(_stand: Stand, chance: random.Random) -> dict[str, Any]:
        for _ in range(_TIMES_GONE):
            time.sleep(_PEACE_S + chance.uniform(0, 3))
            cluster.stop()
            time.sleep(_GONE_S)
            cluster.start()
        time.sleep(_PEACE_S)
        return {"times_gone": _TIMES_GONE, "seconds_each": _GONE_S, "stop": "immediate"}

    return {"COACHWORK_DATABASE_URL": cluster.url}, disturb


def erring_store(folder: Path, stack: ExitStack, *, seconds: float = _ERRING_S) -> tuple[dict[str, str], Any]:
    """Photos in an S3 server, three of ten requests of which fail for two minutes in one of four ways."""
    port = stack.enter_context(running_store(folder / "s3", "photos"))
    use_secrets(f"http://127.0.0.1:{port}")
    proxy = stack.enter_context(FaultyProxy(port))

    def disturb(_stand: Stand, chance: random.Random) -> dict[str, Any]:
        proxy.err(chance, _SHARE)
        time.sleep(seconds)
        proxy.err(chance, 0.0)
        return {"seconds": seconds, "share": _SHARE, "requests": proxy.requests, "failed": dict(proxy.failed)}

    where = {"COACHWORK_PHOTOS": "s3://photos/kept", "AWS_ENDPOINT_URL": proxy.url}
    return where | SECRETS, disturb
