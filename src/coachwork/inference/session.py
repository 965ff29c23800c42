"""The one place that runs a model: an ONNX Runtime session on the CPU."""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.inference.bundle import Bundle, BundleError


class Session:
    """Runs one bundle's model; the file is loaded at the first run, once.

    A session may be used by several threads at a time.
    """

    def __init__(self, bundle: Bundle, *, threads: int | None = None) -> None:
        """Prepares a session.

        Args:
            bundle: whose model is run.
            threads: for one run; by default the machine's physical cores that this process may use.
        """
        self._bundle = bundle
        self._threads = threads or physical_cores()

    def run(self, pixels: NDArray[np.uint8]) -> dict[str, NDArray[np.generic]]:
        """Outputs by name of one letterboxed photo (height, width, 3) uint8 RGB.

        Raises:
            BundleError: the model cannot be loaded or run, or its input is not what the card says.
        """
        session = self._loaded
        try:
            values = session.run(None, {"image": np.ascontiguousarray(pixels[None])})
        except Exception as failed:  # ONNX Runtime raises classes of its own that share no public root
            raise BundleError(
                folder=self._bundle.folder, why=f"its model does not run ({_first_line(failed)})"
            ) from failed
        return {output.name: value for output, value in zip(session.get_outputs(), values, strict=True)}

    @cached_property
    def _loaded(self) -> Any:
        try:
            session = open_onnx(self._bundle.model_path, threads=self._threads)
        except Exception as failed:  # as above
            why = f"its model cannot be loaded ({_first_line(failed)})"
            raise BundleError(folder=self._bundle.folder, why=why) from failed
        self._check_input(session.get_inputs())
        return session

    def _check_input(self, inputs: Any) -> None:
        size = self._bundle.card.input_size
        wanted = [1, size.height, size.width, 3]
        given = {one.name: (one.type, list(one.shape)) for one in inputs}
        kind, shape = given.get("image", ("", []))
        fits = len(shape) == 4 and all(not isinstance(g, int) or g == w for g, w in zip(shape, wanted, strict=True))
        if set(given) != {"image"} or kind != "tensor(uint8)" or not fits:
            why = f"its model must take one input, image uint8 {wanted}, but takes {given}"
            raise BundleError(folder=self._bundle.folder, why=why)


def open_onnx(model: Path | bytes, *, threads: int) -> Any:
    """An ONNX Runtime session on the CPU, of a file or of its bytes; raises whatever ONNX Runtime raises."""
    import onnxruntime  # noqa: PLC0415  # 150 ms that --help and --version must not pay

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])


def physical_cores() -> int:
    """Physical cores that this process may use, at least 1; hyper-threads of one core count once."""
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # not on Linux
        return max(1, (os.cpu_count() or 2) // 2)
    cores = {_siblings(cpu) for cpu in allowed}
    return max(1, len(cores))


def _siblings(cpu: int) -> str:
    path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return str(cpu)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:300]
