"""How plans name backbones; free of torch, so that plans are read quickly."""

TIMM = "timm/"
"""What names of timm's models begin with: `timm/resnet18`."""

USUAL_BACKBONE = "efficientnet_lite0"
"""What a plan stands on that names neither a backbone nor a scale."""
