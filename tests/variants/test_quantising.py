"""INT8 after training, on a small network whose answers are known."""

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from coachwork.inference.engines import OnnxRuntimeEngine
from coachwork.variants.quantising import output_error, quantise


def network(*, wild: bool = False) -> bytes:
    """Six convolutions (3x3, 8 channels) on a 32x32 photo; `wild` gives the first channels of very different range."""
    draw = np.random.default_rng(3)
    node = helper.make_node
    constants: dict[str, NDArray[np.generic]] = {"full": np.array(255, dtype=np.float32)}
    nodes = [
        node("Cast", ["image"], ["real"], to=TensorProto.FLOAT, name="cast"),
        node("Div", ["real", "full"], ["unit"], name="unit"),
        node("Transpose", ["unit"], ["x0"], perm=[0, 3, 1, 2], name="planes"),
    ]
    for turn in range(6):
        weights = draw.normal(0, 0.2, (8, 3 if turn == 0 else 8, 3, 3)).astype(np.float32)
        if wild and turn == 0:
            weights *= np.geomspace(1, 3000, 8, dtype=np.float32)[:, None, None, None]
        if wild and turn == 1:
            weights /= np.geomspace(1, 3000, 8, dtype=np.float32)[None, :, None, None]
        constants[f"w{turn}"] = weights
        nodes += [
            node("Conv", [f"x{turn}", f"w{turn}"], [f"y{turn}"], pads=[1, 1, 1, 1], name=f"conv{turn}"),
            node("Relu", [f"y{turn}"], [f"x{turn + 1}"], name=f"relu{turn}"),
        ]
    nodes.append(node("Mul", ["x6", "full"], ["masks"], name="after"))
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, 32, 32, 3])],
        [helper.make_tensor_value_info("masks", TensorProto.FLOAT, [1, 8, 32, 32])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.fixture(scope="module")
def photos() -> list[NDArray[np.uint8]]:
    draw = np.random.default_rng(5)
    return [draw.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(6)]


def test_an_easy_network_becomes_int8_whole(photos: list[NDArray[np.uint8]]) -> None:
    told: list[tuple[int, int]] = []
    made = quantise(network(), photos, progress=lambda done, total: told.append((done, total)))
    assert made.kept == ()
    assert 0 < made.error <= 0.08
    assert len(made.model) < len(network()) + 20_000
    steps = [node.op_type for node in onnx.load_from_string(made.model).graph.node]
    assert steps.count("DequantizeLinear") >= 12
    assert told[-1][0] == told[-1][1]
    answer = OnnxRuntimeEngine(made.model, threads=1).run(photos[0][None])["masks"]
    truth = OnnxRuntimeEngine(network(), threads=1).run(photos[0][None])["masks"]
    assert np.corrcoef(answer.ravel().astype(float), truth.ravel().astype(float))[0, 1] > 0.99


def test_the_layer_that_suffers_is_found_and_kept(photos: list[NDArray[np.uint8]]) -> None:
    everything = quantise(network(wild=True), photos, goal=1e9)
    spared = quantise(network(wild=True), photos, goal=everything.error / 2, most_kept=0.9)
    assert everything.kept == ()
    assert "conv1" in spared.kept
    assert spared.error < everything.error


def test_no_more_than_asked_stays_in_full_precision(photos: list[NDArray[np.uint8]]) -> None:
    made = quantise(network(), photos, goal=0.0, most_kept=0.2)
    assert made.nodes == 6
    assert len(made.kept) <= 1


def test_what_cannot_be_quantised_is_refused(photos: list[NDArray[np.uint8]]) -> None:
    with pytest.raises(ValueError, match="needs photos"):
        quantise(network(), [])
    bare = onnx.load_from_string(network())
    del bare.graph.node[3:-1]
    bare.graph.node[-1].input[0] = "x0"
    with pytest.raises(ValueError, match="convolutions"):
        quantise(bare.SerializeToString(), photos)


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=9), st.floats(0, 2))
def test_the_error_is_nothing_for_equals_and_grows_in_step(values: list[float], off: float) -> None:
    truth: list[dict[str, NDArray[np.generic]]] = [{"scores": np.array(values)}]
    assert output_error(truth, truth) == 0
    error = output_error(truth, [{"scores": np.array(values) * (1 + off)}])
    assert error == pytest.approx(off if sum(value**2 for value in values) else 0, abs=1e-5)


