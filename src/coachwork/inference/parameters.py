"""How many learnt numbers a model holds."""

import math
from pathlib import Path
from typing import Any

_WEIGHTED = {
    "BatchNormalization",
    "Conv",
    "ConvInteger",
    "ConvTranspose",
    "DequantizeLinear",
    "Gemm",
    "LayerNormalization",
    "MatMul",
    "MatMulInteger",
    "PRelu",
    "QLinearConv",
    "QLinearMatMul",
}
"""Operators whose constant inputs are weights and biases; other constants, such as anchors, are not learnt."""


def parameter_count(model: Path) -> int | None:
    """Weights and biases in an ONNX file; scales and zero points of single numbers are left out.

    Batch normalisation is folded into the weights before it, so the count is slightly below the trained model's.
    None where the package onnx is missing or cannot read the file.
    """
    try:
        import onnx  # noqa: PLC0415 - of the train extra; the base install does without
    except ModuleNotFoundError:
        return None
    try:
        graph: Any = onnx.load(str(model), load_external_data=False).graph
    except Exception:  # noqa: BLE001 - protobuf and onnx raise what they like; a count is not worth a traceback
        return None
    used = {name for node in graph.node if node.op_type in _WEIGHTED for name in node.input}
    return sum(int(math.prod(one.dims)) for one in graph.initializer if one.name in used and len(one.dims) > 0)
