"""What may be loaded by what: import-linter reads the source for it, these tests look at a running interpreter."""

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import coachwork

TRAIN_EXTRA = ("effdet", "segmentation_models_pytorch", "tensorboard", "timm", "torch", "torchvision")
TRAIN_ROOMS = ("coachwork.models", "coachwork.training")


def base_modules() -> list[str]:
    """Every module that the base install must be able to import."""
    package = [Path(folder) for folder in coachwork.__path__]
    found = pkgutil.walk_packages(map(str, package), prefix="coachwork.")
    return ["coachwork", *(module.name for module in found if not module.name.startswith(TRAIN_ROOMS))]


def python(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints."""
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, *arguments], check=False, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_every_base_module_imports_where_the_train_extra_is_missing() -> None:
    code = (
        "import importlib, json, sys\n"
        "blocked, modules = map(json.loads, sys.argv[1:])\n"
        "sys.modules.update(dict.fromkeys(blocked))\n"  # None makes an import of it fail
        "for module in modules: importlib.import_module(module)\n"
        "print(len(modules))\n"
    )
    modules = base_modules()
    assert {"coachwork.cli.main", "coachwork.inference.assessing", "coachwork.evaluation.run"} <= set(modules)
    assert python(code, json.dumps(TRAIN_EXTRA), json.dumps(modules)) == str(len(modules))


@pytest.mark.parametrize("module", ["coachwork", "coachwork.cli.main"])
def test_a_light_import_loads_no_heavy_library(module: str) -> None:
    heavy = ("cv2", "numpy", "onnxruntime", "PIL", *TRAIN_EXTRA)
    code = f"import sys, {module}\nprint(','.join(sorted(set({heavy!r}) & set(sys.modules))))"
    assert python(code) == ""


def test_assessing_loads_no_torch() -> None:
    code = f"from coachwork import assess\nimport sys\nprint(','.join(sorted(set({TRAIN_EXTRA!r}) & set(sys.modules))))"
    assert python(code) == ""
