"""Records are written behind the service's back: in batches, at the latest when it stops, at no answer's cost."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from coachwork.casework.watching import SignalWriter
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.signal_store import KeptRecord, SignalStore
from tests.monitoring.records import records

LOCKED = OperationalError("insert", {}, Exception("database is locked"))


class Remembering(SignalStore):
    """Keeps batches in memory; waits or fails as it is told."""

    def __init__(self) -> None:
        self.batches: list[list[KeptRecord]] = []
        self.may_write = threading.Event()
        self.faults = 0

    def add(self, kept: Sequence[KeptRecord]) -> int:
        self.may_write.wait(10)
        if self.faults:
            self.faults -= 1
            raise LOCKED
        self.batches.append(list(kept))
        return len(kept)

    def drop_before(self, moment: object) -> int:
        assert moment
        return 0


def told(count: int, tenant: str = "t") -> list[KeptRecord]:
    return [KeptRecord(key=str(at), tenant=tenant, record=one) for at, one in enumerate(records(count, case=""))]


def test_a_writer_that_has_nothing_to_write_closes_at_once() -> None:
    writer = SignalWriter(Remembering())
    writer.close()
    assert (writer.written, writer.dropped) == (0, 0)


def test_what_waits_is_written_when_the_service_stops(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'coachwork.db'}")
    database.migrate()
    tenant = KeyStore(database).tenant("default")
    writer = SignalWriter(SignalStore(database))
    assert all(writer.put(one) for one in told(25, tenant))
    writer.close()
    assert (writer.written, writer.dropped) == (25, 0)
    assert len(SignalStore(database).records()) == 25
    assert not writer.put(told(1)[0])
    assert writer.dropped == 1
    database.close()


def test_a_full_queue_drops_and_counts_without_waiting() -> None:
    store = Remembering()
    writer = SignalWriter(store, room=10, batch=5)
    begun = time.monotonic()
    kept = [writer.put(one) for one in told(100)]
    assert time.monotonic() - begun < 1
    store.may_write.set()
    writer.close()
    assert writer.dropped == 100 - sum(kept) > 80
    assert writer.written == sum(kept) == sum(len(batch) for batch in store.batches)
    assert max(len(batch) for batch in store.batches) <= 5


@pytest.mark.parametrize(("faults", "written"), [(2, 4), (3, 0)])
def test_a_database_that_refuses_for_a_moment_loses_nothing(faults: int, written: int) -> None:
    store = Remembering()
    store.faults = faults
    store.may_write.set()
    writer = SignalWriter(store)
    for one in told(4):
        writer.put(one)
    writer.close()
    assert (writer.written, writer.dropped) == (written, 4 - written)
