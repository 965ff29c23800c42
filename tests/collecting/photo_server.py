"""A photo host on this machine: real sockets, answers by script, a record of every request."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import simplejpeg

Answer = Callable[[BaseHTTPRequestHandler], None]


def photo(seed: int = 0, *, height: int = 240, width: int = 320) -> bytes:
    """A JPEG that no other seed gives."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (height // 20, width // 20, 3), dtype=np.uint8)
    pixels = np.kron(coarse, np.ones((20, 20, 1), dtype=np.uint8))
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=90, colorspace="RGB"))


def sends(
    body: bytes, *, status: int = 200, kind: str = "image/jpeg", declared: int | None = None, **headers: str
) -> Answer:
    """Sends a body; `declared` states another length than it has, and the connection then ends."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body) if declared is None else declared))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)
        request.close_connection = declared is not None

    return answer


def redirects(to: str, status: int = 302) -> Answer:
    return sends(b"", status=status, Location=to)


def pours(size: int) -> Answer:
    """Sends so many bytes without saying how many they are."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "image/jpeg")
        request.end_headers()
        request.close_connection = True
        for _ in range(size // 65536):
            request.wfile.write(b"\xff\xd8\xff" + b"x" * 65533)

    return answer


def drips(pause_s: float) -> Answer:
    """Sends a byte now and then."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "image/jpeg")
        request.end_headers()
        request.close_connection = True
        for _ in range(200):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(pause_s)

    return answer


@dataclass(slots=True)
class PhotoServer:
    """Answers by path; several answers are given one after the other, and the last one ever after.

    Attributes:
        url: without a slash at its end.
        answers: path -> answers.
        requests: path, headers and moment of each request.
    """

    url: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str], float]] = field(default_factory=list)

    def serve(self, path: str, *answers: Answer) -> str:
        self.answers[path] = list(answers)
        return self.url + path

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.requests]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that hung up is no news."""


def started(server: PhotoServer) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.requests.append((self.path, dict(self.headers.items()), time.monotonic()))
            answers = server.answers.get(self.path) or [sends(b"nothing here", status=404, kind="text/plain")]
            (answers.pop(0) if len(answers) > 1 else answers[0])(self)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    running = _QuietServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{running.server_address[1]}"
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return running
