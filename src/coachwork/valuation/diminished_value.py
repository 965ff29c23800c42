"""What a car is worth less for having been damaged, beyond the cost of its repair, by published methods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from coachwork.estimates.money import ZERO, rounded
from coachwork.estimates.readings import Reading
from coachwork.inspections.vehicle import Vehicle
from coachwork.span import Span
from coachwork.valuation.policy import AgeStep, ByClass, DeductionPolicy, Method, RuhkopfSahm

_MONTHS = 12
_OLDEST = Decimal(1200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diminished:
    """Diminished value in one reading.

    Attributes:
        amount: rounded, not negative.
        formula: how it comes about, with its figures.
    """

    amount: Decimal
    formula: str


def age_in_months(vehicle: Vehicle, on: date) -> Span:
    """Months begun since first registration; any age where neither its day nor its year is known.

    >>> age = age_in_months(Vehicle(year=2024), date(2026, 3, 1))
    >>> int(age.low), int(age.high)
    (15, 26)
    """
    if vehicle.registered is not None:
        months = _months(vehicle.registered, on)
        return Span(low=months, high=months)
    if vehicle.year is None:
        return Span(low=ZERO, high=_OLDEST)
    return Span(low=_months(date(vehicle.year, 12, 31), on), high=_months(date(vehicle.year, 1, 1), on))


def _months(since: date, on: date) -> Decimal:
    begun = (on.year - since.year) * _MONTHS + on.month - since.month + (on.day > since.day)
    return Decimal(max(0, begun))


def missing_of(policy: DeductionPolicy, vehicle: Vehicle) -> tuple[str, ...]:
    """What of the vehicle the method needs and nobody states, without which it gives no figure."""
    needs_value = policy.method in {Method.RUHKOPF_SAHM, Method.BVSK, Method.SEVENTEEN_C}
    return ("market_value",) if needs_value and vehicle.market_value is None else ()


def diminished_value(
    policy: DeductionPolicy,
    vehicle: Vehicle,
    *,
    repair: Decimal,
    level: int | None,
    reading: Reading,
    on: date,
    decimals: int,
) -> Diminished:
    """What the car is worth less in one reading.

    Unknown age and mileage are read as old and far for the lower, as young and near for the upper reading.

    Args:
        policy: chooses the method and holds its figures.
        vehicle: its market_value must be known where `missing_of` asks for it.
        repair: cost of repairing what is beyond fair wear, with tax.
        level: worst class of the method's own scheme; None without damage, or where the method sorts none.
        reading: of the doubts.
        on: the day of the valuation.
        decimals: of the currency.
    """
    if policy.method is Method.SHARE_OF_REPAIR:
        found = _share_of_repair(policy.repair_shares, repair, _age(vehicle, on, reading))
    elif policy.ruhkopf_sahm is not None:
        found = _ruhkopf_sahm(policy.ruhkopf_sahm, vehicle, repair, _age(vehicle, on, reading), reading)
    elif policy.by_class is not None:
        found = _by_class(policy.by_class, vehicle, level, reading)
    else:
        found = Diminished(amount=ZERO, formula="not asked for")
    return Diminished(amount=rounded(max(ZERO, found.amount), decimals), formula=found.formula)


def _age(vehicle: Vehicle, on: date, reading: Reading) -> Decimal:
    months = age_in_months(vehicle, on)
    return (months.high, months.middle, months.low)[reading.place]


def _at_age(ages: Sequence[AgeStep], months: Decimal) -> AgeStep | None:
    return next((step for step in ages if months <= step.up_to_months), None)


def _share_of_repair(ages: Sequence[AgeStep], repair: Decimal, months: Decimal) -> Diminished:
    step = _at_age(ages, months)
    if step is None:
        return _nothing(f"the car is {months:.0f} months old, beyond {ages[-1].up_to_months}")
    return Diminished(
        amount=repair * step.shares[0],
        formula=f"{percent(step.shares[0])} of repair {repair:,} up to {step.up_to_months} months",
    )


def _ruhkopf_sahm(
    table: RuhkopfSahm, vehicle: Vehicle, repair: Decimal, months: Decimal, reading: Reading
) -> Diminished:
    value = vehicle.market_value or ZERO
    new = vehicle.new_price
    step = _at_age(table.ages, months)
    if step is None:
        return _nothing(f"the car is {months:.0f} months old, beyond {table.ages[-1].up_to_months}")
    if vehicle.mileage_km is not None and vehicle.mileage_km > table.most_km:
        return _nothing(f"it has more than {table.most_km:,f} km")
    if vehicle.mileage_km is None and reading is Reading.LOWER:
        return _nothing(f"its mileage is not stated and may be beyond {table.most_km:,f} km")
    if new is not None and value < table.least_value * new:
        return _nothing(f"it is worth less than {percent(table.least_value)} of its new price {new:,}")
    base, named = (new, "new price") if new is not None else (value, "value")
    if not base or repair < table.least_ratio * base:
        return _nothing(f"repair {repair:,} is below {percent(table.least_ratio)} of the {named} {base:,}")
    ratio = repair / value if value else table.ratios[-1]
    column = sum(ratio > limit for limit in table.ratios[:-1])
    share = step.shares[column]
    return Diminished(
        amount=(value + repair) * share,
        formula=f"{percent(share)} of (value {value:,} + repair {repair:,}) up to {step.up_to_months} months",
    )


def _by_class(table: ByClass, vehicle: Vehicle, level: int | None, reading: Reading) -> Diminished:
    value = vehicle.market_value or ZERO
    if level is None:
        return _nothing("no damage")
    one = table.scheme.classes[level]
    if one.value_share is None or not one.value_share.high:
        return _nothing(f"class {one.name}: {one.words}")
    share = reading.of(one.value_share)
    corrected = max(ZERO, share + table.marketability)
    factor = _mileage_factor(table, vehicle.mileage_km, reading)
    parts = [f"{value:,} x", f"({percent(share)} of class {one.name}"]
    parts[-1] += f" {'-' if table.marketability < 0 else '+'} {percent(abs(table.marketability))} marketability)"
    parts.append(f"x {table.prior_factor:f} prior damage")
    parts += [f"x {factor:f} mileage"] if table.mileage else []
    return Diminished(amount=value * corrected * table.prior_factor * factor, formula=" ".join(parts))


def _mileage_factor(table: ByClass, km: Decimal | None, reading: Reading) -> Decimal:
    if not table.mileage:
        return Decimal(1)
    if km is None:
        factors = (ZERO, table.mileage[len(table.mileage) // 2][1], table.mileage[0][1])
        return factors[reading.place]
    return next((factor for below, factor in table.mileage if km < below), ZERO)


def _nothing(why: str) -> Diminished:
    return Diminished(amount=ZERO, formula=f"nothing: {why}")


def percent(share: Decimal) -> str:
    """A share as people read it.

    >>> percent(Decimal("0.015"))
    '1.5 %'
    """
    return f"{(share * 100).normalize():f} %"
