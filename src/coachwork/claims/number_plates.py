"""Signs that the photos of a claim show cars of different number plates, or another than the customer told."""

from collections.abc import Iterator, Sequence

from coachwork.claims.fraud_signals import FraudSignal, SignalKind, Strength
from coachwork.inspections.number_plates import LEAST_LETTERS, PlateReading, are_two_plates, is_told, plain, two_plates


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
    rest = "other photos show the one that was told" if shown else f"no photo shows {told}, which was told"
    return FraudSignal(
        kind=SignalKind.NUMBER_PLATE,
        strength=Strength.WEAK if shown else Strength.STRONG,
        sentence=f"{first.name} shows a car with the plate {first.text}, as far as it can be read; {rest}.",
        photos=tuple(one.name for one in others),
        evidence={"read": first.text, "told": told, "sureness": round(first.sureness, 3)},
    )


def _two_cars(first: PlateReading, second: PlateReading, pairs: int) -> FraudSignal:
    return FraudSignal(
        kind=SignalKind.NUMBER_PLATE,
        strength=Strength.STRONG,
        sentence=(
            f"{first.name} shows a car with the plate {first.text}, {second.name} one with {second.text}, as far as "
            "they can be read: the photos may show two cars, and the damages of both be counted."
        ),
        photos=(first.name, second.name),
        evidence={
            "first": first.text,
            "second": second.text,
            "sureness": round(min(first.sureness, second.sureness), 3),
            "pairs": pairs,
        },
    )
