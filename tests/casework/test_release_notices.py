"""The operator's address hears of each change of the release once, also where it answered late."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from coachwork.casework.delivering import signature
from coachwork.casework.release_notices import ReleaseNotices
from coachwork.registry.release_moves import appoint, change, reject, start_shadow
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.release_notice_store import WAITING, ReleaseNoticeStore
from coachwork.storage.release_store import ReleaseTable
from tests.casework.releasing import until
from tests.registry.test_release import SIGNED, bundle

SECRET = "whsec_" + base64.b64encode(b"some bytes").decode()


class Receiver(ThreadingHTTPServer):
    """Keeps what it is told, and answers as it is set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver = self.server
        assert isinstance(receiver, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.told.append((dict(self.headers), body))
        self.send_response(receiver.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'own.db'}")
    opened.migrate()
    yield opened
    opened.close()


def notices(database: Database, receiver: Receiver) -> ReleaseNotices:
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    return ReleaseNotices(ReleaseTable(database), ReleaseNoticeStore(database), url=url, secret=SECRET)


def test_each_change_is_told_once_and_signed_and_nothing_of_before(database: Database, receiver: Receiver) -> None:
    store = ReleaseTable(database)
    change(store, lambda release: appoint(release, bundle(1), SIGNED))
    first, second = notices(database, receiver), notices(database, receiver)
    first.look()
    assert receiver.told == []
    change(store, lambda release: start_shadow(release, bundle(2), SIGNED))
    change(store, lambda release: reject(release, SIGNED))
    for one in (first, second, first):
        one.look()
    kinds = [json.loads(body)["type"] for _, body in receiver.told]
    assert kinds == ["release.shadow", "release.rejected"]
    headers, body = receiver.told[1]
    wanted = signature(SECRET, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == wanted
    assert json.loads(body)["data"]["why"] == "because"


def test_one_that_fails_is_tried_again_later(database: Database, receiver: Receiver) -> None:
    told, kept = notices(database, receiver), ReleaseNoticeStore(database)
    told.look()
    receiver.status = 500
    change(ReleaseTable(database), lambda release: appoint(release, bundle(1), SIGNED))
    told.look()
    told.look()
    assert len(receiver.told) == 1
    receiver.status = 204
    kept.attempted(1, WAITING, problem="", due=now() - timedelta(seconds=1))
    told.look()
    told.look()
    assert len(receiver.told) == 2
    assert kept.take(within=timedelta(0)) is None


def test_a_thread_does_so_until_it_is_stopped(database: Database, receiver: Receiver) -> None:
    running = notices(database, receiver)
    running.start()
    assert until(lambda: ReleaseNoticeStore(database).last() is not None)
    change(ReleaseTable(database), lambda release: appoint(release, bundle(1), SIGNED))
    assert until(lambda: len(receiver.told) == 1)
    running.stop()
