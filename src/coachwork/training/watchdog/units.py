"""Rules about what layers give out: units that never change, outputs that no longer learn."""

from collections import deque
from typing import ClassVar

from coachwork.training.watchdog.gradients import lasting, named
from coachwork.training.watchdog.observations import LayersSeen
from coachwork.training.watchdog.rule import Rule, counted


class DeadUnits(Rule[LayersSeen]):
    """Layers most of whose units give the same value for everything, as a ReLU does that is never reached.

    Args:
        share: share of a layer's units that may be dead.
        patience: looks in a row in which the same units must be dead.
    """

    name = "dead_units"
    about: ClassVar[type] = LayersSeen
    advice = "lower schedule.learning_rate, lengthen schedule.warmup, or start from pretrained weights"

    def __init__(self, *, share: float, patience: int) -> None:
        self._share, self._patience = share, patience
        self._looks: dict[str, deque[frozenset[int]]] = {}

    def look(self, seen: LayersSeen) -> str | None:
        """See `Rule.look`."""
        shares: dict[str, float] = {}
        for layer in seen.activations:
            looks = self._looks.setdefault(layer.name, deque(maxlen=self._patience))
            looks.append(layer.dead)
            if len(looks) == self._patience:
                shares[layer.name] = len(frozenset.intersection(*looks)) / layer.units
        dead = [name for name, share in shares.items() if share > self._share]
        if not dead:
            return None
        worst = max(shares[name] for name in dead)
        return (
            f"up to {worst:.0%} of the units of {counted(len(dead), 'layer')} give one value for everything "
            f"({named(dead, dead)})"
        )


class SaturatedOutputs(Rule[LayersSeen]):
    """Outputs so large, nearly all of them, that the sigmoid or softmax behind passes no gradient.

    Args:
        share: share of a layer's values that may be saturated.
        patience: looks in a row.
    """

    name = "saturated_outputs"
    about: ClassVar[type] = LayersSeen
    advice = "lower schedule.learning_rate, raise schedule.weight_decay, or check the biases that the heads start from"

    def __init__(self, *, share: float, patience: int) -> None:
        self._share = share
        self._looks: deque[frozenset[str]] = deque(maxlen=patience)

    def look(self, seen: LayersSeen) -> str | None:
        """See `Rule.look`."""
        bounded = {layer.name: layer.saturated for layer in seen.activations if layer.saturated is not None}
        self._looks.append(frozenset(name for name, share in bounded.items() if share > self._share))
        stuck = lasting(self._looks)
        if not stuck:
            return None
        worst = max(bounded.get(name) or 0.0 for name in stuck)
        layers = counted(len(stuck), "layer")
        return f"up to {worst:.0%} of the values of {layers} are saturated ({named(stuck, bounded)})"
