"""What the gates ask of a candidate: one dataclass for each table of the gates' file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class NotWorse:
    """How much worse than the champion a figure may be.

    Attributes:
        worse_by: share 0..1; 0.02 is two points.
        undecided_blocks: whether a candidate that cannot be told apart stays out.
        exceptions: name of a type or slice -> what holds there.
    """

    worse_by: float
    undecided_blocks: bool = True
    exceptions: Mapping[str, "NotWorse"] = field(default_factory=dict)

    def of(self, name: str) -> "NotWorse":
        """What holds for one type or slice."""
        return self.exceptions.get(name, self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceLimits:
    """The same within kinds of photos.

    Attributes:
        not_worse: how much worse, with exceptions by slice.
        figures: which are looked at: "ap50", "auroc", "miss_rate".
        markets: whether each source of the dataset is a slice, too.
    """

    not_worse: NotWorse
    figures: tuple[str, ...] = ("ap50",)
    markets: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MissRateLimit:
    """The promise behind "none".

    Attributes:
        slack: how far beyond the card's own promise the miss rate may lie, share 0..1.
        undecided_blocks: see `NotWorse`.
    """

    slack: float = 0.0
    undecided_blocks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedLimits:
    """Time of one photo, from letterboxed pixels to the model's outputs.

    Attributes:
        cores: that the model may use.
        milliseconds: at most, median by the clock; None for no limit.
        ratio: work of the processor at most so many times the champion's; None for no limit.
        rounds: photos that are timed.
        undecided_blocks: see `NotWorse`.
    """

    cores: int = 2
    milliseconds: float | None = None
    ratio: float | None = None
    rounds: int = 20
    undecided_blocks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimits:
    """Size of the bundle with all its files.

    Attributes:
        megabytes: at most, 10^6 bytes; None for no limit.
        ratio: at most so many times the champion's; None for no limit.
    """

    megabytes: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceLimits:
    """Under which licences the training photos may stand.

    Attributes:
        allowed: licences, as `fnmatch` patterns without regard to case.
        may_ship: whether a source also passes whose card says that models trained on it may be published.
        undecided_blocks: whether a card that lists no source stays out.
    """

    allowed: tuple[str, ...]
    may_ship: bool = False
    undecided_blocks: bool = True

    def allows(self, licence: str) -> bool:
        """Whether a licence is among the allowed ones."""
        return any(fnmatchcase(licence.casefold(), pattern.casefold()) for pattern in self.allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityLimit:
    """How far two runs of the same model may lie apart.

    Attributes:
        tolerance: largest difference of any output, relative to the largest value of that output.
        undecided_blocks: whether a bundle without reference outputs, where no second runtime is installed, stays out.
    """

    tolerance: float = 0.001
    undecided_blocks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeSet:
    """Photos whose verdict is known.

    Attributes:
        folder: where they lie; None for the sample photos that ship.
        expects: file name -> verdicts of which one must come.
    """

    folder: Path | None
    expects: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """What all gates ask for; None for a gate that is off.

    Attributes:
        headline: AP50 over the main types.
        types: AP50 and F1 of each type.
        slices: figures within kinds of photos.
        miss_rate: of "none".
        speed: of the model.
        size: of the bundle.
        licences: of the training photos.
        parity: of two runs of the model.
        smoke: photos with known verdicts.
        sha256: of the file that asks for it.
    """

    headline: NotWorse | None
    types: NotWorse | None
    slices: SliceLimits | None
    miss_rate: MissRateLimit | None
    speed: SpeedLimits | None
    size: SizeLimits | None
    licences: LicenceLimits | None
    parity: ParityLimit | None
    smoke: SmokeSet | None
    sha256: str

    @property
    def left_out(self) -> tuple[str, ...]:
        """Names of the gates that are off."""
        return tuple(name for name in GATES if getattr(self, name) is None)


GATES = ("headline", "types", "slices", "miss_rate", "speed", "size", "licences", "parity", "smoke")
"""Names of the gates: the tables that a gates' file must hold."""
