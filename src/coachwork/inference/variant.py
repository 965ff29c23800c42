"""The variants of a bundle's model: the same network at another precision, on another runtime, or asked twice.

Each is measured, has a file in the bundle's folder, its digest in the card, and, where its scores differ from those of
the model as it was trained, thresholds and a verdict of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from coachwork.inference.card_fields import CardFieldError, CardFields

MODEL_FILE = "model.onnx"
"""The model as it was trained, in full precision; every bundle has it."""

REFERENCE_FILE = "reference.npz"
"""Outputs of the model for one input, made where it was exported and found to agree with what was trained."""

WEIGHTS_FILE = "weights.pt"
"""The trained weights, to train on from; only training opens it."""

AP50_MARGIN = 0.005
"""The default variant may lose this much AP50 (a share) against the best one."""


class Runtime(StrEnum):
    """What runs a model."""

    ONNX_RUNTIME = "onnxruntime"
    OPENVINO = "openvino"

    @property
    def words(self) -> str:
        """As people write it."""
        return {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}[self.value]


class Precision(StrEnum):
    """In which numbers a model's layers are computed."""

    FP32 = "fp32"
    BF16 = "bf16"
    INT8 = "int8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to run a bundle's model.

    Attributes:
        runtime: what runs it.
        precision: in which numbers.
        file: of the model, in the bundle's folder.
        sha256: digest of that file, hex.
        size_bytes: of that file.
        mirrored: whether the mirror image is looked at, too, see `coachwork.inference.mirroring`; takes twice the time.
        calibrated: fields of ``card.json`` (thresholds, verdict and the like) that hold for this variant in the place
            of the card's own; empty where the card's own hold.
        measured: figures by name, see `coachwork.variants`; ``ap50`` (share) and ``cpu_ms`` (milliseconds of one core
            a photo) are what variants are chosen by. Empty where nothing was measured.
    """

    runtime: Runtime
    precision: Precision
    file: str
    sha256: str
    size_bytes: int
    mirrored: bool = False
    calibrated: Mapping[str, Any] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Such as "int8-openvino", or "int8-openvino-mirrored"."""
        return f"{self.precision}-{self.runtime}{'-mirrored' if self.mirrored else ''}"

    @property
    def words(self) -> str:
        """Such as "int8 on OpenVINO"."""
        twice = ", photo and mirror image" if self.mirrored else ""
        return f"{self.precision} on {self.runtime.words}{twice}"

    @property
    def ap50(self) -> float:
        """Share 0..1; 0 where it was not measured."""
        return float(self.measured.get("ap50") or 0.0)

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of one core that a photo takes; endless where it was not measured."""
        return float(self.measured.get("cpu_ms") or float("inf"))


PLAIN = f"{Precision.FP32}-{Runtime.ONNX_RUNTIME}"
"""Name of the variant that every bundle has: the model as it was trained."""


class Choice(StrEnum):
    """Which variant is wanted."""

    DEFAULT = "default"
    FAST = "fast"
    BEST = "best"


def choose_variant(variants: Sequence[Variant], choice: Choice = Choice.DEFAULT) -> Variant:
    """The variant that a choice stands for.

    FAST is the one that takes the least time, BEST the one with the highest AP50 (of equals the fastest), DEFAULT the
    fastest of those that lose at most `AP50_MARGIN` against the best; those that look twice are for BEST alone. Where
    none was measured it is the first.

    Args:
        variants: at least one, those that can run here.
        choice: which is wanted.
    """
    if choice is Choice.FAST:
        return min(variants, key=lambda one: one.cpu_ms)
    if choice is Choice.DEFAULT:
        variants = [one for one in variants if not one.mirrored] or variants
    best = max(one.ap50 for one in variants)
    margin = AP50_MARGIN if choice is Choice.DEFAULT else 0.0
    return min((one for one in variants if one.ap50 >= best - margin - 1e-9), key=lambda one: one.cpu_ms)


def plain_variant(sha256: str, size_bytes: int) -> Variant:
    """The one variant of a bundle whose card lists none: the model as it was trained, on ONNX Runtime."""
    return Variant(
        runtime=Runtime.ONNX_RUNTIME,
        precision=Precision.FP32,
        file=MODEL_FILE,
        sha256=sha256,
        size_bytes=size_bytes,
    )


def variants_to_json(variants: Sequence[Variant]) -> list[dict[str, Any]]:
    """The variants as the card's field ``variants``; the one that `choose_variant` takes by default is marked."""
    default = choose_variant(variants) if variants else None
    return [
        {
            "name": one.name,
            "runtime": one.runtime.value,
            "precision": one.precision.value,
            "mirrored": one.mirrored,
            "file": one.file,
            "sha256": one.sha256,
            "bytes": one.size_bytes,
            "default": one is default,
            "calibrated": dict(one.calibrated),
            "measured": dict(one.measured),
        }
        for one in variants
    ]


def variants_from_json(fields: CardFields) -> tuple[Variant, ...]:
    """The variants of a card; none where it has no field ``variants``.

    Raises:
        CardFieldError: a field is missing or wrong, or a file's name leads out of the bundle's folder.
    """
    if fields.values.get("variants") is None:
        return ()
    variants = tuple(_variant_from_json(one) for one in fields.each_inside("variants"))
    if len({one.name for one in variants}) < len(variants):
        raise CardFieldError(where="variants", why="must list each runtime, precision and number of looks once")
    return variants


def _variant_from_json(fields: CardFields) -> Variant:
    file = fields.text("file")
    if not file.endswith(".onnx") or "/" in file or "\\" in file:
        raise CardFieldError(
            where="variants.file", why=f"must be the name of an .onnx file in the bundle, got {file!r}"
        )
    return Variant(
        runtime=Runtime(fields.one_of("runtime", tuple(Runtime))),
        precision=Precision(fields.one_of("precision", tuple(Precision))),
        file=file,
        sha256=fields.text("sha256").lower(),
        size_bytes=fields.whole("bytes"),
        mirrored="mirrored" in fields.values and fields.flag("mirrored"),
        calibrated=fields.inside("calibrated").values,
        measured=fields.inside("measured").values,
    )
