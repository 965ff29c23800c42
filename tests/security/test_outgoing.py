"""The service is led to no address of its own network: by webhooks, the only addresses that others tell it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from coachwork.cases.case import CaseEvent
from coachwork.cases.identity import new_id
from coachwork.cases.webhook import Webhook
from coachwork.casework.delivering import Deliverer
from coachwork.storage.columns import now
from tests.security.conftest import Estate

_PRIVATE = [
    "https://127.0.0.1:{port}/",
    "https://localhost:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://0.0.0.0:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://127.1:{port}/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://[64:ff9b::7f00:1]/",
    "http://127.0.0.1:{port}/",
]


@pytest.fixture
def inner() -> Iterator[tuple[int, list[str]]]:
    """A server of the own network: its port, and the requests that reached it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("url", _PRIVATE)
def test_no_spelling_of_a_private_address_is_connected_to(
    estate: Estate, inner: tuple[int, list[str]], url: str
) -> None:
    port, asked = inner
    told = url.format(port=port)
    hook = Webhook(id=new_id("hook"), tenant="x", url=told, kinds=("case.ready",), secret="whsec_c2VjcmV0", made=now())  # noqa: S106
    event = CaseEvent(number=1, case="case_x", kind="case.ready", by="x", at=now(), detail={})
    deliverer = Deliverer(estate.service.webhooks, allow_private=False)
    status, why = deliverer._sent(hook, "msg_x", event)
    assert status is None
    assert "private network" in why
    assert asked == []


def test_no_call_takes_the_address_of_a_photo(estate: Estate) -> None:
    """Photos come as bytes alone: but for webhooks there is no field of any body that is fetched from."""
    document = estate.client("victim").get("/openapi.json").json()
    fields = {
        name
        for schema in document["components"]["schemas"].values()
        for name, one in schema.get("properties", {}).items()
        if "uri" in str(one.get("format", "")) and not name.startswith("links")
    }
    assert fields <= {"url"}
    taking = [name for name, one in document["components"]["schemas"].items() if "uri" in str(one)]
    assert taking == ["WebhookBody"]


def test_made_up_addresses_are_no_webhooks(estate: Estate) -> None:
    client = estate.client("stranger")
    for url in ("file:///etc/passwd", "gopher://x/", "http://example.org/", "https://a:b@example.org/", "javascript:x"):
        assert client.post("/v1/webhooks", json={"url": url, "kinds": ["case.ready"]}).status_code == 422
