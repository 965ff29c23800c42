"""How much each lesson weighs in the losses; the `[loss]` table of a training plan."""

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LossTerms:
    """Weights of the loss terms; 0 leaves a term out.

    Attributes:
        cross_entropy: binary cross-entropy of every known pixel.
        dice: Dice (Milletari et al., 2016) of each type that a photo shows: overlap, whatever the size.
        focal: focal loss (Lin et al., 2017) of every known pixel: easy pixels weigh little.
        lovasz: Lovász hinge (Berman et al., 2018) of each type that a photo shows: a bound on the lost overlap.
        boundary: cross-entropy once more, of the pixels within one cell of an outline.
        score_gamma: exponent of the quality focal loss (Li et al., 2020) on EfficientDet's scores; 0 for plain entropy.
        balance: how far rare types weigh more, as a power of how rare they are; 0 not at all, 1 in full.
        type_weights: weight of each type, in the plan's order; empty to follow `balance`.
    """

    cross_entropy: float = 10.0
    dice: float = 1.0
    focal: float = 0.0
    lovasz: float = 0.0
    boundary: float = 0.0
    score_gamma: float = 0.0
    balance: float = 0.0
    type_weights: tuple[float, ...] = ()

    @property
    def lowest(self) -> float:
        """The smallest of all weights."""
        weights: list[float] = [value for value in astuple(self) if isinstance(value, float | int)]
        return min(*weights, *self.type_weights)
