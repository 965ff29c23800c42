"""How much a key may ask for: a bucket that fills evenly, in this process alone."""

import threading
import time
from collections.abc import Callable

from coachwork.errors import CoachworkError

_MOST_KEYS = 10_000


class TooManyRequests(CoachworkError):
    """A key asked for too much.

    Attributes:
        wait_s: whole seconds until it may ask again.
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"this key asked for too much in the last minute: wait {wait_s} s")
        self.wait_s = wait_s


class RateLimit:
    """Buckets by key; each holds a minute's requests, and a sixtieth of them comes back every second."""

    def __init__(self, *, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Lets so many requests through in a minute."""
        self._most, self._clock = float(a_minute), clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Takes one request out of a key's bucket.

        Raises:
            TooManyRequests: it is empty.
        """
        moment = self._clock()
        with self._lock:
            left, since = self._buckets.get(key, (self._most, moment))
            left = min(self._most, left + (moment - since) * self._most / 60)
            if len(self._buckets) >= _MOST_KEYS and key not in self._buckets:
                self._buckets.clear()
            if left < 1:
                self._buckets[key] = (left, moment)
                raise TooManyRequests(max(1, round((1 - left) * 60 / self._most)))
            self._buckets[key] = (left - 1, moment)
