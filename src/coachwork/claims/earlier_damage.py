"""Signs that a damage was there before: an earlier inspection of the car shows its like on the same part."""

from collections.abc import Iterator, Sequence

from coachwork.claims.fraud_signals import FraudSignal, SignalKind, Strength
from coachwork.estimates.damage import RepairDamage
from coachwork.reasons import said


def signals_of_earlier(now: Sequence[RepairDamage], earlier: Sequence[RepairDamage]) -> Iterator[FraudSignal]:
    """A sign for each damage whose type and part the earlier inspection has as well; parts must be known.

    Whether it is the same damage, repaired and damaged again, or another one beside it, a person must see.

    Args:
        now: the damages of the claim.
        earlier: those of the earlier inspection of the same car.
    """
    known = {(one.type, one.part): one for one in earlier if one.part is not None}
    for damage in now:
        before = None if damage.part is None else known.get((damage.type, damage.part))
        if before is None or damage.part is None:
            continue
        yield FraudSignal(
            kind=SignalKind.EARLIER_DAMAGE,
            strength=Strength.STRONG,
            sentence=said("fraud.earlier", type=damage.type, part=damage.part, earlier=before.name),
            evidence={"damage": damage.name, "earlier_damage": before.name, "part": damage.part.value},
        )
