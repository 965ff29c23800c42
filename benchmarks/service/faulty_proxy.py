"""A proxy before an S3 server that lets a share of the requests fail, each in one of four ways.

refused    500 with S3's own words, the request is not passed on
slow       503 SlowDown
lost       the request is passed on and done, and its answer is not: the connection is cut
cut        the connection is cut after half of the answer, or before it where it has no body
silent     nothing is answered for a while, then the connection is cut
"""

import random
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from typing_extensions import override

WAYS = ("refused", "slow", "lost", "cut", "silent")
_SILENT_S = 8.0
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding"})


class FaultyProxy:
    """Listens on loopback; a context manager.

    Attributes:
        url: of the proxy.
        requests: that came so far.
        failed: way -> how many failed so.
    """

    def __init__(self, port: int) -> None:
        """Stands before the server at a port of loopback, and passes everything on so far."""
        self.requests, self.failed = 0, Counter[str]()
        self._chance, self._share, self._lock = random.Random(0), 0.0, threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                proxy.answer(self, port, body)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815 (the standard library's names)

            @override
            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Begins to listen."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listens no more."""
        self._server.shutdown()
        self._server.server_close()

    def err(self, chance: random.Random, share: float) -> None:
        """Lets so large a share of the requests fail from now on."""
        with self._lock:
            self._chance, self._share = chance, share

    def answer(self, request: BaseHTTPRequestHandler, port: int, body: bytes) -> None:
        """Answers one request, or fails it."""
        way = self._way()
        if way in {"refused", "slow"}:
            _send(request, 500 if way == "refused" else 503, [], b"")
            return
        if way == "silent":
            time.sleep(_SILENT_S)
            request.close_connection = True
            return
        status, headers, told = _passed_on(request, port, body)
        if way == "lost" or (way == "cut" and len(told) < 2):
            request.close_connection = True
            return
        if way == "cut":
            request.close_connection = True
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
            told, headers = told[: len(told) // 2], [*headers, ("Content-Length", str(len(told)))]
        _send(request, status, headers, told)

    def _way(self) -> str:
        with self._lock:
            self.requests += 1
            if self._chance.random() >= self._share:
                return ""
            way = self._chance.choice(WAYS)
            self.failed[way] += 1
            return way


def _passed_on(request: BaseHTTPRequestHandler, port: int, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    server = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        server.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            server.putheader(name, value)
        server.endheaders(body)
        answer = server.getresponse()
        told = answer.read()
        return answer.status, [(n, v) for n, v in answer.getheaders() if n.lower() not in _HOP], told
    finally:
        server.close()


def _send(request: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    request.send_response_only(status)
    for name, value in headers:
        request.send_header(name, value)
    if not any(name.lower() == "content-length" for name, _ in headers):
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)
