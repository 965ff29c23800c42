"""What clients were acknowledged, kept on their side, under a steady load of photos and decisions."""

import hashlib
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.service.photos import SmallPhotos
from coachwork.client import Coachwork, RemoteInspection, ServiceError

_ATTEMPTS = 10
_PATIENCE_S = 240.0
_AGAIN = 0.3


@dataclass(slots=True)
class LedgerCase:
    """What one case was acknowledged.

    Attributes:
        reference: by which it is found where even its opening was not acknowledged.
        id: of the case; empty where it was not acknowledged.
        sent, kept: digests of photos that were sent, and of those that were acknowledged.
        submitted: times that it was handed over, and that was acknowledged.
        asked, decided: reasons of decisions (each its own) that were asked for, and those acknowledged.
    """

    reference: str
    id: str = ""
    sent: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    submitted: int = 0
    asked: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)


class Ledger:
    """The cases of all clients, and what went wrong for them.

    Attributes:
        cases: one a case that was begun.
        problems: kind of a request that was given up -> how often.
        waits: seconds from handing over to results, of cases that got there.
    """

    def __init__(self) -> None:
        """Begins empty."""
        self.cases: list[LedgerCase] = []
        self.problems: Counter[str] = Counter()
        self.waits: list[float] = []
        self._lock = threading.Lock()

    def begin(self) -> LedgerCase:
        """A new case."""
        with self._lock:
            case = LedgerCase(reference=f"ledger {len(self.cases)}")
            self.cases.append(case)
        return case

    def problem(self, refused: ServiceError) -> None:
        """Counts a request that was given up."""
        with self._lock:
            self.problems[f"{refused.status} {refused.problem}".strip()] += 1

    @property
    def photos(self) -> int:
        """How many photos were acknowledged."""
        return sum(len(case.kept) for case in self.cases)

    @property
    def decisions(self) -> int:
        """How many decisions were acknowledged."""
        return sum(len(case.decided) for case in self.cases)


class Clients:
    """Programs that open cases, send photos, wait for results and decide, one case after the other each."""

    def __init__(self, url: str, key: str, ledger: Ledger, *, count: int, seed: int) -> None:
        """Prepares so many."""
        self._url, self._key, self._ledger, self._seed = url, key, ledger, seed
        self._photos, self._stop = SmallPhotos(seed), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(count)]

    def start(self) -> None:
        """Starts them."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Lets each end the case that it is at."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        chance = random.Random(f"{self._seed} {number}")
        with Coachwork(self._url, self._key, timeout_s=30, attempts=_ATTEMPTS) as coachwork:
            while not self._stop.is_set():
                try:
                    self._one_case(coachwork, self._ledger.begin(), chance)
                except ServiceError as refused:
                    self._ledger.problem(refused)

    def _one_case(self, coachwork: Coachwork, case: LedgerCase, chance: random.Random) -> None:
        inspection = coachwork.open(reference=case.reference)
        case.id = inspection.id
        self._round(inspection, case, chance)
        if chance.random() < _AGAIN and not self._stop.is_set():
            self._round(inspection, case, chance)

    def _round(self, inspection: RemoteInspection, case: LedgerCase, chance: random.Random) -> None:
        for _ in range(chance.randint(1, 3)):
            photo = self._photos.next()
            case.sent.add(hashlib.sha256(photo).hexdigest())
            case.kept.add(inspection.add(photo)[0]["sha256"])
        inspection.complete()
        case.submitted += 1
        begun = time.monotonic()
        while (state := inspection.state())["state"] == "working" and time.monotonic() - begun < _PATIENCE_S:
            time.sleep(0.2)
        if state["state"] != "ready":
            told = f"{state['state']} instead of ready: {state.get('problem') or 'no problem is told'}"
            raise ServiceError(told, problem=f"case {state['state']}")
        self._ledger.waits.append(time.monotonic() - begun)
        reason = f"{case.reference}, decision {len(case.asked) + 1}"
        case.asked.add(reason)
        inspection.decide("close", revision=state["revision"], reason=reason)
        case.decided.add(reason)
