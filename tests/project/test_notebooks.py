"""Notebooks run from top to bottom, and hold no photo of somebody else."""

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def code_cells(path: Path) -> list[dict[str, object]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    cells = code_cells(path)
    assert cells
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_code_is_python(path: Path) -> None:
    for cell in code_cells(path):
        source = cell["source"]
        assert isinstance(source, (str, list))
        compile("".join(source), str(path), "exec")


def run(path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, object]]:
    """The notebook's code cells after a run with the data at that place."""
    nbformat = pytest.importorskip("nbformat", reason="the dev group brings what runs notebooks")
    client = pytest.importorskip("nbclient")
    monkeypatch.setenv("COACHWORK_DATA", str(data))
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    notebook = nbformat.read(path, as_version=4)
    client.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the kernel's own libraries
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(path: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cells = run(path, real_data, monkeypatch, tmp_path)
    shown = json.dumps(cells)
    assert "image/png" in shown
    assert cells[-1]["execution_count"] == len(cells)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_to_do_where_its_data_is_absent(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(Exception, match="set COACHWORK_DATA"):
        run(path, tmp_path / "nowhere", monkeypatch, tmp_path)
