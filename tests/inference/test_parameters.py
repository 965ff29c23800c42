from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from coachwork.inference.parameters import parameter_count


def test_weights_and_biases_count_and_other_constants_do_not(tmp_path: Path) -> None:
    constants = {
        "weight": np.zeros((4, 3, 3, 3), dtype=np.float32),
        "bias": np.zeros(4, dtype=np.float32),
        "anchors": np.zeros((1, 4, 6, 6), dtype=np.float32),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "weight", "bias"], ["found"]),
            helper.make_node("Add", ["found", "anchors"], ["boxes"]),
        ],
        "made",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, 4, 6, 6])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph), str(tmp_path / "model.onnx"))
    assert parameter_count(tmp_path / "model.onnx") == 4 * 3 * 3 * 3 + 4


def test_what_is_no_model_has_no_count(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model at all")
    assert parameter_count(tmp_path / "model.onnx") is None
    assert parameter_count(tmp_path / "missing.onnx") is None


def test_the_colour_model_learnt_nothing(colour_bundle: Path) -> None:
    assert parameter_count(colour_bundle / "model.onnx") == 0
