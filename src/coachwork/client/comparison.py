"""A comparison of two inspections at a service."""

import time
from collections.abc import Sequence
from typing import Any

from coachwork.client.connection import Connection, ServiceError


class RemoteComparison:
    """A comparison at a service.

    Attributes:
        id: its name.
    """

    def __init__(self, coachwork: Connection, comparison_id: str) -> None:
        """Stands for the comparison of that name."""
        self._coachwork, self.id = coachwork, comparison_id

    def state(self) -> dict[str, Any]:
        """How it stands, with its changes and charges once it is ready.

        Raises:
            ServiceError: there is no such comparison.
        """
        return dict(self._coachwork.ask("GET", f"/v1/comparisons/{self.id}").json())

    def wait(self, *, patience_s: float = 300.0) -> dict[str, Any]:
        """Waits until it is ready.

        Raises:
            ServiceError: it failed, or took longer.
        """
        until = time.monotonic() + patience_s
        pause = 0.2
        while (one := self.state())["state"] in {"waiting", "working"}:
            if time.monotonic() > until:
                message = f"the comparison {self.id} is not ready after {patience_s:g} s: ask for it later"
                raise ServiceError(message)
            time.sleep(pause)
            pause = min(pause * 1.5, 2.0)
        if one["state"] == "failed":
            message = f"the comparison failed: {one['problem']}"
            raise ServiceError(message)
        return one

    def mark(
        self, kind: str, *, revision: int, reason: str, before: Sequence[int] = (), after: Sequence[int] = ()
    ) -> dict[str, Any]:
        """Says what a pair really is: ``same``, ``grown`` or ``not_same``; places are those of the changes, from 0.

        Raises:
            ServiceError: it does not fit the comparison, or somebody spoke of it since.
        """
        body = {"kind": kind, "revision": revision, "reason": reason, "before": [*before], "after": [*after]}
        return dict(self._coachwork.ask("POST", f"/v1/comparisons/{self.id}/marks", json=body).json())
