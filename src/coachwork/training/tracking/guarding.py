"""Sinks that cannot harm a run: what one fails to keep is told and tried again, and training goes on."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from coachwork.training.tracking.sink import Ending, Record, RefusedError, RunFacts, Sink

_GATHER_S = 2.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_MOST_WAITING = 100_000
_PORTION = 500
PATIENCE_S, PATIENCE_WITH_FAILING_S = 300.0, 15.0
"""Seconds to wait at a run's end while records still go through, and once a call has failed."""


class GuardedSink:
    """A sink on the same machine, called at once; when it fails, that is told and the rest of the run leaves it out.

    Args:
        sink: the sink.
        say: told what went wrong.
    """

    def __init__(self, sink: Sink, say: Callable[[str], None]) -> None:
        self.title = sink.title
        self._sink, self._say = sink, say
        self._works = True

    def open(self, facts: RunFacts) -> None:
        """See `Sink`."""
        self._try(lambda: self._sink.open(facts))

    def write(self, records: Sequence[Record]) -> None:
        """See `Sink`."""
        self._try(lambda: self._sink.write(records))

    def close(self, ending: Ending) -> None:
        """See `Sink`."""
        self._try(lambda: self._sink.close(ending))

    def _try(self, call: Callable[[], None]) -> None:
        if not self._works:
            return
        try:
            call()
        except Exception as error:  # noqa: BLE001 - whatever it is, hours of training matter more
            self._works = False
            self._say(f"{self.title}: no more records from here on, as writing failed ({_first_line(error)})")


class BackgroundSink:
    """A sink that may be slow or away, called from a thread of its own; what fails is tried again until the end.

    Args:
        sink: the sink; all its calls come from the one thread.
        say: told what went wrong, and when it works again.
    """

    def __init__(self, sink: Sink, say: Callable[[str], None]) -> None:
        self.title = sink.title
        self._sink, self._say = sink, say
        self._waiting: deque[Record] = deque()
        self._lock, self._news = threading.Lock(), threading.Event()
        self._facts: RunFacts | None = None
        self._ending: Ending | None = None
        self._held: list[Record] = []
        self._lost = self._failures = 0
        self._given_up = False
        self._thread = threading.Thread(target=self._work, name=f"sink {sink.title}", daemon=True)

    def open(self, facts: RunFacts) -> None:
        """See `Sink`; returns at once."""
        self._facts = facts
        self._thread.start()

    def write(self, records: Sequence[Record]) -> None:
        """See `Sink`; returns at once."""
        with self._lock:
            self._waiting.extend(records)
            while len(self._waiting) > _MOST_WAITING:
                self._waiting.popleft()
                self._lost += 1

    def close(self, ending: Ending) -> None:
        """See `Sink`; waits until all is written, or until that takes too long: then nothing is tried again."""
        self._ending = ending
        self._news.set()
        started = time.monotonic()
        while self._thread.is_alive():
            self._thread.join(0.05)
            waited = time.monotonic() - started
            if waited > (PATIENCE_WITH_FAILING_S if self._failures else PATIENCE_S):
                self._given_up = True
                break
        missing = self._lost + len(self._held) + len(self._waiting)
        if self._thread.is_alive() or missing:
            self._say(
                f"{self.title}: {missing or 'the last'} records are missing there; the CSV files hold every curve"
            )

    def _work(self) -> None:
        goes_on = self._insist(self._open)
        while goes_on:
            ending = self._ending  # read before the records: those that came earlier go first
            self._hold()
            if self._held:
                goes_on = self._insist(lambda: self._sink.write(self._held))
                if goes_on:
                    self._held = []
            elif ending is not None:
                self._insist(partial(self._sink.close, ending))
                return
            else:
                self._news.wait(_GATHER_S)

    def _open(self) -> None:
        if self._facts is not None:
            self._sink.open(self._facts)

    def _hold(self) -> None:
        with self._lock:
            self._held = [self._waiting.popleft() for _ in range(min(_PORTION, len(self._waiting)))]

    def _insist(self, call: Callable[[], None]) -> bool:
        """Calls until it works or is refused for good; False where nobody waits for it any more."""
        pause = _FIRST_PAUSE_S
        while not self._given_up:
            try:
                call()
            except RefusedError as error:
                self._lost += len(self._held)
                self._say(f"{self.title}: {len(self._held)} records were refused ({_first_line(error)})")
                return True
            except Exception as error:  # noqa: BLE001 - whatever it is, hours of training matter more
                self._failures += 1
                if self._failures == 1:
                    self._say(
                        f"{self.title} cannot be reached, will try again while training goes on: {_first_line(error)}"
                    )
                if self._news.wait(pause):  # the run ends: no long pauses any more
                    time.sleep(_FIRST_PAUSE_S)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            else:
                if self._failures:
                    self._failures = 0
                    self._say(f"{self.title} works again")
                return True
        return False


def _first_line(error: Exception) -> str:
    said = str(error).strip().partition("\n")[0][:300]
    return said or type(error).__name__
