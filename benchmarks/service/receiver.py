"""A receiver of webhooks that answers 204, and remembers what it was told how often."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from typing_extensions import override


class Receiver:
    """Listens on loopback; a context manager.

    Attributes:
        messages: id of a message -> how often it came.
        events: number of an event -> the ids of messages that told of it.
    """

    def __init__(self) -> None:
        """Listens nowhere yet."""
        self.messages: Counter[str] = Counter()
        self.events: dict[int, set[str]] = {}
        lock, messages, events = threading.Lock(), self.messages, self.events

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    messages[self.headers["webhook-id"]] += 1
                    events.setdefault(body["data"]["event"], set()).add(self.headers["webhook-id"])
                self.send_response(204)
                self.end_headers()

            @override
            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

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
