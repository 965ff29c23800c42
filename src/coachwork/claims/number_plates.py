"""Signs that the photos of a claim show cars of different number plates, or another than the customer told."""

from collections.abc import Iterator, Sequence

from coachwork.claims.fraud_signals import FraudSignal, SignalKind, Strength
from coachwork.inspections.number_plates import LEAST_LETTERS, PlateReading, are_two_plates, is_told, plain, two_plates
from coachwork.reasons import said


def plate_signals(readings: Sequence[PlateReading], told: str) -> Iterator[FraudSignal]:
    """Signs from what was read.

    Args:
        readings: one a photo at most, in any order.
        told: the plate that the customer told, as written; empty where none was.
    """
    own, sure = plain(told), [one for one in readings if is_told(one)]
    if len(own) >= LEAST_LETTERS:
        others = [one for one in sure if are_two_plates(one.text, own)]
        if others:
            yield _another_than_told(others, told, shown=len(others) < len(sure))
            return
    pairs = list(two_plates(readings))
    if pairs:
        yield _two_cars(*pairs[0], len(pairs))


def _another_than_told(others: Sequence[PlateReading], told: str, *, shown: bool) -> FraudSignal:
    """A strong sign where no photo shows the plate that was told; else perhaps the other party's car, a weak one."""
    first = min(others, key=lambda one: (-one.sureness, one.name))
    rest = said("fraud.told_plate_elsewhere") if shown else said("fraud.told_plate_nowhere", told=told)
    return FraudSignal(
        kind=SignalKind.NUMBER_PLATE,
        strength=Strength.WEAK if shown else Strength.STRONG,
        sentence=said("fraud.plate", photo=first.name, plate=first.text, rest=rest),
        photos=tuple(one.name for one in others),
        evidence={"read": first.text, "told": told, "sureness": round(first.sureness, 3)},
    )


def _two_cars(first: PlateReading, second: PlateReading, pairs: int) -> FraudSignal:
    return FraudSignal(
        kind=SignalKind.NUMBER_PLATE,
        strength=Strength.STRONG,
        sentence=said("fraud.two_plates", first=first.name, plate=first.text, second=second.name, other=second.text),
        photos=(first.name, second.name),
        evidence={
            "first": first.text,
            "second": second.text,
            "sureness": round(min(first.sureness, second.sureness), 3),
            "pairs": pairs,
        },
    )
