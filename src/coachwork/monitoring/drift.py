"""What watching says: how far the photos and the model's outputs have moved, where, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from coachwork.monitoring.photo_record import PhotoRecord


class Level(StrEnum):
    """How far something has moved; later ones are graver."""

    TOO_FEW = "too_few"
    OK = "ok"
    DRIFT = "drift"
    BEYOND = "beyond_threshold"

    @property
    def rank(self) -> int:
        """Rises with gravity."""
        return list(Level).index(self)

    @property
    def words(self) -> str:
        """As people read it.

        >>> Level.BEYOND.words
        'beyond threshold'
        """
        return self.value.replace("_", " ")


def gravest(levels: Sequence[Level]) -> Level:
    """The gravest of some levels; too few where there is none.

    >>> gravest([Level.OK, Level.BEYOND, Level.DRIFT])
    <Level.BEYOND: 'beyond_threshold'>
    """
    return max(levels, key=lambda level: level.rank, default=Level.TOO_FEW)


class Cause(StrEnum):
    """Why photos or outputs differ from the reference, as far as that can be told."""

    LIGHT = "light"
    BLUR = "blur"
    CAMERA = "camera"
    MIX = "mix_of_cars"
    MODEL = "model_outputs"
    DATA = "data_quality"
    PEOPLE = "corrections"

    @property
    def words(self) -> str:
        """As people read it."""
        return self.value.replace("_", " ")


class Dimension(StrEnum):
    """By what photos are divided into slices."""

    ALL = "all"
    MARKET = "market"
    DEVICE = "device"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Slice:
    """Part of the photos.

    Attributes:
        dimension: by what they are divided.
        name: of the market or device; empty for all photos and for those of which it is unknown.
    """

    dimension: Dimension = Dimension.ALL
    name: str = ""

    def holds(self, record: PhotoRecord) -> bool:
        """Whether a photo belongs to it."""
        if self.dimension is Dimension.ALL:
            return True
        return self.name == (record.market if self.dimension is Dimension.MARKET else record.device)

    @property
    def words(self) -> str:
        """As people read it.

        >>> Slice().words, Slice(dimension=Dimension.MARKET, name="north").words
        ('all photos', 'market north')
        """
        if self.dimension is Dimension.ALL:
            return "all photos"
        return f"{self.dimension.value} {self.name or 'unknown'}"


EVERYTHING = Slice()
"""The slice that holds all photos."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalDrift:
    """How one signal compares with the reference.

    Attributes:
        signal: name, such as "brightness", "verdict" or "embedding".
        test: by which it was compared, such as "Kolmogorov-Smirnov and Mann-Whitney".
        photos: of the window that have the signal.
        before, now: median of a number, share of a yes-or-no; None of what has no single figure.
        effect: 0..1, share of the photos that moved, what chance brings taken off.
        p_value: that the window comes from the reference, cases kept together.
        p_adjusted: the same after correction for all tests of the check.
        level: what follows.
        words: one clause, such as "brightness fell from 112 to 61 grey levels".
    """

    signal: str
    test: str
    photos: int
    before: float | None = None
    now: float | None = None
    effect: float = 0.0
    p_value: float = 1.0
    p_adjusted: float = 1.0
    level: Level
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFound:
    """A cause that the moved signals speak for.

    Attributes:
        cause: which.
        level: of the gravest signal that speaks for it.
        words: one sentence without full stop, such as "poor light: brightness fell from 112 to 61 grey levels".
        signals: that speak for it, the gravest first.
    """

    cause: Cause
    level: Level
    words: str
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceDrift:
    """What was found in one slice.

    Attributes:
        slice: which.
        photos: of the window.
        cases: that they come from.
        level: of its gravest signal.
        signals: all that were compared.
        causes: the gravest first.
    """

    slice: Slice
    photos: int
    cases: int
    level: Level
    signals: tuple[SignalDrift, ...] = ()
    causes: tuple[CauseFound, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """What one check found.

    Attributes:
        level: the gravest of the slices' levels.
        slices: all photos first, then markets and devices by name.
        photos: of the window.
        begun, ended: moments of the window's first and last photo; None where there is none.
        bundle: name of the model that the reference is for.
        bundle_digest: SHA-256 of its file, hex.
        alpha: chance that an undisturbed window is called drift by this check.
        false_alarms_a_month: at most so many are to be expected of all checks together.
        needed: photos from which on a check tells anything.
        notes: sentences on what the check could not do.
    """

    level: Level
    slices: tuple[SliceDrift, ...]
    photos: int
    begun: datetime | None = None
    ended: datetime | None = None
    bundle: str = ""
    bundle_digest: str = ""
    alpha: float
    false_alarms_a_month: float
    needed: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def shortage(self) -> str:
        """How many photos are there and how many it takes, where they are too few; empty where they are enough.

        >>> few = DriftReport(
        ...     level=Level.TOO_FEW, slices=(), photos=12, needed=40, alpha=0.01, false_alarms_a_month=0.5
        ... )
        >>> few.shortage
        'a check needs 40 photos, there are 12: 28 more are to come'
        """
        if self.level is not Level.TOO_FEW:
            return ""
        there = "there is 1" if self.photos == 1 else f"there are {self.photos or 'none'}"
        more = max(self.needed - self.photos, 0)
        rest = f": {more} more {'is' if more == 1 else 'are'} to come" if self.photos and more else ""
        return f"a check needs {self.needed} photos, {there}{rest}"

    def at_least(self, level: Level) -> tuple[SliceDrift, ...]:
        """The slices that are as grave as that, or graver, the gravest first."""
        found = [one for one in self.slices if one.level.rank >= level.rank]
        return tuple(sorted(found, key=lambda one: -one.level.rank))

    def slices_with(self, cause: Cause, *, level: Level = Level.DRIFT) -> tuple[SliceDrift, ...]:
        """The slices in which a cause is as grave as that, or graver."""
        return tuple(
            one
            for one in self.slices
            if any(found.cause is cause and found.level.rank >= level.rank for found in one.causes)
        )
