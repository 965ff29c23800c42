"""INT8 after training: ranges from photos, layers that suffer left in full precision, for every runtime.

Weights become signed 8-bit numbers with a scale for each output channel, activations unsigned ones with one scale and
zero point each (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018). An activation's range is what all but one in 10,000 of its values lie in, so that a single
outlier does not make the steps coarse. Not every layer bears it: the first convolution and its neighbours often hold
channels of very different range. These are not guessed but found, by quantising block by block and looking at the
outputs.

Where a network chooses boxes and looks at each (Mask R-CNN's heads, EfficientDet's closer look), what comes after the
choice stays in full precision: it runs on another number of boxes for every photo, and another rounding may choose
others, so neither ranges nor errors could be told there. Errors are then those of what the choice and the looks read.
"""

import contextlib
import io
import tempfile
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from coachwork.inference.engines import Arrays, OnnxRuntimeEngine

Progress = Callable[[int, int], None]
"""Told of the steps that are done, and of how many."""

_CARRIERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_BETWEEN = ("Add", "Concat", "MaxPool", "Resize", "AveragePool", "GlobalAveragePool")
_CALIBRATED = (*_CARRIERS, *_BETWEEN, "Clip", "Relu")
_CHOOSING = ("TopK", "NonMaxSuppression")
"""What chooses boxes: what comes after runs once a box, on as many as a photo has."""

_PERCENTILE = 99.99
_BLOCK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantised:
    """A model in INT8.

    Attributes:
        model: ONNX bytes.
        error: how far its outputs lie from those of the full model, see `output_error`.
        kept: names of the nodes that stayed in full precision because they suffer, in the order of the graph.
        nodes: how many nodes could have been quantised.
    """

    model: bytes
    error: float
    kept: tuple[str, ...]
    nodes: int


