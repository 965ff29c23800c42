import json
import time
from collections.abc import Callable
from pathlib import Path

import fsspec
import numpy as np
import pytest
from PIL import Image

from coachwork.cli.main import run
from coachwork.datasets.store import DatasetStore

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Say:
    """Calls `coachwork dataset` in an empty folder: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(["dataset", *map(str, arguments)])
        output = capsys.readouterr()
        return code, output.out, output.err

    return call


@pytest.fixture
def sets(say: Say, tmp_path: Path) -> Path:
    """A store with the dataset `cars`: four photos, a dent on each."""
    source = tmp_path / "source"
    source.mkdir()
    for number in range(4):
        blobs = np.random.default_rng(number).integers(0, 256, (6, 8, 3), dtype=np.uint8)
        picture = Image.fromarray(blobs).resize((40, 30), Image.Resampling.BILINEAR)
        picture.save(source / f"{number}.png")
    document = {
        "categories": [{"id": 1, "name": "dent"}],
        "images": [{"id": number, "file_name": f"{number}.png"} for number in range(4)],
        "annotations": [
            {"id": number, "image_id": number, "category_id": 1, "bbox": [1, 1, 9, 9]} for number in range(4)
        ],
    }
    (source / "annotations.json").write_text(json.dumps(document))
    assert run(["import", str(source), "--to", "sets/cars", "--val", "0"]) == 0
    say("list", "sets")
    return tmp_path / "sets"


def parsed(say: Say, *arguments: object) -> dict[str, object]:
    code, output, errors = say(*arguments, "--json")
    assert code == 0, errors
    answer: dict[str, object] = json.loads(output)
    return answer


def test_an_empty_store_says_how_to_fill_it(say: Say) -> None:
    assert say("list") == (0, "datasets: no datasets; make one with  coachwork import SOURCE --to datasets/NAME\n", "")
    assert parsed(say, "list")["datasets"] == []


def test_list_and_show_say_what_there_is(say: Say, sets: Path) -> None:
    digest = DatasetStore(sets).resolve("cars")
    _, output, _ = say("list", "sets")
    assert "cars" in output
    assert digest[:12] in output
    _, output, _ = say("show", "sets/cars")
    for words in (digest[:12], "stated splits stand", "coachwork", "dent", "import "):
        assert words in output
    shown = parsed(say, "show", "sets/cars")
    assert (shown["version"], shown["parents"], shown["schema"]) == (digest, [], "coachwork.dataset-version/1")


def test_split_tag_and_diff(say: Say, sets: Path) -> None:
    assert say("tag", "sets/cars", "raw")[0] == 0
    code, output, _ = say("split", "sets/cars", "--val", "0.5", "--seed", "3")
    assert (code, "2 photos moved to another split" in output) == (0, True)
    found = parsed(say, "diff", "sets/cars@raw", "sets/cars")
    moved = found["moved"]
    assert isinstance(moved, list)
    assert {entry["to"] for entry in moved} == {"val"}
    _, output, _ = say("diff", "sets/cars", "--names", "1")
    assert "2 photos moved to another split" in output
    assert "and 1 more" in output
    assert "the same photos, splits and shapes" in say("diff", "sets/cars@raw", "sets/cars@raw")[1]
    assert len(DatasetStore(sets).history("cars")) == 3


def test_merge_copy_and_back_through_an_object_store(say: Say, sets: Path) -> None:
    fsspec.filesystem("memory").store.clear()
    digest = DatasetStore(sets).resolve("cars")
    assert say("copy", "sets/cars", "memory://bucket/cars")[0] == 0
    assert parsed(say, "copy", "memory://bucket/cars", "back/cars")["version"] == digest
    merged = parsed(say, "merge", "back/cars", "memory://bucket/cars", "--to", "sets/all")
    assert merged["counts"] == parsed(say, "show", "sets/cars")["counts"]
    fsspec.filesystem("memory").store.clear()


def test_check_ends_with_1_and_says_what_to_do(say: Say, sets: Path) -> None:
    code, output, _ = say("check", "sets/cars")
    assert (code, "sound" in output) == (0, True)
    photo = next((sets / "objects" / "photos").rglob("*.png"))
    photo.unlink()
    code, output, _ = say("check", "sets/cars", "--quick")
    assert code == 1
    assert "photo missing" in output
    assert "import the source again" in output
    code, output, _ = say("check", "sets/cars", "--json")
    assert (code, [one["fault"] for one in json.loads(output)["findings"]]) == (1, ["photo_missing"])


def test_an_export_is_imported_again_with_the_same_shapes(say: Say, sets: Path) -> None:
    written = parsed(say, "export", "sets/cars", "coco", "--to", "coco")
    assert (written["photos"], written["shapes"], written["losses"]) == (4, {"dent": 4}, [])
    assert run(["import", "coco", "--to", "sets/again"]) == 0
    say("list", "sets")
    found = parsed(say, "diff", "sets/cars", "sets/again")
    assert (found["added"], found["removed"], found["moved"], found["shapes"]) == ([], [], [], {})
    assert sets.is_dir()


def test_an_export_from_an_object_store_brings_the_photos(say: Say, sets: Path, tmp_path: Path) -> None:
    fsspec.filesystem("memory").store.clear()
    say("copy", sets / "cars", "memory://bucket/cars")
    code, output, errors = say("export", "memory://bucket/cars", "yolo", "--to", "yolo", "--split", "train")
    assert (code, errors) == (0, "")
    assert "4 photos with 4 shapes" in output
    assert len(list((tmp_path / "yolo").rglob("*.png"))) == 4
    fsspec.filesystem("memory").store.clear()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "sets/nothing"), "coachwork import"),
        (("show", "sets/cars@nothing"), "no such tag or version"),
        (("diff", "sets/cars"), "no version before this one"),
        (("copy", "sets/cars", "sets/a b"), "cannot be a name"),
        (("merge", "sets/cars", "sets/nothing", "--to", "sets/all"), "is no dataset"),
        (("export", "sets/cars", "source", "--to", "coco"), "exists already"),
        (("export", "sets/cars", "out", "--to", "coco", "--source", "x"), "has no such photo"),
        (("export", "sets/cars", "out", "--to", "photos"), "is none of coco"),
        (("split", "sets/cars", "--val", "0.9", "--test", "0.2"), "more than all"),
    ],
)
@pytest.mark.usefixtures("sets")
def test_what_a_user_did_is_told_in_one_sentence(say: Say, arguments: tuple[str, ...], sentence: str) -> None:
    code, _, errors = say(*arguments)
    assert code in {1, 2}
    assert sentence in errors
    assert "Traceback" not in errors


def test_prune_shows_then_condemns_then_deletes(say: Say, sets: Path) -> None:
    code, output, _ = say("prune", "sets")
    assert (code, output) == (0, "sets: everything is needed\n")
    for file in (sets / "cars/head").iterdir():
        file.unlink()
    time.sleep(0.02)
    assert "4 photos" in say("prune", "sets")[1]
    code, output, _ = say("prune", "sets", "--delete")
    assert code == 0
    assert "condemned: 4 photos" in output
    assert "in 24 hours" in output
    assert parsed(say, "prune", "sets", "--delete", "--grace", "0")["deleted_photos"] == 4
    assert not list((sets / "objects/photos").rglob("*.png"))


@pytest.mark.usefixtures("sets")
def test_prune_wants_a_store_and_a_time(say: Say) -> None:
    code, _, errors = say("prune", "nowhere")
    assert (code, errors) == (
        1,
        "nowhere: is no store of datasets: name the folder that holds them, as in  datasets\n",
    )
    code, _, errors = say("prune", "sets", "--grace", "soon")
    assert code == 2
    assert "write 0, 90m, 12h or 3d" in errors