def test_outputs_that_change_their_shape_are_left_out() -> None:
    truth: list[dict[str, NDArray[np.generic]]] = [{"boxes": np.ones((2, 4)), "masks": np.ones(3)}]
    given_: list[dict[str, NDArray[np.generic]]] = [{"boxes": np.ones((1, 4)), "masks": np.full(3, 0.9)}]
    assert output_error(truth, given_) == pytest.approx(0.1)


def test_what_has_no_finite_range_stays_as_it_is(photos: list[NDArray[np.uint8]]) -> None:
    """As the mask of an attention: minus infinity where nothing may be looked at."""
    graph = onnx.load_from_string(network())
    barred = np.zeros((1, 8, 32, 32), dtype=np.float32)
    barred[..., ::2] = -np.inf
    graph.graph.initializer.append(numpy_helper.from_array(barred, "barred"))
    (last,) = graph.graph.output
    graph.graph.node.append(helper.make_node("Add", [last.name, "barred"], ["looked"], name="bar"))
    graph.graph.node.append(helper.make_node("Softmax", ["looked"], ["shares"], axis=-1))
    weight = numpy_helper.from_array(np.eye(32, dtype=np.float32), "weight")
    graph.graph.initializer.append(weight)
    graph.graph.node.append(helper.make_node("MatMul", ["shares", "weight"], ["attended"], name="mix"))
    graph.graph.output.append(helper.make_tensor_value_info("attended", TensorProto.FLOAT, [1, 8, 32, 32]))
    made = quantise(graph.SerializeToString(), photos, goal=1e9)
    answer = OnnxRuntimeEngine(made.model, threads=1).run(photos[0][None])["attended"]
    assert np.isfinite(answer).all()
    assert made.nodes > quantise(network(), photos, goal=1e9).nodes


def choosing_network() -> bytes:
    """The network above, whose three strongest cells are looked at: another choice for every photo."""
    graph = onnx.load_from_string(network())
    node = helper.make_node
    constants: dict[str, NDArray[np.generic]] = {
        "cells": np.array([8, -1], dtype=np.int64),
        "rows": np.array([0], dtype=np.int64),
        "few": np.array([3], dtype=np.int64),
        "heads": np.random.default_rng(1).normal(0, 0.2, (8, 4)).astype(np.float32),
    }
    graph.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    graph.graph.node.extend(
        [
            node("Reshape", ["x6", "cells"], ["listed"], name="list"),
            node("ReduceMax", ["listed", "rows"], ["strength"], keepdims=0, name="strength"),
            node("TopK", ["strength", "few"], ["best", "places"], name="choose"),
            node("Transpose", ["listed"], ["turned"], perm=[1, 0], name="turn"),
            node("Gather", ["turned", "places"], ["near"], axis=0, name="look"),
            node("MatMul", ["near", "heads"], ["looks"], name="head"),
        ]
    )
    graph.graph.output.append(helper.make_tensor_value_info("looks", TensorProto.FLOAT, [3, 4]))
    onnx.checker.check_model(graph)
    return bytes(graph.SerializeToString())


def test_what_comes_after_a_choice_stays_in_full_precision(photos: list[NDArray[np.uint8]]) -> None:
    made = quantise(choosing_network(), photos, goal=1e9)
    assert made.nodes == quantise(network(), photos, goal=1e9).nodes
    assert made.error > 0
    steps = {node.name: node for node in onnx.load_from_string(made.model).graph.node}
    assert steps["head"].input[1] == "heads"
    assert OnnxRuntimeEngine(made.model, threads=1).run(photos[0][None])["looks"].shape == (3, 4)
