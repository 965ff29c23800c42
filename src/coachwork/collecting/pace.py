"""How often each host is asked."""

import time
from collections.abc import Callable


class Pace:
    """When each host may be asked again."""

    def __init__(
        self,
        interval_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = interval_s
        self._clock = clock
        self._sleep = sleep
        self._ready: dict[str, float] = {}

    def ready_at(self, host: str) -> float:
        """The moment, on the pace's own clock."""
        return self._ready.get(host, 0.0)

    def await_turn(self, host: str) -> None:
        """Waits until the host may be asked, and counts a request to it."""
        while (left := self.ready_at(host) - self._clock()) > 0:
            self._sleep(left)
        self._ready[host] = self._clock() + self._interval

    def hold(self, host: str, seconds: float) -> None:
        """Leaves the host alone for so long from now on."""
        self._ready[host] = max(self.ready_at(host), self._clock() + seconds)
