"""What a drill did, moment by moment, and whether it ended as the table promises."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA = "coachwork.drill/1"


class Lane(StrEnum):
    """Who or what did something."""

    PHOTOS = "photos"
    WATCHING = "watching"
    ACTIONS = "actions"
    DATA = "data"
    TRAINING = "training"
    RELEASE = "release"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened.

    Attributes:
        at_s: seconds since the drill began.
        lane: who or what did it.
        words: what, one sentence without full stop.
        took_s: how long it took; 0 for what has no length.
    """

    at_s: float
    lane: Lane
    words: str
    took_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise of the table, held against what the database says in the end.

    Attributes:
        promise: one sentence without full stop.
        kept: whether it is so.
        found: with its figures.
    """

    promise: str
    kept: bool
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """What a drill did and showed.

    Attributes:
        name: of the drill.
        moments: in their order.
        checks: of what the table promises.
        figures: name -> what was measured, in words.
        about: with what the drill was played.
    """

    name: str
    moments: tuple[Moment, ...]
    checks: tuple[Check, ...]
    figures: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every promise was kept."""
        return bool(self.checks) and all(one.kept for one in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Schema ``coachwork.drill/1``."""
        return {
            "schema": SCHEMA,
            "drill": self.name,
            "passed": self.passed,
            "about": dict(self.about),
            "figures": dict(self.figures),
            "checks": [{"promise": one.promise, "kept": one.kept, "found": one.found} for one in self.checks],
            "timeline": [
                {"at_s": round(one.at_s, 1), "took_s": round(one.took_s, 1), "lane": one.lane.value, "what": one.words}
                for one in self.moments
            ],
        }


class Timeline:
    """Gathers moments while a drill goes on."""

    def __init__(self, say: Callable[[Moment], None]) -> None:
        """Begins now.

        Args:
            say: hears of each moment.
        """
        self._begun, self._say = time.monotonic(), say
        self.moments: list[Moment] = []

    def tell(self, lane: Lane, words: str, *, took_s: float = 0.0) -> None:
        """Notes what happened just now, or began so many seconds ago."""
        at_s = time.monotonic() - self._begun - took_s
        moment = Moment(at_s=at_s, lane=lane, words=words, took_s=took_s)
        self.moments.append(moment)
        self._say(moment)
