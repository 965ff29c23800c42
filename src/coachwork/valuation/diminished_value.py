"""What a car is worth less for having been damaged, beyond the cost of its repair, by published methods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from coachwork.estimates.money import ZERO, rounded
from coachwork.estimates.readings import Reading
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import Reason, said
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
        found = Diminished(amount=ZERO, formula=said("diminished.not_asked"))
    return Diminished(amount=rounded(max(ZERO, found.amount), decimals), formula=found.formula)


def _age(vehicle: Vehicle, on: date, reading: Reading) -> Decimal:
    months = age_in_months(vehicle, on)
    return (months.high, months.middle, months.low)[reading.place]


def _at_age(ages: Sequence[AgeStep], months: Decimal) -> AgeStep | None:
    return next((step for step in ages if months <= step.up_to_months), None)


def _share_of_repair(ages: Sequence[AgeStep], repair: Decimal, months: Decimal) -> Diminished:
    step = _at_age(ages, months)
    if step is None:
        return _nothing(said("diminished.too_old", months=_whole(months), most=ages[-1].up_to_months))
    return Diminished(
        amount=repair * step.shares[0],
        formula=said("diminished.of_repair", share=step.shares[0], repair=repair, months=step.up_to_months),
    )


def _ruhkopf_sahm(
    table: RuhkopfSahm, vehicle: Vehicle, repair: Decimal, months: Decimal, reading: Reading
) -> Diminished:
    value = vehicle.market_value or ZERO
    new = vehicle.new_price
    step = _at_age(table.ages, months)
    if step is None:
        return _nothing(said("diminished.too_old", months=_whole(months), most=table.ages[-1].up_to_months))
    if vehicle.mileage_km is not None and vehicle.mileage_km > table.most_km:
        return _nothing(said("diminished.too_far", most=table.most_km))
    if vehicle.mileage_km is None and reading is Reading.LOWER:
        return _nothing(said("diminished.perhaps_too_far", most=table.most_km))
    if new is not None and value < table.least_value * new:
        return _nothing(said("diminished.worth_little", share=table.least_value, new=new))
    base, code = (new, "below_new_price") if new is not None else (value, "below_value")
    if not base or repair < table.least_ratio * base:
        return _nothing(said(f"diminished.{code}", repair=repair, share=table.least_ratio, base=base))
    ratio = repair / value if value else table.ratios[-1]
    column = sum(ratio > limit for limit in table.ratios[:-1])
    share = step.shares[column]
    return Diminished(
        amount=(value + repair) * share,
        formula=said("diminished.of_both", share=share, value=value, repair=repair, months=step.up_to_months),
    )


def _by_class(table: ByClass, vehicle: Vehicle, level: int | None, reading: Reading) -> Diminished:
    value = vehicle.market_value or ZERO
    if level is None:
        return _nothing(said("diminished.no_damage"))
    one = table.scheme.classes[level]
    if one.value_share is None or not one.value_share.high:
        return _nothing(said("diminished.class", name=one.name, words=one.words))
    share = reading.of(one.value_share)
    corrected = max(ZERO, share + table.marketability)
    factor = _mileage_factor(table, vehicle.mileage_km, reading)
    formula = said(
        "diminished.by_class",
        value=value,
        share=share,
        name=one.name,
        sign="-" if table.marketability < 0 else "+",
        marketability=abs(table.marketability),
        prior=table.prior_factor,
    )
    if table.mileage:
        formula = said("diminished.by_mileage", formula=formula, factor=factor)
    return Diminished(amount=value * corrected * table.prior_factor * factor, formula=formula)


def _mileage_factor(table: ByClass, km: Decimal | None, reading: Reading) -> Decimal:
    if not table.mileage:
        return Decimal(1)
    if km is None:
        factors = (ZERO, table.mileage[len(table.mileage) // 2][1], table.mileage[0][1])
        return factors[reading.place]
    return next((factor for below, factor in table.mileage if km < below), ZERO)


def _nothing(why: Reason) -> Diminished:
    return Diminished(amount=ZERO, formula=said("diminished.nothing", why=why))


def _whole(months: Decimal) -> int:
    return int(rounded(months, 0))


def percent(share: Decimal) -> str:
    """A share as people read it.

    >>> percent(Decimal("0.015"))
    '1.5 %'
    """
    return f"{(share * 100).normalize():f} %"
