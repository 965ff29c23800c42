"""How a deduction is made of a car's condition: the figures that a business sets, each with its source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from coachwork.valuation.scheme import Scheme


class Method(StrEnum):
    """How diminished value is reckoned, beyond what repair costs."""

    NONE = "none"
    SHARE_OF_REPAIR = "share_of_repair"
    RUHKOPF_SAHM = "ruhkopf_sahm"
    BVSK = "bvsk"
    SEVENTEEN_C = "17c"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeStep:
    """Shares that hold for cars up to an age.

    Attributes:
        up_to_months: since first registration.
        shares: one for each column of the table.
    """

    up_to_months: int
    shares: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuhkopfSahm:
    """The table of Ruhkopf and Sahm.

    Attributes:
        ratios: repair against value, up to which each column holds; the last column also holds beyond.
        least_ratio: of repair to the new price (the value where that is unknown), below which nothing is diminished.
        least_value: share of the new price that the car must still be worth.
        most_km: mileage up to which a value is diminished.
        ages: youngest first; nothing is diminished beyond the last.
    """

    ratios: tuple[Decimal, ...]
    least_ratio: Decimal
    least_value: Decimal
    most_km: Decimal
    ages: tuple[AgeStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByClass:
    """Share of the value that the worst damage's class takes off, corrected.

    Attributes:
        scheme: sorts the damages; its classes state shares of the value.
        marketability: added to the share, below 0 for cars that sell well.
        prior_factor: times the whole, below 1 for cars with repaired prior damage.
        mileage: mileage in km up to which a factor holds -> factor, falling; nothing beyond the last; empty for none.
    """

    scheme: Scheme
    marketability: Decimal = Decimal(0)
    prior_factor: Decimal = Decimal(1)
    mileage: tuple[tuple[Decimal, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionPolicy:
    """What a business sets for its deductions.

    Attributes:
        name, version: as results name it.
        sample: an example, on which no deduction may rest.
        sha256: of the file.
        channel: where the car is sold.
        recon_share: share of the cost of reconditioning that is taken off there.
        fair_wear: scheme whose mildest class is fair wear, which is not deducted; None where all is deducted.
        grade_steps: scheme -> grade -> share of the market value taken off, rising from the best grade.
        method: of diminished value.
        repair_shares: for `share_of_repair`: by age.
        ruhkopf_sahm, by_class: for the methods of that kind.
        sources: table -> where its figures come from.
    """

    name: str
    version: str
    sample: bool
    sha256: str
    channel: str
    recon_share: Decimal
    fair_wear: Scheme | None
    grade_steps: Mapping[str, Mapping[str, Decimal]]
    method: Method
    repair_shares: tuple[AgeStep, ...] = ()
    ruhkopf_sahm: RuhkopfSahm | None = None
    by_class: ByClass | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
