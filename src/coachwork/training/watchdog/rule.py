"""What a rule of the watchdog is, and what it finds."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from coachwork.training.watchdog.observations import Observation

Seen = TypeVar("Seen", bound=Observation)


class Action(StrEnum):
    """What happens when a rule finds its fault."""

    OFF = "off"
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault of a run.

    Attributes:
        rule: the rule's name, as in the plan.
        step: steps done when it was found.
        action: `warn` or `stop`.
        what: one sentence with the figures that show it.
        advice: one sentence that says what to try.
    """

    rule: str
    step: int
    action: Action
    what: str
    advice: str

    def __str__(self) -> str:
        """The finding as a line for people."""
        return f"{self.rule.replace('_', ' ')} at step {self.step}: {self.what}; {self.advice}"

    def as_json(self) -> dict[str, Any]:
        """The finding as plain data."""
        return asdict(self)


def counted(count: int, noun: str) -> str:
    """So many of a thing.

    >>> counted(1, "layer"), counted(2, "layer")
    ('1 layer', '2 layers')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


class Rule(ABC, Generic[Seen]):
    """Looks at a stream of observations of one kind and says what is wrong, for as long as it is.

    Attributes:
        name: as in the plan.
        about: the kind of observation.
        advice: what to try against the fault.
    """

    name: ClassVar[str]
    about: ClassVar[type]
    advice: ClassVar[str]

    @abstractmethod
    def look(self, seen: Seen) -> str | None:
        """What is wrong, as a sentence with figures; None where nothing is, or nothing can be said yet."""
