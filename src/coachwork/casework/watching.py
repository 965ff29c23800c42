"""Signals of photos on their way into the database, without anybody waiting for them.

What assesses a photo puts its record into a bounded queue in memory; a thread of its own writes them in batches. A full
queue drops the newest record and counts it: an answer is worth more than a figure in a statistic.
"""

import hashlib
import logging
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from coachwork.assessments.assessment import Assessment
from coachwork.cases.case import Case
from coachwork.cases.identity import new_id
from coachwork.inference.inspecting import Watched
from coachwork.monitoring.photo_record import Channel
from coachwork.monitoring.signals import coarse_device, signals_of, unreadable
from coachwork.photos.exif import camera_notes
from coachwork.photos.reading import Photo, PhotoError
from coachwork.storage.columns import now
from coachwork.storage.signal_store import KeptRecord, SignalStore

_LOG = logging.getLogger(__name__)
_LONGEST_REST_S = 1.0
_TRIES = 3


class SignalWriter:
    """Writes records behind the service's back.

    Attributes:
        dropped: records that were lost, since the queue was full or the database refused.
        written: records that are in the database.
    """

    def __init__(self, store: SignalStore, *, room: int = 2000, batch: int = 200, days: int = 365) -> None:
        """Begins to write when the first record comes.

        Args:
            store: that keeps them.
            room: records that may wait; each takes about a kilobyte.
            batch: records in one transaction.
            days: how long records are kept.
        """
        self._store, self._batch, self._days = store, batch, days
        self._waiting: queue.Queue[KeptRecord | None] = queue.Queue(maxsize=room)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.dropped, self.written = 0, 0

    def put(self, one: KeptRecord) -> bool:
        """Hands a record over at once; False where it was dropped."""
        with self._lock:
            if not self._closed:
                self._begin()
                try:
                    self._waiting.put_nowait(one)
                except queue.Full:
                    pass
                else:
                    return True
            self.dropped += 1
        return False

    def close(self, *, patience_s: float = 10.0) -> None:
        """Writes what waits, as far as that takes no longer than so many seconds, and takes no more."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is None:
            return
        try:
            self._waiting.put(None, timeout=patience_s)
        except queue.Full:
            _LOG.warning("signals of photos could not be written in time")
        thread.join(timeout=patience_s)

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="signals", daemon=True)
            self._thread.start()

    def _write(self) -> None:
        tidy_at = time.monotonic()
        while True:
            batch, last = self._gathered()
            if batch:
                self._keep(batch)
            if last:
                return
            if time.monotonic() >= tidy_at:
                tidy_at = time.monotonic() + 86_400
                self._tidy()

    def _gathered(self) -> tuple[list[KeptRecord], bool]:
        """What waits, up to a batch; and whether the writer is to end."""
        found: list[KeptRecord] = []
        until = time.monotonic() + _LONGEST_REST_S
        while len(found) < self._batch:
            try:
                one = self._waiting.get(timeout=max(until - time.monotonic(), 0.001))
            except queue.Empty:
                break
            if one is None:
                return found, True
            found.append(one)
        return found, False

    def _keep(self, batch: list[KeptRecord]) -> None:
        for attempt in range(_TRIES):
            try:
                self._store.add(batch)
            except SQLAlchemyError:
                _LOG.warning("signals of %d photos could not be written", len(batch), exc_info=attempt == _TRIES - 1)
                time.sleep(0.2 * 2**attempt)
            else:
                self.written += len(batch)
                return
        with self._lock:
            self.dropped += len(batch)

    def _tidy(self) -> None:
        try:
            gone = self._store.drop_before(now() - timedelta(days=self._days))
        except SQLAlchemyError:
            _LOG.warning("old signals of photos could not be dropped", exc_info=True)
        else:
            if gone:
                _LOG.info("dropped the signals of %d photos, older than %d days", gone, self._days)


class Watcher:
    """Turns what was assessed into records, and hands them to the writer."""

    def __init__(self, writer: SignalWriter) -> None:
        self._writer = writer

    def of_case(self, case: Case) -> Watched:
        """What remembers the photos of a case as they are assessed; the same revision of it is remembered once."""

        def watched(path: Path, photo: Photo, assessment: Assessment, took_s: float) -> None:
            told = "/".join((case.id, str(case.revision), photo.sha256, assessment.model.digest))
            device = coarse_device(camera_notes(path.read_bytes()))
            record = signals_of(photo, assessment, case=case.id, device=device, latency_ms=1000 * took_s)
            key = hashlib.sha256(told.encode()).hexdigest()
            self._writer.put(KeptRecord(key=key, tenant=case.tenant, record=record))

        return watched

    def single_photo(self, tenant: str, data: bytes, *, photo: Photo, assessment: Assessment, took_s: float) -> None:
        """Remembers a photo that was assessed by itself; its digest is not kept."""
        device = coarse_device(camera_notes(data))
        record = signals_of(photo, assessment, channel=Channel.API, device=device, latency_ms=1000 * took_s)
        self._writer.put(KeptRecord(key=new_id("signal"), tenant=tenant, record=replace(record, sha256="")))

    @contextmanager
    def told_unreadable(self, tenant: str, channel: Channel) -> Iterator[None]:
        """Remembers it where something was sent as a photo that none could be made of; the error goes on."""
        try:
            yield
        except PhotoError:
            self._writer.put(KeptRecord(key=new_id("signal"), tenant=tenant, record=unreadable(channel=channel)))
            raise
