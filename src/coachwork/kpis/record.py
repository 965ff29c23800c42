"""What of a case the KPIs rest on; plain values, whatever they were read from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from coachwork.cases.case import DecisionKind, Purpose
from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.claims.settlement import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedDamages:
    """What a model found on a case whose damages a person corrected.

    Attributes:
        photos: that it looked at.
        found: (probability 0..1, whether there is one) of each damage that it found and the person's word tells of.
        missed: damages that the person added.
    """

    photos: int
    found: tuple[tuple[float, bool], ...]
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the program alone proposed, before any correction.

    Attributes:
        repair: likely total of the estimate, with tax.
        currency: of all amounts here.
        route: of the settlement; None where the case is no claim.
        payout: likely; None where the case is no claim.
        deductible, limit: of the policy; None where there is none.
        total_loss: whether the repair is not worth it.
    """

    repair: Decimal
    currency: str
    route: Route | None = None
    payout: Decimal | None = None
    deductible: Decimal | None = None
    limit: Decimal | None = None
    total_loss: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a case came to its end.

    Attributes:
        at: UTC, of the first decision that stands, or of the customer's acceptance where that came first.
        kind: of the last decision that stands; None where the customer accepted what the program offered.
        by_person: whether a person decided, in the workbench or in another program that sent the decision.
        offered: amount of the last offer that stands; None without one.
        currency: of the offer.
    """

    at: datetime
    kind: DecisionKind | None
    by_person: bool
    offered: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """One case.

    Attributes:
        id: its name.
        purpose: what it is for.
        opened: UTC.
        photos: how many it has.
        unusable: how many of them are not good enough to be judged.
        asked_again: whether a person asked for more photos.
        ready: UTC, when its first results lay there; None before.
        work_s: seconds from handing over to results, of each time that work ended well.
        failures: times that work ended without results.
        corrected: whether a correction by a person counts.
        own: what the program alone proposed; None before.
        ending: None while it goes on.
        accepted: what the customer said last to an offer; None where nothing.
        market_value: of the car undamaged, as it was told; with its currency.
        outcomes: the real amounts that count, by kind.
        judged: the model's damages as a person corrected them; None where nobody did.
    """

    id: str
    purpose: Purpose
    opened: datetime
    photos: int = 0
    unusable: int = 0
    asked_again: bool = False
    ready: datetime | None = None
    work_s: tuple[float, ...] = ()
    failures: int = 0
    corrected: bool = False
    own: Own | None = None
    ending: Ending | None = None
    accepted: bool | None = None
    market_value: tuple[Decimal, str] | None = None
    outcomes: Mapping[OutcomeKind, CaseOutcome]
    judged: JudgedDamages | None = None

    @property
    def hours(self) -> float | None:
        """From opening to the end; None while it goes on."""
        return None if self.ending is None else (self.ending.at - self.opened).total_seconds() / 3600

    @property
    def touched(self) -> bool:
        """Whether a person corrected or decided."""
        return self.corrected or self.asked_again or (self.ending is not None and self.ending.by_person)
