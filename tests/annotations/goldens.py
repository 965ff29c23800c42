"""Small sets of every format, as the programs that made the format write them, for tests that run over all formats.

A format's goldens lie in `golden/<its name in FORMATS>.py`: each function there whose name starts with ``write_`` fills
an empty folder with annotation files and their photos.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

Golden = Callable[[Path], None]


def _goldens_of(name: str) -> tuple[Golden, ...]:
    module = import_module(f"tests.annotations.golden.{name}")
    return tuple(value for key, value in vars(module).items() if key.startswith("write_") and _is_own(value, module))


def _is_own(value: object, module: object) -> bool:
    return getattr(value, "__module__", None) == getattr(module, "__name__", "")


GOLDENS: dict[str, tuple[Golden, ...]] = {
    path.stem: _goldens_of(path.stem)
    for path in sorted((Path(__file__).parent / "golden").glob("*.py"))
    if not path.stem.startswith("_")
}
"""Name of a format -> functions that write a set of it."""
