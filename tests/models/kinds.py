"""The models that the contract of families is held against: each family, and EfficientDet with its RoI head."""

from coachwork.models.families import FAMILIES

MODELS: dict[str, tuple[str, dict[str, object]]] = {
    **{family: (family, {}) for family in FAMILIES},
    "efficientdet, RoI head": ("efficientdet", {"roi_head": True}),
}
"""Name -> family and options."""
