"""Random cars for synthetic cases; makes, values and shares are assumptions that only spread the cases out."""

from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from coachwork.inspections.vehicle import Body, Paint, Vehicle

_MODELS = (
    ("Volkswagen", "Golf", Body.HATCHBACK, 29_000),
    ("Toyota", "Corolla", Body.SALOON, 26_000),
    ("Ford", "Focus", Body.HATCHBACK, 25_000),
    ("BMW", "320i", Body.SALOON, 45_000),
    ("Audi", "A4 Avant", Body.ESTATE, 44_000),
    ("Renault", "Clio", Body.HATCHBACK, 19_000),
    ("Hyundai", "Tucson", Body.SUV, 32_000),
    ("Nissan", "Qashqai", Body.SUV, 31_000),
    ("Mercedes-Benz", "Vito", Body.VAN, 39_000),
    ("Ford", "Ranger", Body.PICKUP, 38_000),
)
_PAINTS = ((Paint.METALLIC, 0.55), (Paint.CLEAR_COAT, 0.28), (Paint.PEARL, 0.13), (Paint.TRI_COAT, 0.04))
_NOW = 2026
_LOST_A_YEAR = 0.86
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticCar:
    """A car as it is, and as a claim tells of it."""

    real: Vehicle
    told: Vehicle


def synthetic_car(random: Random, currency: str, *, vague: Decimal) -> SyntheticCar:
    """A car of 0 to 20 years.

    Args:
        random: what is drawn from.
        currency: of its value.
        vague: chance that its paint is not told.
    """
    make, model, body, new = random.choice(_MODELS)
    age = int(random.triangular(0, 20, 7))
    value = new * _LOST_A_YEAR**age * random.lognormvariate(0, 0.25)
    real = Vehicle(
        make=make,
        model=model,
        body=body,
        year=_NOW - age,
        paint=random.choices([paint for paint, _ in _PAINTS], [share for _, share in _PAINTS])[0],
        mileage_km=Decimal(int(age * random.uniform(8_000, 22_000)) + 500),
        market_value=Decimal(value).quantize(_CENT),
        salvage_value=Decimal(value * random.uniform(0.1, 0.25)).quantize(_CENT),
        currency=currency,
    )
    return SyntheticCar(real=real, told=replace(real, paint=None) if random.random() < vague else real)
