"""Notebooks run from top to bottom, and hold no photo of somebody else."""

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
BARE = [path for path in NOTEBOOKS if path.stem == "1_understand"]
"""Kept without outputs: the first shows photos without a licence, its outputs would hold them."""

SHOWN = [path for path in NOTEBOOKS if path not in BARE]
"""Kept with outputs of rendered photos, as `scripts/notebooks.py` makes them."""

MOST_BYTES = 1_500_000


def code_cells(path: Path) -> list[dict[str, object]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["1_understand", "2_train", "3_predict"]


@pytest.mark.parametrize("path", BARE, ids=lambda path: path.stem)
def test_a_notebook_of_photos_without_a_licence_is_kept_without_outputs(path: Path) -> None:
    cells = code_cells(path)
    assert cells
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_outputs_are_of_one_whole_run(path: Path) -> None:
    cells = code_cells(path)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    shown = json.dumps([cell["outputs"] for cell in cells])
    assert '"output_type": "error"' not in shown
    assert "image/" in shown
    assert path.stat().st_size < MOST_BYTES


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_outputs_name_no_place_on_a_machine(path: Path) -> None:
    said = json.dumps([cell["outputs"] for cell in code_cells(path)])
    pictures = re.compile(r'"image/[a-z+]+": (?:"[^"]*"|\[[^\]]*\])')
    assert not re.search(r"/(?:home|root|tmp|work|usr|var|Users)/", pictures.sub("", said))


@pytest.mark.parametrize("path", [path for path in SHOWN if path.stem == "2_train"], ids=lambda path: path.stem)
def test_the_training_that_is_shown_saw_rendered_photos_alone(path: Path) -> None:
    said = [json.dumps(cell["outputs"]) for cell in code_cells(path)]
    assert "rendered photos" in said[0]
    assert not any("via-damage" in outputs for outputs in said)


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
        notebook, timeout=1200, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the kernel's own libraries
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(path: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cells = run(path, real_data, monkeypatch, tmp_path)
    shown = json.dumps(cells)
    assert "image/" in shown
    assert cells[-1]["execution_count"] == len(cells)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_training_runs_where_the_photos_are_absent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (path,) = (path for path in NOTEBOOKS if path.stem == "2_train")
    cells = run(path, tmp_path / "nowhere", monkeypatch, tmp_path)
    assert cells[-1]["execution_count"] == len(cells)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS[:1], ids=lambda path: path.stem)
def test_a_notebook_says_what_to_do_where_its_data_is_absent(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(Exception, match="set COACHWORK_DATA"):
        run(path, tmp_path / "nowhere", monkeypatch, tmp_path)
