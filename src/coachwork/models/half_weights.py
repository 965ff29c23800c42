"""An ONNX model whose weights are stored as 16-bit numbers: half the file, the same work.

The weights are turned back into 32-bit numbers by one node each, which runtimes fold away when they load the model. So
nothing is computed in half precision, and the speed stays what it was; the one difference is that weights are rounded
to 11 significant bits.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LEAST_NUMBERS = 256
"""Smaller tensors, such as biases and shapes, stay as they are: they weigh nothing."""

LARGEST = float(np.finfo(np.float16).max)


def with_half_weights(model: bytes) -> bytes:
    """The model with its float32 weights stored as float16.

    Tensors that hold a number too large for float16 stay as they are.

    Args:
        model: ONNX bytes.
    """
    loaded = onnx.load_from_string(model)
    graph = loaded.graph
    kept, casts = [], []
    for tensor in graph.initializer:
        halved = _halved(tensor)
        kept.append(tensor if halved is None else halved)
        if halved is not None:
            casts.append(
                helper.make_node("Cast", [halved.name], [tensor.name], name=f"{tensor.name}_full", to=TensorProto.FLOAT)
            )
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    onnx.checker.check_model(loaded)
    return bytes(loaded.SerializeToString())


def _halved(tensor: onnx.TensorProto) -> onnx.TensorProto | None:
    """The tensor as float16 under a name of its own, or None where it is to stay."""
    if tensor.data_type != TensorProto.FLOAT:
        return None
    values = numpy_helper.to_array(tensor)
    if values.size < LEAST_NUMBERS or np.abs(values).max() > LARGEST:
        return None
    return numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}_half")
