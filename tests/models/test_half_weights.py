import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from coachwork.geometry.size import Size
from coachwork.models.family import build_model
from coachwork.models.half_weights import LEAST_NUMBERS, with_half_weights
from coachwork.models.onnx_export import compare_onnx, export_onnx

SIZE = Size(height=128, width=256)


def rounded(model: bytes) -> bytes:
    """The model with weights rounded to float16 and kept as float32: what half weights must compute."""
    loaded = onnx.load_from_string(model)
    for tensor in loaded.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= LEAST_NUMBERS:
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16).astype(np.float32), tensor.name))
    return bytes(loaded.SerializeToString())


def ran(model: bytes, photo: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"image": photo})[0])


def test_the_file_halves_and_computes_with_the_rounded_weights() -> None:
    torch.manual_seed(3)
    model = build_model("unet", types=3, size=SIZE, backbone="efficientnet_lite0", pretrained=False).eval()
    full = export_onnx(model, SIZE)
    half = with_half_weights(full)
    assert 0.5 * len(full) < len(half) < 0.53 * len(full)
    photo = np.random.default_rng(1).integers(0, 256, (1, SIZE.height, SIZE.width, 3), dtype=np.uint8)
    np.testing.assert_allclose(ran(half, photo), ran(rounded(full), photo), atol=1e-5)
    compare_onnx(model, half, [photo[0]], tolerance=0.03)


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        (np.ones(LEAST_NUMBERS - 1, dtype=np.float32), True),
        (np.full(LEAST_NUMBERS, 7e4, dtype=np.float32), True),  # too large for float16
        (np.ones(LEAST_NUMBERS, dtype=np.float64), True),
        (np.ones(LEAST_NUMBERS, dtype=np.float32), False),
    ],
)
def test_what_cannot_be_halved_stays(values: np.ndarray, *, stays: bool) -> None:
    kind = helper.np_dtype_to_tensor_dtype(values.dtype)
    graph = helper.make_graph(
        [helper.make_node("Identity", ["weights"], ["out"])],
        "one",
        [],
        [helper.make_tensor_value_info("out", kind, [values.size])],
        [numpy_helper.from_array(values, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    (tensor,) = onnx.load_from_string(with_half_weights(model.SerializeToString())).graph.initializer
    assert (tensor.name == "weights") is stays
    assert (tensor.data_type == TensorProto.FLOAT16) is not stays
