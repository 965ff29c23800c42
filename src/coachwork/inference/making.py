"""What this machine makes assessments with."""

from functools import cache
from importlib import metadata

from coachwork import __version__
from coachwork.assessments.making import Making
from coachwork.inference.bundle import Bundle, BundleError
from coachwork.inference.contents import contents_of
from coachwork.inference.predictor import Predictor
from coachwork.inference.runtimes import processor_name
from coachwork.inference.variant import Runtime

_DECODERS = ("numpy", "pillow", "simplejpeg", "opencv-python-headless")
_PROVIDERS = {Runtime.ONNX_RUNTIME: "CPUExecutionProvider", Runtime.OPENVINO: "CPU"}


def making_of(predictor: Predictor, parts: Bundle | None, *, min_side: int) -> Making:
    """What a predictor's assessments are made with.

    Args:
        predictor: of damages.
        parts: the part model's bundle; None where none is asked.
        min_side: see `Making`.
    """
    bundle = predictor.bundle
    runtime = bundle.variant.runtime
    return Making(
        bundle=_digest(bundle),
        parts_bundle="" if parts is None else _digest(parts),
        coachwork=__version__,
        runtime=f"{runtime.value} {_version(runtime.value)}",
        provider=_PROVIDERS[runtime],
        threads=predictor.threads,
        min_side=min_side,
        processor=processor_name(),
        libraries={name: version for name in _DECODERS if (version := _version(name))},
    )


def _digest(bundle: Bundle) -> str:
    """Of all its files; empty where other things lie among them, which hinders no model."""
    try:
        return contents_of(bundle.folder).digest
    except BundleError:
        return ""


@cache
def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
