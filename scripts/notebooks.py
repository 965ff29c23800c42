"""Runs notebooks and keeps their outputs: `.venv/bin/python scripts/notebooks.py [NAME...]`.

By default those whose outputs are kept, `2_train` and `3_predict`; the first one shows photos that carry no licence,
and is kept without. They run without the photos of COACHWORK_DATA, so that all pictures are of rendered ones.
"""

import os
import sys
import tempfile
from pathlib import Path

import nbclient
import nbformat

_FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
_KEPT = ("2_train", "3_predict")
_CELL_TIMEOUT_S = 3600


def run(path: Path) -> None:
    """Runs a notebook from top to bottom and writes it with its outputs.

    Raises:
        SystemExit: an output names a place on this machine.
        nbclient.exceptions.CellExecutionError: a cell failed; the file is left as it was.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    resources = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(
        notebook, timeout=_CELL_TIMEOUT_S, kernel_name="python3", record_timing=False, resources=resources
    ).execute()
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    shown = path.read_text(encoding="utf-8")
    for place in (str(_FOLDER.parent), tempfile.gettempdir() + os.sep):
        if place in shown:
            message = f"{path.name}: an output names {place}: show relative paths, and run it again"
            raise SystemExit(message)


def main(names: list[str]) -> None:
    """Runs the notebooks of these names, or all that are kept with outputs."""
    os.environ["COACHWORK_DATA"] = str(_FOLDER / "no-such-folder")
    for name in names or _KEPT:
        run(_FOLDER / f"{name}.ipynb")
        print(f"ran {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
