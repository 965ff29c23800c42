"""What this machine can run: which runtimes are installed, and what its processor computes with."""

import importlib.util
import platform
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from coachwork.errors import CoachworkError, MissingExtra
from coachwork.inference.variant import Choice, Precision, Runtime, Variant, choose_variant


class VariantError(CoachworkError):
    """A variant is not there, or cannot run on this machine."""


def hindrance(variant: Variant) -> str:
    """Why a variant cannot run here as it was measured; empty where it can."""
    if variant.runtime is Runtime.OPENVINO and not _installed("openvino"):
        return "the extra openvino is not installed"
    if variant.precision is Precision.BF16 and not processor_has("avx512_bf16", "amx_bf16", "bf16"):
        return "this processor does not compute in bf16"
    if variant.precision is Precision.INT8 and not processor_has("avx512_vnni", "avx_vnni", "asimddp"):
        return "this processor adds 8-bit products with saturation (it has no VNNI), which changes the results"
    return ""


def usable_variant(variants: Sequence[Variant], choice: Choice = Choice.DEFAULT) -> tuple[Variant, str]:
    """The variant that a choice stands for among those that run here, and why not another; "" where it is the one.

    Raises:
        VariantError: none can run here.
    """
    usable = [one for one in variants if not hindrance(one)]
    if not usable:
        reasons = "; ".join(f"{one.name}: {hindrance(one)}" for one in variants)
        message = f"no variant of the model can run here ({reasons}): use a bundle that holds fp32-onnxruntime"
        raise VariantError(message)
    wanted, chosen = choose_variant(variants, choice), choose_variant(usable, choice)
    if wanted is chosen:
        return chosen, ""
    return chosen, f"{wanted.words} was wanted, but {hindrance(wanted)}; {chosen.words} is used instead"


def named_variant(variants: Sequence[Variant], name: str) -> Variant:
    """The variant of a name.

    Raises:
        MissingExtra: its runtime is not installed.
        VariantError: there is none of the name, or it cannot run here.
    """
    for one in variants:
        if one.name == name:
            if one.runtime is Runtime.OPENVINO and not _installed("openvino"):
                raise MissingExtra(extra="openvino", package="openvino")
            if why := hindrance(one):
                message = f"the variant {name} cannot run here: {why}; choose another with --variant"
                raise VariantError(message)
            return one
    message = f"the bundle has no variant {name!r}, it has {', '.join(one.name for one in variants)}"
    raise VariantError(message)


def processor_has(*features: str) -> bool:
    """Whether the processor has any of the features, by the names that Linux gives them; no where it does not tell."""
    return not processor_features().isdisjoint(features)


@cache
def processor_features() -> frozenset[str]:
    """What Linux says that the processor can do; on Apple's processors what all of them can."""
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return frozenset({"asimddp"})
    return frozenset(
        word for name, value in _processor_lines() if name in ("flags", "Features") for word in value.split()
    )


def processor_name() -> str:
    """As its maker writes it, where Linux says; else its architecture."""
    return next((value for name, value in _processor_lines() if name == "model name"), platform.machine())


def _processor_lines() -> list[tuple[str, str]]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines = (line.partition(":") for line in text.splitlines())
    return [(name.strip(), value.strip()) for name, _, value in lines]


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
