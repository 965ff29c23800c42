"""Challengers that are broken on purpose, made of a sound bundle."""

import math
import time
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.errors import MissingExtra
from coachwork.inference.bundle import Bundle, load_bundle, write_bundle

_SLOW_SIDE = 1536
_LEAST_ROUNDS = 6


class Fault(StrEnum):
    """What is wrong with a challenger."""

    LABELS = "labels"
    BLIND = "blind"
    SLOW = "slow"
    RAISING = "raising"

    @property
    def words(self) -> str:
        """As people read it."""
        return _WORDS[self]


_WORDS = {
    Fault.LABELS: "types are mixed up",
    Fault.BLIND: "no damage is seen any more",
    Fault.SLOW: "an answer takes many times as long",
    Fault.RAISING: "photos of some brightness make it fail",
}


def broken_bundle(sound: Path, fault: Fault, folder: Path, *, level: float = 110.0, slow_s: float = 0.0) -> Bundle:
    """Writes a broken copy of a bundle.

    Args:
        sound: folder of the bundle.
        fault: what is to be wrong.
        folder: that is made.
        level: mean grey level 0..255 of the model's input; `RAISING` fails on photos below it.
        slow_s: about how much longer `SLOW` takes for an answer on this machine; some tenths of a second at least.

    Raises:
        BundleError: the bundle cannot be used.
        MissingExtra: onnx is not installed.
    """
    bundle = load_bundle(sound)
    card, model = bundle.card, bundle.model_path.read_bytes()
    if fault is Fault.LABELS:
        types = (*card.types[1:], card.types[0])
        return write_bundle(folder, replace(card, name="damage", types=types), model)
    return write_bundle(folder, replace(card, name="damage"), _changed(model, fault, level, slow_s))


def _changed(model: bytes, fault: Fault, level: float, slow_s: float) -> bytes:
    try:
        import onnx
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    read = onnx.load_from_string(model)
    if fault is Fault.RAISING:
        _raising(read.graph, level)
    elif fault is Fault.SLOW:
        _slow(read.graph, max(_LEAST_ROUNDS, math.ceil(slow_s / _product_s())))
    else:
        _blind(read.graph)
    return bytes(read.SerializeToString())


def _blind(graph: Any) -> None:
    """Multiplies scores by 0."""
    _then(graph, "scores", "Mul", np.array(0, dtype=np.float32))


def _product_s() -> float:
    """How long this machine takes for one product of the matrices that slow a model down, at its best."""
    matrix = np.full((_SLOW_SIDE, _SLOW_SIDE), 1e-4, dtype=np.float32)
    took = []
    for _ in range(3):  # the first one also starts the threads
        begun = time.perf_counter()
        np.matmul(matrix, matrix)
        took.append(time.perf_counter() - begun)
    return min(took)


def _slow(graph: Any, rounds: int) -> None:
    """Adds 0 times the product of so many large matrices to the scores."""
    from onnx import helper, numpy_helper

    graph.initializer.append(
        numpy_helper.from_array(np.full((_SLOW_SIDE, _SLOW_SIDE), 1e-4, dtype=np.float32), "slow_a")
    )
    image = graph.input[0].name
    added = [
        helper.make_node("Cast", [image], ["slow_photo"], to=1),
        helper.make_node("ReduceMean", ["slow_photo"], ["slow_mean"], keepdims=0),
        helper.make_node("Mul", ["slow_a", "slow_mean"], ["slow_0"]),
        *(helper.make_node("MatMul", [f"slow_{n}", "slow_a"], [f"slow_{n + 1}"]) for n in range(rounds)),
        helper.make_node("ReduceMax", [f"slow_{rounds}"], ["slow_most"], keepdims=0),
    ]
    _beside(graph, added, "slow_most")


def _raising(graph: Any, level: float) -> None:
    """Looks beyond the end of a list where the photo is darker than some level."""
    from onnx import helper, numpy_helper

    for name, value in (
        ("raise_level", np.array(level, dtype=np.float32)),
        ("raise_far", np.array(99, dtype=np.int64)),
        ("raise_list", np.zeros(1, dtype=np.float32)),
    ):
        graph.initializer.append(numpy_helper.from_array(value, name))
    added = [
        helper.make_node("Cast", [graph.input[0].name], ["raise_photo"], to=1),
        helper.make_node("ReduceMean", ["raise_photo"], ["raise_mean"], keepdims=0),
        helper.make_node("Less", ["raise_mean", "raise_level"], ["raise_dark"]),
        helper.make_node("Cast", ["raise_dark"], ["raise_one"], to=7),
        helper.make_node("Mul", ["raise_one", "raise_far"], ["raise_place"]),
        helper.make_node("Gather", ["raise_list", "raise_place"], ["raise_found"]),
    ]
    _beside(graph, added, "raise_found")


def _then(graph: Any, output: str, operator: str, value: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    """Puts an operator with a constant behind an output, under whose name its result goes out."""
    from onnx import helper, numpy_helper

    inner = f"{output}_before"
    for node in graph.node:
        names = [inner if name == output else name for name in node.output]
        if names != list(node.output):
            node.ClearField("output")
            node.output.extend(names)
        used = [inner if name == output else name for name in node.input]
        if used != list(node.input):
            node.ClearField("input")
            node.input.extend(used)
    graph.initializer.append(numpy_helper.from_array(value, f"{output}_constant"))
    graph.node.append(helper.make_node(operator, [inner, f"{output}_constant"], [output]))


def _beside(graph: Any, added: list[Any], scalar: str) -> None:
    """Adds nodes, and 0 times their scalar to the scores, so that they have to be worked out."""
    from onnx import helper

    graph.node.extend(added)
    _then(graph, "scores", "Mul", np.array(1, dtype=np.float32))
    last = graph.node[-1]
    last.output[0] = "scores_sound"
    graph.node.extend(
        [
            helper.make_node("Min", [scalar, "scores_constant"], ["scores_bounded"]),
            helper.make_node("Sub", ["scores_bounded", "scores_bounded"], ["scores_nothing"]),
            helper.make_node("Add", ["scores_sound", "scores_nothing"], ["scores"]),
        ]
    )
