"""Makes an exported graph slimmer without changing what it says: less to load, and more that runtimes can fuse.

Constants are folded; sums that were written as a stack and a reduction become additions; borders of minus infinity
before a maximum become the maximum's own; casts that change nothing go. On 2 cores OpenVINO runs EfficientDet-lite0 a
third faster so.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from coachwork.inference.engines import folded_onnx


def slim_onnx(model: bytes) -> bytes:
    """The same model in fewer steps.

    Args:
        model: ONNX bytes.
    """
    slimmed = onnx.load_from_string(folded_onnx(model))
    standard = [one for one in slimmed.opset_import if one.domain in ("", "ai.onnx")]
    if all(node.domain in ("", "ai.onnx") for node in slimmed.graph.node):  # the folding lists what it does not use
        del slimmed.opset_import[:]
        slimmed.opset_import.extend(standard)
    _add_instead_of_reducing(slimmed.graph)
    _pad_inside_maxima(slimmed.graph)
    _drop_empty_casts(slimmed.graph)
    _drop_unused(slimmed.graph)
    onnx.checker.check_model(slimmed)
    return bytes(slimmed.SerializeToString())


def _add_instead_of_reducing(graph: onnx.GraphProto) -> None:
    """Sums over an axis on which single planes were stacked; each plane is given up by an Unsqueeze."""
    makers, constants = _makers(graph), _constants(graph)
    for node in [node for node in graph.node if node.op_type == "ReduceSum"]:
        stack = makers.get(node.input[0])
        if stack is None or stack.op_type != "Concat" or _attribute(node, "keepdims", 1) != 0:
            continue
        planes = [makers.get(name) for name in stack.input]
        axes = [constants.get(node.input[1]) if len(node.input) > 1 else None]
        axes += [constants.get(plane.input[1]) if plane and plane.op_type == "Unsqueeze" else None for plane in planes]
        wanted = [_attribute(stack, "axis", 0)]
        if len(planes) < 2 or any(axis is None or axis.tolist() != wanted for axis in axes):
            continue
        _replace(graph, node, list(_additions(node, [plane.input[0] for plane in planes if plane is not None])))


def _additions(node: onnx.NodeProto, names: list[str]) -> Iterator[onnx.NodeProto]:
    total = names[0]
    for turn, name in enumerate(names[1:], start=1):
        made = node.output[0] if turn == len(names) - 1 else f"{node.output[0]}_sum_{turn}"
        yield helper.make_node("Add", [total, name], [made], name=f"{node.name}/Add_{turn}")
        total = made


def _pad_inside_maxima(graph: onnx.GraphProto) -> None:
    """A maximum's own border counts as minus infinity (ONNX, MaxPool)."""
    makers, constants = _makers(graph), _constants(graph)
    for node in graph.node:
        pad = makers.get(node.input[0]) if node.op_type == "MaxPool" else None
        if pad is None or pad.op_type != "Pad" or len(pad.input) < 3 or any(_attribute(node, "pads", [])):
            continue
        sides, value = constants.get(pad.input[1]), constants.get(pad.input[2])
        if sides is None or value is None or len(sides) != 8 or not np.all(np.isneginf(value)):
            continue
        if sides[[0, 1, 4, 5]].any() or (sides < 0).any() or len(pad.input) > 3:
            continue
        for old in [one for one in node.attribute if one.name in ("pads", "auto_pad")]:
            node.attribute.remove(old)
        node.attribute.append(helper.make_attribute("pads", [int(sides[i]) for i in (2, 3, 6, 7)]))
        node.input[0] = pad.input[0]


def _drop_empty_casts(graph: onnx.GraphProto) -> None:
    """Casts of an output to the type that it has: its maker takes the output's name."""
    makers = _makers(graph)
    kinds = {value.name: value.type.tensor_type.elem_type for value in (*graph.value_info, *graph.output)}
    for output in graph.output:
        cast = makers.get(output.name)
        if cast is None or cast.op_type != "Cast" or cast.input[0] not in makers:
            continue
        name = cast.input[0]
        if kinds.get(name) != kinds[output.name] or any(name == other.name for other in graph.output):
            continue
        graph.node.remove(cast)
        for node in graph.node:
            node.input[:] = [output.name if one == name else one for one in node.input]
            node.output[:] = [output.name if one == name else one for one in node.output]


def _drop_unused(graph: onnx.GraphProto) -> None:
    while True:
        used = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
        idle = [node for node in graph.node if not any(name in used for name in node.output)]
        if any(_holds_graph(node) for node in graph.node):
            return
        if not idle:
            break
        for node in idle:
            graph.node.remove(node)
    for one in [one for one in graph.initializer if one.name not in used]:
        graph.initializer.remove(one)


def _holds_graph(node: onnx.NodeProto) -> bool:
    """Whether a node has a graph inside, which may use names of the one outside."""
    return any(one.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for one in node.attribute)


def _replace(graph: onnx.GraphProto, node: onnx.NodeProto, by: list[onnx.NodeProto]) -> None:
    place = list(graph.node).index(node)
    for one in reversed(by):
        graph.node.insert(place, one)
    graph.node.remove(node)


def _makers(graph: onnx.GraphProto) -> dict[str, onnx.NodeProto]:
    return {name: node for node in graph.node for name in node.output}


def _constants(graph: onnx.GraphProto) -> dict[str, NDArray[Any]]:
    """Small constants by name; an axis or a border is never large."""
    return {one.name: numpy_helper.to_array(one) for one in graph.initializer if np.prod(one.dims) <= 16}


def _attribute(node: onnx.NodeProto, name: str, default: Any) -> Any:
    return next((helper.get_attribute_value(one) for one in node.attribute if one.name == name), default)
