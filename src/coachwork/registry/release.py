"""The release: which bundle answers, and which one is tried beside it. Servers follow it; history is never rewritten.

    nothing tried --shadow--> both run, the champion answers --canary--> the challenger answers a share
         ^                              |                                       |
         +------- stop or reject -------+---------------------------------------+---promote--> it is the champion

A release is one value. Whoever changes it makes the next one (`coachwork.registry.release_moves`) and writes it, which
of several writers exactly one can do; whoever reads sees one champion at every moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from coachwork.errors import CoachworkError


class ReleaseError(CoachworkError):
    """A release cannot be read or written, or is none."""


class IllegalRelease(ReleaseError):
    """A release cannot be changed so from where it stands."""


class ReleaseMoved(ReleaseError):
    """Somebody else changed the release since it was read."""

    def __init__(self, *, revision: int) -> None:
        super().__init__(f"somebody changed the release meanwhile (revision {revision} is taken): look at it again")
        self.revision = revision


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleVersion:
    """A bundle that servers can fetch.

    Attributes:
        name: such as "damage".
        version: among those of the name, such as "3".
        digest: SHA-256 of the bundle as a whole, hex: see `coachwork.inference.contents`.
        place: where it lies: a folder, or an address that fsspec opens, of a bundle's folder; or of a bundle store,
            which holds it under its digest.
    """

    name: str
    version: str
    digest: str
    place: str

    def __post_init__(self) -> None:
        """Raises ReleaseError where a field is empty or the digest is none."""
        if not (self.name and self.version and self.place):
            message = "a bundle of a release has a name, a version and a place"
            raise ReleaseError(message)
        if len(self.digest) != 64 or set(self.digest) - set("0123456789abcdef"):
            message = f"the digest of {self.name} {self.version} must be a SHA-256 in hex, is {self.digest!r}"
            raise ReleaseError(message)

    @property
    def words(self) -> str:
        """As people read it.

        >>> BundleVersion(name="damage", version="3", digest="ab" * 32, place="/srv/bundles").words
        'damage 3 (abababababab)'
        """
        short = self.digest[:12]
        return f"{self.name} {self.version}" if self.version == short else f"{self.name} {self.version} ({short})"


class Mode(StrEnum):
    """How a challenger is tried."""

    OFF = "off"
    SHADOW = "shadow"
    CANARY = "canary"


class Action(StrEnum):
    """What made a release of the one before."""

    BEGUN = "begun"
    SHADOW = "shadow"
    CANARY = "canary"
    SHARE = "share"
    PROMOTED = "promoted"
    STOPPED = "stopped"
    REJECTED = "rejected"
    APPOINTED = "appointed"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Within what a challenger may differ from the champion before it is taken back by itself.

    Attributes:
        min_photos: of the challenger, before anything is judged.
        error_rate: share 0..1 of photos on which it may fail, beyond the champion's own share.
        latency_ratio: how much longer than the champion's its median photo may take.
        disagreement: share 0..1 of photos on which its verdict may be another than the champion's.
        false_alarm: probability 0..1 that a challenger within a limit is ever taken back for it, however long it is
            watched.
    """

    min_photos: int = 30
    error_rate: float = 0.01
    latency_ratio: float = 2.0
    disagreement: float = 0.2
    false_alarm: float = 0.01

    def __post_init__(self) -> None:
        """Raises ReleaseError where a limit is none."""
        shares = {"error rate": self.error_rate, "disagreement": self.disagreement}
        for name, share in shares.items():
            if not 0 <= share <= 1:
                message = f"the limit of the {name} must lie in 0..1, is {share}"
                raise ReleaseError(message)
        if not 0 < self.false_alarm < 0.5:
            message = f"the false-alarm rate must lie above 0 and below 0.5, is {self.false_alarm}"
            raise ReleaseError(message)
        if self.min_photos < 1:
            message = f"a challenger is judged after 1 photo or more, not after {self.min_photos}"
            raise ReleaseError(message)
        if not 1 <= self.latency_ratio < float("inf"):
            message = f"the limit of the latency must be a ratio of 1 or more, is {self.latency_ratio}"
            raise ReleaseError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who changes a release.

    Attributes:
        by: a person, a pipeline or a server, as history tells it.
        why: in a sentence.
        at: UTC.
    """

    by: str
    why: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What servers follow.

    Attributes:
        champion: answers; None stands for each server's own bundle (COACHWORK_BUNDLE, or the one that ships).
        challenger: is tried beside it; None while nothing is.
        mode: how.
        share: 0..1 of the cases that the challenger answers in a canary.
        tenants: names of those whose cases it answers all, in a canary.
        limits: within what it may differ.
        trial: revision with which the challenger was first tried, under which its comparisons are kept; 0 while
            nothing is tried.
        revision: counts the changes, from 0 for a release that nobody ever changed.
        action: that made it.
        by, why, at: who did it, for what reason, and when (UTC).
    """

    champion: BundleVersion | None = None
    challenger: BundleVersion | None = None
    mode: Mode = Mode.OFF
    share: float = 0.0
    tenants: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    trial: int = 0
    revision: int = 0
    action: Action = Action.BEGUN
    by: str = ""
    why: str = ""
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def __post_init__(self) -> None:
        """Raises ReleaseError where the parts contradict each other."""
        if (self.challenger is None) != (self.mode is Mode.OFF) or (self.challenger is None) != (self.trial == 0):
            message = "a release has a challenger where it tries one, and none else"
            raise ReleaseError(message)
        if self.challenger is not None and self.champion is not None and self.challenger == self.champion:
            message = f"{self.champion.words} is champion already, and cannot be its own challenger"
            raise ReleaseError(message)
        if not 0 <= self.share <= 1:
            message = f"the share of a canary must lie in 0..1, is {self.share}"
            raise ReleaseError(message)
        answers = self.share > 0 or bool(self.tenants)
        if answers != (self.mode is Mode.CANARY):
            message = "a canary needs a share above 0 or tenants, and nothing else has them"
            raise ReleaseError(message)
        if self.at.tzinfo is None or self.revision < 0:
            message = "a release has a moment with its zone, and a revision from 0 up"
            raise ReleaseError(message)


class ReleaseStore(Protocol):
    """Where a release lies: the port that `storage.release_store` and `registry.release_files` fill."""

    def read(self) -> Release:
        """The release that counts now; the empty one, of revision 0, where none was ever written.

        Raises:
            ReleaseError: the store does not answer, or holds something else.
        """

    def write(self, release: Release) -> None:
        """Makes a release the one that counts, as a whole or not at all; durable once this returns.

        Args:
            release: made of the one that counts, so that its revision is the next one.

        Raises:
            ReleaseMoved: its revision is not the next one any more.
            ReleaseError: the store does not answer.
        """

    def history(self, *, limit: int | None = None) -> Sequence[Release]:
        """The releases that were ever written, the newest first, perhaps only so many of them.

        Raises:
            ReleaseError: the store does not answer, or holds something else.
        """
