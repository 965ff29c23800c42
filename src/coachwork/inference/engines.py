"""The runtimes behind one interface: a model file goes in, arrays by name come out."""

import tempfile
import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coachwork import tracing
from coachwork.inference.variant import MODEL_FILE, Precision

Arrays = dict[str, NDArray[np.generic]]
"""Name of an output -> its array."""

Inputs = dict[str, tuple[str, list[int | str | None]]]
"""Name of an input -> element type, such as "uint8", and shape, with None or a name where a side is open."""


class Engine(Protocol):
    """A loaded model. Several threads may run it at a time.

    Attributes:
        inputs: what it takes.
    """

    inputs: Inputs

    def run(self, image: NDArray[np.uint8]) -> Arrays:
        """Outputs by name of one batch (1, height, width, 3) uint8 RGB; raises whatever the runtime raises."""


class OnnxRuntimeEngine:
    """A model in ONNX Runtime, on the CPU."""

    def __init__(self, model: Path | bytes, *, threads: int) -> None:
        """Loads the model; raises whatever ONNX Runtime raises."""
        self._session = open_onnx(model, threads=threads)
        self._names = [output.name for output in self._session.get_outputs()]
        self.inputs: Inputs = {
            one.name: (one.type.removeprefix("tensor(").removesuffix(")"), list(one.shape))
            for one in self._session.get_inputs()
        }

    def run(self, image: NDArray[np.uint8]) -> Arrays:
        """See `Engine`."""
        with tracing.span("model run", runtime="onnxruntime"):
            return dict(zip(self._names, self._session.run(None, {"image": image}), strict=True))


class OpenVinoEngine:
    """A model in OpenVINO, on the CPU; each thread has a request of its own."""

    def __init__(self, model: Path, *, threads: int, precision: Precision) -> None:
        """Loads and compiles the model; raises whatever OpenVINO raises.

        Args:
            model: the ONNX file.
            threads: for one run.
            precision: in which numbers; with INT8, layers that are not quantised are computed in fp32, as ONNX
                Runtime does; bf16 saves next to nothing there.
        """
        import openvino  # noqa: PLC0415  # an extra, and a second to import

        core = openvino.Core()
        properties = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if precision is Precision.BF16 else "f32",
        }
        self._compiled: Any = core.compile_model(core.read_model(model), "CPU", properties)
        # compiled tensors may bear names of inner steps too; the node behind an output bears the output's own
        self._names = [one.node.get_friendly_name().removesuffix("/sink_port_0") for one in self._compiled.outputs]
        self._own = threading.local()
        self.inputs: Inputs = {
            one.get_any_name(): (one.element_type.to_dtype().name, [_side(side) for side in one.partial_shape])
            for one in self._compiled.inputs
        }

    def run(self, image: NDArray[np.uint8]) -> Arrays:
        """See `Engine`."""
        if not hasattr(self._own, "request"):
            self._own.request = self._compiled.create_infer_request()
        with tracing.span("model run", runtime="openvino"):
            self._own.request.infer({"image": image}, share_inputs=True)
        outputs = (self._own.request.get_output_tensor(place).data for place in range(len(self._names)))
        return {
            name: np.array(value) for name, value in zip(self._names, outputs, strict=True)
        }  # the request keeps its own


def open_onnx(model: Path | bytes, *, threads: int) -> Any:
    """An ONNX Runtime session on the CPU, of a file or of its bytes; raises whatever ONNX Runtime raises."""
    import onnxruntime  # noqa: PLC0415  # 150 ms that --help and --version must not pay

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # a second model on the same cores must not wait for threads of the first that wait for work
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])


def folded_onnx(model: bytes) -> bytes:
    """The model with its constant parts computed, as ONNX Runtime does it on loading, in standard ONNX."""
    import onnxruntime  # noqa: PLC0415  # as above

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / MODEL_FILE
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(place)
        options.log_severity_level = 3
        onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
        return place.read_bytes()


def _side(side: Any) -> int | None:
    return side.get_length() if side.is_static else None
