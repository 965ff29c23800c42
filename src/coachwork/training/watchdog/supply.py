"""Rules about what a run is fed: how even its types are, and whether photos come fast enough."""

from collections import deque
from typing import ClassVar

from coachwork.training.watchdog.observations import DataSeen, StepSeen
from coachwork.training.watchdog.rule import Rule


class ClassImbalance(Rule[DataSeen]):
    """Types that a run hardly ever sees, or never.

    Args:
        ratio: how many times rarer than the commonest type a type may be.
    """

    name = "class_imbalance"
    about: ClassVar[type] = DataSeen
    advice = "add photos of these types, show their sources more often (data.repeats), or leave the types out"

    def __init__(self, *, ratio: float) -> None:
        self._ratio = ratio

    def look(self, seen: DataSeen) -> str | None:
        """See `Rule.look`."""
        if not seen.shapes or not any(seen.shapes.values()):
            return "no photo shows a damage of a type that the model learns"
        common, most = max(seen.shapes.items(), key=lambda item: item[1])
        rare = [(kind, count) for kind, count in seen.shapes.items() if count * self._ratio < most]
        if not rare:
            return None
        said = ", ".join(f"{kind} {count}" for kind, count in sorted(rare, key=lambda item: item[1]))
        return f"an epoch shows {most} of {common} but {said}"


class StarvedInput(Rule[StepSeen]):
    """Steps that wait for photos, because preparing them is slower than learning from them.

    Args:
        share: share of time that may be spent waiting.
        steps: steps over which it is taken.
    """

    name = "starved_input"
    about: ClassVar[type] = StepSeen
    advice = "raise data.workers, keep the photos on a faster disk, or store smaller photos"

    def __init__(self, *, share: float, steps: int) -> None:
        self._share = share
        self._times: deque[tuple[float, float]] = deque(maxlen=steps)

    def look(self, seen: StepSeen) -> str | None:
        """See `Rule.look`."""
        if not seen.first:
            self._times.append((seen.wait_s, seen.step_s))
        total = sum(step for _, step in self._times)
        if len(self._times) < (self._times.maxlen or 1) or total <= 0:
            return None
        waiting = sum(wait for wait, _ in self._times) / total
        if waiting <= self._share:
            return None
        return f"{waiting:.0%} of the time of the last {len(self._times)} steps went into waiting for photos"
