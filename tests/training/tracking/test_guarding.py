"""Sinks that fail must not harm the run, and must get all records once they work again."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from coachwork.training.tracking import guarding
from coachwork.training.tracking.guarding import BackgroundSink, GuardedSink
from coachwork.training.tracking.sink import Ending, Record, RefusedError, Row, RunFacts, Status

FACTS = RunFacts(name="run", folder=Path(), step=0, parameters={}, datasets={}, tags={})
ENDING = Ending(status=Status.FINISHED, report={}, text="")


def row(step: int) -> Row:
    return Row(table="steps", step=step, time_s=0.0, values={"loss": 1.0})


class PlannedSink:
    """Fails as often as told, then keeps what it gets."""

    title = "a sink"

    def __init__(self, *, failures: int = 0, error: type[Exception] = OSError) -> None:
        self.failures, self.error = failures, error
        self.kept: list[Record] = []
        self.closed = False
        self.threads: set[int] = set()

    def _meet(self) -> None:
        self.threads.add(threading.get_ident())
        if self.failures:
            self.failures -= 1
            message = "no route to host\nand more"
            raise self.error(message)

    def open(self, facts: RunFacts) -> None:
        assert facts is FACTS
        self._meet()

    def write(self, records: Sequence[Record]) -> None:
        self._meet()
        self.kept += records

    def close(self, ending: Ending) -> None:
        assert ending is ENDING
        self._meet()
        self.closed = True


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(guarding, "_GATHER_S", 0.01)


def test_a_guarded_sink_that_fails_is_told_of_once_and_left_out() -> None:
    said: list[str] = []
    inner = PlannedSink()
    sink = GuardedSink(inner, said.append)
    sink.open(FACTS)
    sink.write([row(1)])
    inner.failures = 1
    for step in (2, 3):
        sink.write([row(step)])
    sink.close(ENDING)
    assert [r.step for r in inner.kept if isinstance(r, Row)] == [1]
    assert said == ["a sink: no more records from here on, as writing failed (no route to host)"]


@pytest.mark.parametrize("failures", [0, 3])
def test_a_background_sink_gets_everything_in_order_from_one_other_thread(failures: int) -> None:
    said: list[str] = []
    inner = PlannedSink(failures=failures)
    sink = BackgroundSink(inner, said.append)
    sink.open(FACTS)
    for step in range(1200):
        sink.write([row(step)])
    sink.close(ENDING)
    assert [r.step for r in inner.kept if isinstance(r, Row)] == list(range(1200))
    assert inner.closed
    assert len(inner.threads) == 1
    assert threading.get_ident() not in inner.threads
    assert [line.partition(":")[0] for line in said] == (
        ["a sink cannot be reached, will try again while training goes on", "a sink works again"] if failures else []
    )


def test_a_sink_that_never_answers_costs_its_records_and_no_more_time_than_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guarding, "PATIENCE_WITH_FAILING_S", 0.2)
    said: list[str] = []
    sink = BackgroundSink(PlannedSink(failures=10**9), said.append)
    sink.open(FACTS)
    sink.write([row(1), row(2)])
    time.sleep(0.1)
    started = time.monotonic()
    sink.close(ENDING)
    assert time.monotonic() - started < 30
    assert said[-1] == "a sink: 2 records are missing there; the CSV files hold every curve"
    ended = time.monotonic() + 30
    while sink._thread.is_alive() and time.monotonic() < ended:
        time.sleep(0.05)
    assert not sink._thread.is_alive(), "nobody waits any more, and it still tries"
    assert said[-1] == "a sink: 2 records are missing there; the CSV files hold every curve"


def test_refused_records_are_dropped_and_the_next_ones_go_through() -> None:
    said: list[str] = []
    inner = PlannedSink(error=RefusedError)
    sink = BackgroundSink(inner, said.append)
    sink.open(FACTS)
    while not inner.threads:
        time.sleep(0.01)
    inner.failures = 1
    sink.write([row(1)])
    while inner.failures:
        time.sleep(0.01)
    sink.write([row(2)])
    sink.close(ENDING)
    assert [r.step for r in inner.kept if isinstance(r, Row)] == [2]
    assert "1 records were refused (no route to host)" in said[0]
    assert inner.closed


def test_the_oldest_records_go_first_when_too_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "_MOST_WAITING", 5)
    said: list[str] = []
    inner = PlannedSink(failures=5)
    sink = BackgroundSink(inner, said.append)
    sink.write([row(step) for step in range(8)])
    sink.open(FACTS)
    sink.close(ENDING)
    assert [r.step for r in inner.kept if isinstance(r, Row)] == [3, 4, 5, 6, 7]
    assert said[-1].startswith("a sink: 3 records are missing there")
