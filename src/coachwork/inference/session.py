"""The one place that runs a model, on the runtime that its variant names."""

import os
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachwork.inference.bundle import Bundle, BundleError
from coachwork.inference.engines import Engine, OnnxRuntimeEngine, OpenVinoEngine
from coachwork.inference.mirroring import averaged
from coachwork.inference.variant import Runtime


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

    @property
    def threads(self) -> int:
        """That one run uses."""
        return self._threads

    def run(self, pixels: NDArray[np.uint8]) -> dict[str, NDArray[np.generic]]:
        """Outputs by name of one letterboxed photo (height, width, 3) uint8 RGB.

        Raises:
            BundleError: the model cannot be loaded or run, or its input is not what the card says.
        """
        engine, card = self._loaded, self._bundle.card
        try:
            looks = [engine.run(np.ascontiguousarray(look)) for look in self._looks(pixels[None])]
        except Exception as failed:  # runtimes raise classes of their own that share no public root
            raise BundleError(
                folder=self._bundle.folder, why=f"its model does not run ({_first_line(failed)})"
            ) from failed
        if len(looks) == 1:
            return looks[0]
        return averaged(*looks, size=card.input_size, types=card.types)

    def _looks(self, image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        return [image, image[:, :, ::-1]] if self._bundle.variant.mirrored else [image]

    @cached_property
    def _loaded(self) -> Engine:
        try:
            engine = self._opened()
        except Exception as failed:  # as above
            why = f"its model cannot be loaded ({_first_line(failed)})"
            raise BundleError(folder=self._bundle.folder, why=why) from failed
        self._check_input(engine)
        return engine

    def _opened(self) -> Engine:
        path, variant = self._bundle.model_path, self._bundle.variant
        if variant.runtime is Runtime.OPENVINO:
            return OpenVinoEngine(path, threads=self._threads, precision=variant.precision)
        return OnnxRuntimeEngine(path, threads=self._threads)

    def _check_input(self, engine: Engine) -> None:
        size = self._bundle.card.input_size
        wanted = [1, size.height, size.width, 3]
        kind, shape = engine.inputs.get("image", ("", []))
        fits = len(shape) == 4 and all(not isinstance(g, int) or g == w for g, w in zip(shape, wanted, strict=True))
        if set(engine.inputs) != {"image"} or kind != "uint8" or not fits:
            why = f"its model must take one input, image uint8 {wanted}, but takes {engine.inputs}"
            raise BundleError(folder=self._bundle.folder, why=why)


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
