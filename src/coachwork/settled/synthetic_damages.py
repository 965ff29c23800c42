"""Random damages for synthetic cases: what is there, and what an assessment says of it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from coachwork.claims.claim_files import Cause
from coachwork.estimates.damage import RepairDamage
from coachwork.settled.planted import PlantedFacts
from coachwork.span import Span
from coachwork.taxonomy import CarPart, DamageType, Severity

DENT, SCRATCH, CRACK = DamageType.DENT, DamageType.SCRATCH, DamageType.CRACK
BROKEN_LAMP, BROKEN_GLASS, MISSING = DamageType.BROKEN_LAMP, DamageType.BROKEN_GLASS, DamageType.MISSING_OR_BROKEN_PART
_CAUSES = {
    Cause.PARKING: 0.42,
    Cause.COLLISION: 0.26,
    Cause.VANDALISM: 0.11,
    Cause.GLASS: 0.08,
    Cause.HAIL: 0.06,
    Cause.ANIMAL: 0.04,
    Cause.THEFT: 0.03,
}
"""How often each happens here; an assumption."""
_MEDIAN_MM = {DENT: 60, SCRATCH: 140, CRACK: 90}
_SPREAD = 0.6
_HALF_WIDTH = 0.30
"""Half of an interval of sizes, as a logarithm."""
_STEPS = {Severity.MINOR: Decimal(45), Severity.MODERATE: Decimal(175)}
"""Largest size of a level, the middle of where the sample card's levels overlap."""
_SIDES = ("left", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticDamage:
    """One damage.

    Attributes:
        real: as it is; None where there is none, and the assessment is wrong.
        seen: as the assessment tells it.
    """

    real: RepairDamage | None
    seen: RepairDamage


def synthetic_damages(random: Random, facts: PlantedFacts) -> tuple[Cause, tuple[SyntheticDamage, ...]]:
    """What happened to a car, and its damages; each on a part of its own, or of its own type there."""
    cause = random.choices(list(_CAUSES), list(_CAUSES.values()))[0]
    found: dict[tuple[CarPart, DamageType], SyntheticDamage] = {}
    hail, vandal = cause is Cause.HAIL, cause is Cause.VANDALISM
    for what in _happened(cause, random):
        if what not in found:
            name = f"d{len(found) + 1}"
            found[what] = _damage(name, what, hail=hail, vandal=vandal, random=random, facts=facts)
    return cause, tuple(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    """A part that a cause can damage: how often, and how; of types, one is drawn. {} is the side."""

    part: str
    types: tuple[DamageType, ...]
    chance: float = 1.0


def _some(names: str, *types: DamageType) -> tuple[_Hit, ...]:
    return tuple(_Hit(part=name, types=types) for name in names.split())


_FRONT = (
    _Hit(part="front_bumper", types=(CRACK, CRACK, DENT, SCRATCH)),
    _Hit(part="{}_headlamp", types=(BROKEN_LAMP,), chance=0.5),
    _Hit(part="front_{}_wing", types=(DENT, DENT, SCRATCH), chance=0.6),
    _Hit(part="bonnet", types=(DENT,), chance=0.4),
)
_REAR = (
    _Hit(part="rear_bumper", types=(CRACK, CRACK, DENT, SCRATCH)),
    _Hit(part="{}_tail_lamp", types=(BROKEN_LAMP,), chance=0.5),
    _Hit(part="rear_{}_wing", types=(DENT, DENT, SCRATCH), chance=0.6),
)
_PARKED = "front_bumper rear_bumper front_{}_door rear_{}_door front_{}_wing rear_{}_wing"
_PATTERNS: Mapping[Cause, tuple[tuple[_Hit, ...], ...]] = {
    Cause.PARKING: (*((one,) for one in _some(_PARKED, SCRATCH, SCRATCH, DENT)), _some("wheel", SCRATCH)),
    Cause.COLLISION: (_FRONT, _FRONT, _REAR),
    Cause.ANIMAL: (_FRONT,),
    Cause.VANDALISM: tuple(
        _some(names, SCRATCH)
        for names in ("front_{}_door", "front_{}_wing front_{}_door", "front_{}_door rear_{}_door rear_{}_wing")
    ),
    Cause.HAIL: (_some("bonnet roof", DENT), _some("bonnet roof front_{}_wing", DENT), _some("roof", DENT)),
    Cause.GLASS: (_some("windscreen", CRACK, CRACK, BROKEN_GLASS),),
    Cause.THEFT: (
        (
            _Hit(part="front_{}_door", types=(BROKEN_GLASS,)),
            _Hit(part="{}_mirror", types=(MISSING,), chance=0.5),
        ),
    ),
}
"""Cause -> what it does to a car, one of these at a time; assumptions."""


def _happened(cause: Cause, random: Random) -> Iterator[tuple[CarPart, DamageType]]:
    side = random.choice(_SIDES)
    again = cause is Cause.PARKING and random.random() < 0.3  # on another day, the other side of the car park
    for hit in (*random.choice(_PATTERNS[cause]), *(random.choice(_PATTERNS[cause]) if again else ())):
        if random.random() < hit.chance:
            yield CarPart(hit.part.format(side)), random.choice(hit.types)


def _damage(
    name: str, what: tuple[CarPart, DamageType], *, hail: bool, vandal: bool, random: Random, facts: PlantedFacts
) -> SyntheticDamage:
    part, type_ = what
    size = None
    if type_ in _MEDIAN_MM:
        median = 18 if hail else 15 if part is CarPart.WINDSCREEN else _MEDIAN_MM[type_]
        size = Decimal(max(3, round(median * random.lognormvariate(0, _SPREAD))))
    broken = {DENT: not hail and random.random() < 0.3, SCRATCH: vandal or random.random() < 0.5}
    confidence = max(Decimal("0.30"), 1 - facts.false_alarms * Decimal(f"{random.expovariate(1):.2f}"))
    real = RepairDamage(
        name=name,
        type=type_,
        part=part,
        place=f"{random.choice(('front', 'rear'))} {random.choice(_SIDES)}" if part is CarPart.WHEEL else "",
        count=random.randint(3, 25) if hail else 1,
        size_mm=None if size is None else Span(low=size, high=size),
        severity=() if size is None else (level_of(size),),
        paint_broken=broken.get(type_),
        confidence=Decimal(1),
    )
    seen = replace(_seen(real, random, facts), confidence=round(confidence, 2))
    return SyntheticDamage(real=real if random.random() < confidence else None, seen=seen)


def level_of(size_mm: Decimal) -> Severity:
    """What a surveyor would call a damage of that size."""
    return next((level for level, most in _STEPS.items() if size_mm <= most), Severity.SEVERE)


def _seen(real: RepairDamage, random: Random, facts: PlantedFacts) -> RepairDamage:
    """The damage as told: with its size in an interval or its severity alone, each of them perhaps wrong."""
    vague = random.random() < facts.vague
    outside = random.random() < facts.outside
    unsized = random.random() < facts.unsized
    told = replace(real, paint_broken=None if vague else real.paint_broken)
    if real.size_mm is None or not (facts.unsized or facts.outside or facts.vague):
        return told
    if unsized:
        return replace(told, size_mm=None, severity=_levels(real.severity[0], random, outside=outside))
    off = random.uniform(-1, 1) * _HALF_WIDTH
    if outside:
        off = random.choice((-1, 1)) * (_HALF_WIDTH + random.expovariate(4) + 0.05)
    return replace(told, size_mm=_interval(real.size_mm.low, off), severity=())


def _interval(size: Decimal, off: float) -> Span:
    """An interval of sizes whose middle lies off the true one."""
    low, high = (max(1, round(float(size) * math.exp(off + side * _HALF_WIDTH))) for side in (-1, 1))
    return Span(low=Decimal(low), high=Decimal(max(low, high)))


def _levels(level: Severity, random: Random, *, outside: bool) -> tuple[Severity, ...]:
    """The true level alone, with a neighbour, or a wrong one."""
    order = list(Severity)
    place = order.index(level)
    near = [order[other] for other in (place - 1, place + 1) if 0 <= other < len(order)]
    if outside:
        return (random.choice(near),)
    if random.random() < 0.6:
        return (level,)
    other = random.choice(near)
    return tuple(one for one in order if one in {level, other})
