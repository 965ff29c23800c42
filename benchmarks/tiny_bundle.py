"""Bundles that answer within a millisecond, for measuring everything around a model."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from coachwork.assessments.verdict import VerdictCalibration
from coachwork.geometry.size import Size
from coachwork.inference.bundle import write_bundle
from coachwork.inference.card import Card, CardDataset, CardSource
from coachwork.inference.decoding import DecodingKind, DecodingRule
from coachwork.taxonomy import CarPart, DamageType, Kind, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE, _CELLS = 64, 4


def write_tiny_bundle(folder: Path, *, task: Task = Task.DAMAGE, created: str = "") -> None:
    """Writes a bundle that takes red for its first type and green for its second one; `created` tells two apart."""
    types: tuple[Kind, ...] = (DamageType.DENT, DamageType.SCRATCH)
    if task is Task.PARTS:
        types = tuple(CarPart)[:2]
    verdict = VerdictCalibration(
        coefficients={"intercept": 1.0, "best_score": 2.0},
        none_below=0.05,
        damaged_above=0.6,
        promised_miss_rate=0.02,
        how="chosen by hand",
    )
    nothing = CardSource(name="none", licence="CC0", attribution="nobody", weights_may_ship=True)
    card = Card(
        name="tiny",
        task=task,
        architecture="a graph that averages colours",
        types=types,
        input_size=Size(height=_SIDE, width=_SIDE),
        mean=(0.0, 0.0, 0.0),
        std=(255.0, 255.0, 255.0),
        decoding=DecodingRule(kind=DecodingKind.BOXES_SEMANTIC),
        thresholds=dict.fromkeys(types, 0.9),
        thresholds_how="chosen by hand",
        verdict=verdict if task is Task.DAMAGE else None,
        dataset=CardDataset(name="none", digest="0" * 64, sources=(nothing,)),
        created=created,
    )
    write_bundle(folder, card, _model())


def _model() -> bytes:
    side = _SIDE // _CELLS
    edges = np.arange(_CELLS, dtype=np.float32) * side
    x, y = np.meshgrid(edges, edges)
    cells = _CELLS * _CELLS
    constants: dict[str, NDArray[np.generic]] = {
        "full": np.array(255, dtype=np.float32),
        "from": np.array([0], dtype=np.int64),
        "to": np.array([2], dtype=np.int64),
        "axis": np.array([1], dtype=np.int64),
        "rows": np.array([1, cells, 2], dtype=np.int64),
        "there": np.stack([x, y, x + side, y + side], axis=-1).reshape(1, cells, 4),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["real", "full"], ["unit"]),
        helper.make_node("Transpose", ["unit"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["means"], kernel_shape=[side, side], strides=[side, side]),
        helper.make_node("Slice", ["means", "from", "to", "axis"], ["masks"]),
        helper.make_node("Transpose", ["masks"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["last", "rows"], ["scores"]),
        helper.make_node("Identity", ["there"], ["boxes"]),
    ]
    shapes = {"boxes": [1, cells, 4], "scores": [1, cells, 2], "masks": [1, 2, _CELLS, _CELLS]}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, _SIDE, _SIDE, 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
