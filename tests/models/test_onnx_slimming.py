"""A slimmed graph says the same in fewer steps."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from coachwork.inference.bundle import shipped_bundle_folder
from coachwork.inference.engines import open_onnx
from coachwork.models.onnx_slimming import slim_onnx


def stacked_model(*, border: float, axis: int = -1) -> bytes:
    """A sum of three planes by stacking, and a padded maximum, (1, 2, 5, 6) float to the same two outputs."""
    node = helper.make_node
    constants: dict[str, np.ndarray] = {
        "axis": np.array([axis], dtype=np.int64),
        "pads": np.array([0, 0, 0, 1, 0, 0, 1, 1], dtype=np.int64),
        "border": np.array(border, dtype=np.float32),
    }
    nodes = [
        node("Relu", ["x"], ["a"]),
        node("Neg", ["x"], ["b"]),
        *(node("Unsqueeze", [name, "axis"], [f"{name}_plane"]) for name in ("x", "a", "b")),
        node("Concat", ["x_plane", "a_plane", "b_plane"], ["stack"], axis=axis),
        node("ReduceSum", ["stack", "axis"], ["sum"], keepdims=0),
        node("Pad", ["x", "pads", "border"], ["padded"]),
        node("MaxPool", ["padded"], ["largest"], kernel_shape=[3, 3], strides=[2, 2]),
    ]
    graph = helper.make_graph(
        nodes,
        "stacked",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 5, 6])],
        [
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1, 2, 5, 6]),
            helper.make_tensor_value_info("largest", TensorProto.FLOAT, [1, 2, 2, 3]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()
    )


def steps(model: bytes) -> set[str]:
    return {node.op_type for node in onnx.load_from_string(model).graph.node}


def said(model: bytes, name: str, values: np.ndarray) -> list[np.ndarray]:
    return list(open_onnx(model, threads=1).run(None, {name: values}))


@pytest.mark.parametrize(("border", "padded"), [(-np.inf, False), (1.5, True)])
def test_only_what_means_the_same_is_replaced(*, border: float, padded: bool) -> None:
    model = stacked_model(border=border)
    slimmed = slim_onnx(model)
    assert ("Pad" in steps(slimmed)) is padded
    assert steps(slimmed).isdisjoint({"ReduceSum", "Concat", "Unsqueeze"})
    values = np.random.default_rng(0).normal(size=(1, 2, 5, 6)).astype(np.float32) - 3
    for before, after in zip(said(model, "x", values), said(slimmed, "x", values), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)


def test_the_shipped_model_says_the_same_when_slimmed() -> None:
    model = (shipped_bundle_folder() / "model.onnx").read_bytes()
    slimmed = slim_onnx(model)
    assert len(onnx.load_from_string(slimmed).graph.node) <= len(onnx.load_from_string(model).graph.node)
    image = np.random.default_rng(1).integers(0, 256, (1, 512, 512, 3), dtype=np.uint8)
    for before, after in zip(said(model, "image", image), said(slimmed, "image", image), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-3)
