"""A larger model that begins with what a smaller one of its kind has learnt: function-preserving widening.

After Net2Net (Chen, Goodfellow and Shlens, ICLR 2016), whose new units are copies of old ones. Here they begin at
random, and nothing old listens to them yet, as to a residual branch that begins at zero (Goyal et al., 2017). So the
wider model says at first what the small one says, and no two of its units are alike.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import torch

from coachwork.models.family import WideningFamily

if TYPE_CHECKING:
    from torch import Tensor

    from coachwork.models.family import FamilyModule


def widened(known: Mapping[str, "Tensor"], fresh: Mapping[str, "Tensor"], model: "FamilyModule") -> dict[str, "Tensor"]:
    """A small model's weights in the shapes of a wider one; those that fit already, or never can, as they are.

    A backbone is never widened: it comes from ImageNet, and `training/stitching.py` puts another one in its place.

    Args:
        known: weights of the small model, by name.
        fresh: weights of the wider model as it was built.
        model: the wider model. Unless its family can be widened, nothing changes.
    """
    if not isinstance(model, WideningFamily):
        return dict(known)
    joined = model.joined_inputs()
    return {
        name: _grown(value, fresh[name], _places(known, fresh, joined.get(name, ())))
        if name in fresh and "backbone." not in name and _smaller(value, fresh[name])
        else value
        for name, value in known.items()
    }


def _smaller(value: "Tensor", fresh: "Tensor") -> bool:
    fits = value.ndim == fresh.ndim and all(old <= new for old, new in zip(value.shape, fresh.shape, strict=True))
    return fits and value.shape != fresh.shape


def _places(known: Mapping[str, "Tensor"], fresh: Mapping[str, "Tensor"], sources: Sequence[str]) -> "Tensor | None":
    """Where the inputs of the small layer lie among those of the wide one; None for the first ones."""
    if not sources:
        return None
    starts = accumulate((len(fresh[source]) for source in sources), initial=0)
    return torch.cat([start + torch.arange(len(known[source])) for start, source in zip(starts, sources, strict=False)])


def _grown(value: "Tensor", fresh: "Tensor", places: "Tensor | None") -> "Tensor":
    """A weight (O, I, ...) or a vector (O,) with fresh rows added, and columns that old rows do not read."""
    grown, rows = fresh.clone(), len(value)
    if value.ndim == 1:
        grown[:rows] = value
        return grown
    columns = torch.arange(value.shape[1]) if places is None else places
    grown[:rows] = 0
    grown[:rows, columns] = value
    return grown
