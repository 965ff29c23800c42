"""Telling an address of the operator's of every change of the release, be it by a person or by itself.

Messages are those of Standard Webhooks, as for cases; each is tried ten times within three days.
"""

import json
import logging
import threading
from datetime import timedelta

import httpx2
from sqlalchemy.exc import SQLAlchemyError

from coachwork import __version__
from coachwork.casework.delivering import WAITS_S, signature
from coachwork.errors import CoachworkError
from coachwork.registry.release import Release, ReleaseStore
from coachwork.registry.release_json import release_to_json
from coachwork.settings import ServiceSettings
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.release_notice_store import DELIVERED, GIVEN_UP, WAITING, ReleaseNoticeStore

_LOG = logging.getLogger(__name__)
_EVERY_S = 2.0
_TIMEOUT_S = 15.0


class ReleaseNotices:
    """Sends messages from a thread of its own."""

    def __init__(self, store: ReleaseStore, notices: ReleaseNoticeStore, *, url: str, secret: str = "") -> None:
        """Sends nothing before it is started.

        Args:
            store: of the release.
            notices: of what was told.
            url: that is told; the operator's own, so it may lie in a private network.
            secret: ``whsec_`` and base 64, by which messages are signed; empty leaves them unsigned.
        """
        self._store, self._notices, self._url, self._secret = store, notices, url, secret
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins; the first time on a database nothing is told of what was before."""
        self._thread = threading.Thread(target=self._work, name="release-notices", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends; what was not told is told after the next start."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> None:
        """Makes notices of new revisions, and sends those that are due."""
        self._note()
        while not self._stopped.is_set():
            taken = self._notices.take(within=timedelta(seconds=2 * _TIMEOUT_S))
            if taken is None:
                return
            self._tell(*taken)

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                self.look()
            except (CoachworkError, SQLAlchemyError) as refused:
                _LOG.warning("changes of the release cannot be told: %s", refused)
            self._stopped.wait(_EVERY_S)

    def _note(self) -> None:
        present, last = self._store.read().revision, self._notices.last()
        if last is None:
            self._notices.add(present, DELIVERED)
            return
        for revision in range(last + 1, present + 1):
            self._notices.add(revision)

    def _tell(self, revision: int, attempts: int) -> None:
        history = self._store.history(limit=self._store.read().revision - revision + 1)
        release = next((one for one in history if one.revision == revision), None)
        problem = "there is no such revision" if release is None else self._sent(release)
        last = release is None or attempts >= len(WAITS_S)
        state = DELIVERED if not problem else GIVEN_UP if last else WAITING
        wait = WAITS_S[min(attempts, len(WAITS_S) - 1)]
        self._notices.attempted(revision, state, problem=problem, due=now() + timedelta(seconds=wait))
        if problem:
            _LOG.warning("revision %d of the release could not be told: %s", revision, problem)

    def _sent(self, release: Release) -> str:
        """What went wrong; empty where it was told."""
        name, moment = f"release-{release.revision}", str(int(now().timestamp()))
        body = notice_body(release)
        headers = {"Content-Type": "application/json", "User-Agent": f"Coachwork/{__version__}"}
        headers |= {"webhook-id": name, "webhook-timestamp": moment}
        if self._secret:
            headers["webhook-signature"] = signature(self._secret, name, moment, body)
        try:
            status = httpx2.post(self._url, content=body, headers=headers, timeout=_TIMEOUT_S).status_code
        except httpx2.HTTPError as fault:
            return str(fault) or type(fault).__name__
        return "" if 200 <= status < 300 else f"the receiver answered {status}"


def notice_body(release: Release) -> bytes:
    """What a receiver gets: the kind ``release.ACTION``, and the whole release."""
    told = {
        "type": f"release.{release.action.value}",
        "timestamp": release.at.isoformat(),
        "data": release_to_json(release),
    }
    return json.dumps(told, separators=(",", ":")).encode()


def release_notices(settings: ServiceSettings, store: ReleaseStore, database: Database) -> ReleaseNotices | None:
    """What tells the address of a service's settings; None where there is none."""
    if not settings.release_hook:
        return None
    kept = ReleaseNoticeStore(database)
    return ReleaseNotices(store, kept, url=settings.release_hook, secret=settings.release_hook_secret)