def quantise(
    model: bytes,
    images: Sequence[NDArray[np.uint8]],
    *,
    goal: float = 0.05,
    most_kept: float = 0.25,
    checked: int = 8,
    progress: Progress = lambda _done, _total: None,
) -> Quantised:
    """Quantises a model after training.

    Blocks that alone make the largest errors are left in full precision one after the other, until the error of the
    whole falls to the goal.

    Args:
        model: ONNX bytes in full precision with the input `image` (1, H, W, 3) uint8, its constants folded.
        images: letterboxed training photos (H, W, 3) that the ranges are taken from.
        goal: error to reach.
        most_kept: no more than this share of the nodes stays in full precision.
        checked: on so many of the photos errors are measured.
        progress: told of every photo and every block.

    Raises:
        ValueError: there is no photo, or nothing in the model can be quantised.
    """
    graph = onnx.load_from_string(model)
    chosen = _after_choice(graph)
    judged = _judged(graph, chosen)
    left = _endless(model, images[:1], chosen) | _written(graph, chosen)
    blocks = _blocks(graph, left=left)
    nodes = [name for block in blocks for name in block]
    if not images or not nodes:
        message = "quantising needs photos, and a model with convolutions"
        raise ValueError(message)
    total = len(images) + len(blocks) + 1
    ranges = _ranges(model, images, left, progress=lambda done: progress(done, total))
    test = [np.ascontiguousarray(image[None]) for image in images[:: max(1, len(images) // checked)][:checked]]
    truth = _outputs(model, test, judged)
    alone = []
    for turn, block in enumerate(blocks):
        alone.append(output_error(truth, _outputs(_with_int8(model, ranges, block), test, judged)))
        progress(len(images) + turn + 1, total)
    kept: set[str] = set()
    made = _with_int8(model, ranges, nodes)
    error = output_error(truth, _outputs(made, test, judged))
    for place in np.argsort(alone)[::-1]:
        if error <= goal:
            break
        if len(kept) + len(blocks[place]) > most_kept * len(nodes):
            continue
        kept |= set(blocks[place])
        made = _with_int8(model, ranges, [name for name in nodes if name not in kept])
        error = output_error(truth, _outputs(made, test, judged))
    progress(total, total)
    return Quantised(model=made, error=error, kept=tuple(n for n in nodes if n in kept), nodes=len(nodes))


def output_error(truth: Sequence[Arrays], given: Sequence[Arrays]) -> float:
    """How far outputs lie from the truth: the worst output's mean absolute error, large values weighing more.

    Each value weighs as its own magnitude in the truth and counts as a share of the mean of those: most scores and
    cells of a map say "nothing here", and must not hide an error in the few that say something. Outputs whose shape
    changes from photo to photo are left out.

    >>> output_error([{"scores": np.array([0.0, 0.5])}], [{"scores": np.array([0.0, 0.4])}])
    0.2
    """
    errors = []
    for name in truth[0]:
        apart = weight = 0.0
        for one, other in zip(truth, given, strict=True):
            wanted, got = one[name].astype(np.float64), other[name].astype(np.float64)
            if wanted.shape == got.shape:
                apart += float((np.abs(got - wanted) * np.abs(wanted)).sum())
                weight += float((wanted**2).sum())
        errors.append(apart / weight if weight else 0.0)
    return round(max(errors), 6)


def _after_choice(model: onnx.ModelProto) -> set[str]:
    """Names of the nodes that choose boxes, and of all that use what these give."""
    after, given = set[str](), set[str]()
    for node in model.graph.node:  # a node stands behind those that it uses
        if node.op_type in _CHOOSING or given & set(node.input):
            after.add(node.name)
            given |= set(node.output)
    return after


def _written(model: onnx.ModelProto, nodes: AbstractSet[str]) -> set[str]:
    """Names of the tensors that these nodes write."""
    return {name for node in model.graph.node if node.name in nodes for name in node.output}


def _judged(model: onnx.ModelProto, chosen: AbstractSet[str]) -> list[str]:
    """Names of the tensors by which errors are told: outputs, and what is read after a choice of boxes."""
    late = _written(model, chosen)
    constants = {constant.name for constant in model.graph.initializer}
    read = [name for node in model.graph.node if node.name in chosen for name in node.input]
    outputs = [output.name for output in model.graph.output]
    return [name for name in dict.fromkeys((*outputs, *read)) if name and name not in late | constants | {"image"}]


def _blocks(model: onnx.ModelProto, *, left: AbstractSet[str] = frozenset()) -> list[list[str]]:
    """Names of the nodes that gain by INT8, in the order of the graph, cut after every fourth with weights.

    Nodes of which no node with weights makes use, the arithmetic after the heads, are not among them, nor are those
    that read or write a tensor of `left`, which has no finite range or none that could be told. The first node with
    weights is a block of its own.
    """
    useful, wanted = set[str](), []
    for node in reversed(model.graph.node):  # a node stands behind those that it uses
        carries = node.op_type in _CARRIERS
        leads = carries or any(name in useful for name in node.output)
        if leads:
            useful |= set(node.input)
        finite = not left & {*node.input, *node.output}
        if finite and (carries or (node.op_type in _BETWEEN and leads)):
            wanted.append((node.name, carries))
    blocks: list[list[str]] = [[]]
    weights = 0
    for name, carries in reversed(wanted):
        if carries and (weights == 1 or (weights > 1 and (weights - 1) % _BLOCK == 0)):
            blocks.append([])
        weights += carries
        blocks[-1].append(name)
    return [block for block in blocks if block]


def _endless(model: bytes, images: Sequence[NDArray[np.uint8]], chosen: AbstractSet[str]) -> set[str]:
    """Names of the tensors before a choice that hold an infinity on these photos, such as the mask of an attention."""
    graph = onnx.load_from_string(model)
    nodes = [node for node in graph.graph.node if node.op_type in _CALIBRATED and node.name not in chosen]
    names = [name for node in nodes for name in (*node.input, *node.output)]
    constants = {constant.name for constant in graph.graph.initializer}
    inner = [name for name in dict.fromkeys(names) if name and name not in constants | {"image"}]
    found = _outputs(model, [np.ascontiguousarray(image[None]) for image in images], inner) if inner else []
    return {
        name
        for outputs in found
        for name, values in outputs.items()
        if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all()
    }


def _ranges(
    model: bytes, images: Sequence[NDArray[np.uint8]], left: AbstractSet[str], *, progress: Callable[[int], None]
) -> Any:
    from onnxruntime.quantization.calibrate import (  # noqa: PLC0415  # seconds to import
        CalibrationDataReader,
        CalibrationMethod,
        create_calibrator,
    )

    class OnePhoto(CalibrationDataReader):  # type: ignore[misc]  # of an untyped package
        def __init__(self, image: NDArray[np.uint8]) -> None:
            self._waiting = [{"image": np.ascontiguousarray(image[None])}]

        def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
            return self._waiting.pop() if self._waiting else None

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(model)
        calibrator = create_calibrator(
            path,
            list(_CALIBRATED),
            augmented_model_path=str(Path(folder) / "with-outputs.onnx"),
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={"percentile": _PERCENTILE, "num_bins": 2048},
        )
        calibrator.tensors_to_calibrate.difference_update(left)
        for done, image in enumerate(images, start=1):
            with contextlib.redirect_stdout(io.StringIO()):  # it prints at each photo
                calibrator.collect_data(OnePhoto(image))
            progress(done)
        with contextlib.redirect_stdout(io.StringIO()):
            return calibrator.compute_data()


def _with_int8(model: bytes, ranges: Any, nodes: Sequence[str]) -> bytes:
    """The model with these nodes in INT8."""
    from onnxruntime.quantization import QuantType  # noqa: PLC0415  # as above
    from onnxruntime.quantization.qdq_quantizer import QDQQuantizer  # noqa: PLC0415

    quantiser = QDQQuantizer(
        onnx.load_from_string(model),
        per_channel=True,
        reduce_range=False,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QUInt8,
        tensors_range=ranges,
        nodes_to_quantize=list(nodes),
        nodes_to_exclude=[],
        op_types_to_quantize=[*_CARRIERS, *_BETWEEN],
        extra_options={},
    )
    quantiser.quantize_model()
    return bytes(quantiser.model.model.SerializeToString())


def _outputs(model: bytes, images: Sequence[NDArray[np.uint8]], names: Sequence[str]) -> list[Arrays]:
    """These tensors of a model, its outputs or inner ones, for each photo."""
    graph = onnx.load_from_string(model)
    del graph.graph.output[:]
    graph.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    engine = OnnxRuntimeEngine(graph.SerializeToString(), threads=2)
    return [engine.run(image) for image in images]
