"""Reports of gates, kept for good: each under its candidate, in the order in which they were made."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from coachwork.datasets.files import files_at
from coachwork.datasets.place import DatasetError
from coachwork.inference.contents import DIGEST
from coachwork.registry.gate import GateError, GateReport, report_from_json

_ATTEMPTS = 20


class GateReports:
    """A folder or bucket of reports; each is written once and never changed."""

    def __init__(self, root: str) -> None:
        """Opens it; nothing is made before the first report.

        Raises:
            MissingExtra: the packages for such a store are not installed.
            GateError: the address is of no known kind.
        """
        self.root = root
        with self._told():
            self._files = files_at(root)

    def keep(self, report: GateReport) -> None:
        """Keeps a report; durable once this returns.

        Raises:
            GateError: the place refuses.
        """
        content = (json.dumps(report.to_json(), indent=1) + "\n").encode("ascii")
        with self._told():
            for _ in range(_ATTEMPTS):
                number = (self._numbers(report.candidate) or [0])[-1] + 1
                if self._files.create(_name(report.candidate, number), content):
                    self._files.settle()
                    return
        message = f"{self.root}: others write reports of the same bundle all the time; try again"
        raise GateError(message)

    def of(self, candidate: str) -> tuple[GateReport, ...]:
        """All reports of a bundle's digest, the newest first.

        Raises:
            GateError: one cannot be read.
        """
        with self._told():
            numbers = self._numbers(candidate)
            contents = [self._files.read(_name(candidate, number)) for number in numbers[::-1]]
        try:
            return tuple(report_from_json(json.loads(content)) for content in contents)
        except ValueError as broken:
            message = f"a report of gates in {self.root}/{candidate} is broken ({broken}): run the gates again"
            raise GateError(message) from broken

    def latest(self, candidate: str, champion: str) -> GateReport | None:
        """The newest report of a bundle against a champion (empty for none); None where the gates were not asked."""
        return next((report for report in self.of(candidate) if report.champion == champion), None)

    def _numbers(self, candidate: str) -> list[int]:
        if not DIGEST.fullmatch(candidate):
            message = f"{candidate!r} is no digest of a bundle: give its 64 hexadecimal digits"
            raise GateError(message)
        stems = (name.removesuffix(".json") for name in self._files.names(candidate))
        return sorted(int(stem) for stem in stems if stem.isdigit())

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DatasetError as refused:
            message = f"reports of gates at {self.root}: {refused.why}"
            raise GateError(message) from refused
        except OSError as refused:
            message = f"reports of gates at {self.root} cannot be read or written ({refused.strerror or refused})"
            raise GateError(message) from refused


def _name(candidate: str, number: int) -> str:
    return f"{candidate}/{number:06d}.json"
